"""MHTML files: whole ones give their page, all others a reason, soon and in little memory."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import Article
from newsarchive.sina import article, encoding, mhtml, saved
from tests.conftest import page_folders
from tests.running import ARTICLES
from tests.saves import mhtml as written
from tests.saves import served

SAMPLE = next(item for item in ARTICLES.values() if item.template == "T4")
PAGE = served(SAMPLE.url)
HEADER = (
    b"From: <Saved by Blink>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/related;\r\n\ttype="text/html";\r\n\tboundary="xyz"\r\n\r\n'
)
ROOT = b"\r\n--xyz\r\nContent-Type: text/html\r\nContent-Location: http://a.sina.cn/\r\n\r\n"
END = b"\r\n--xyz--\r\n"


def root(data: bytes) -> mhtml.Root:
    found = mhtml.root(data)
    assert found is not None
    return found


def read(data: bytes, url: str = "") -> Article:
    page = saved.read(data)
    assert page is not None
    return article.parse(page.markup, url or page.url)


def outcome(data: bytes, url: str) -> Article | Reason:
    try:
        return read(data, url)
    except BadInput as error:
        return error.reason


def refusal(data: bytes) -> Reason:
    """Why *data* gives no article; to be told within a second."""
    begun = time.process_time()
    with pytest.raises(BadInput) as caught:
        read(data)
    assert time.process_time() - begun < 1
    assert "\n" not in str(caught.value)
    return caught.value.reason


def test_as_chromium_writes_it() -> None:
    found = root(written(PAGE, SAMPLE.url))
    assert found.html.splitlines() == PAGE.splitlines()
    assert found.locations == [SAMPLE.url, SAMPLE.url]
    assert read(written(PAGE, SAMPLE.url)).doc_id == SAMPLE.doc_id


def test_as_internet_explorer_writes_a_page_without_pictures() -> None:
    header = (
        'From: "Saved by Internet Explorer 11"\r\nMIME-Version: 1.0\r\n'
        'Content-Type: text/html;\r\n\tcharset="utf-8"\r\nContent-Transfer-Encoding: 8bit\r\n'
        f"Content-Location: {SAMPLE.url}\r\n"
    )
    found = root(header.encode() + b"\r\n" + PAGE)
    assert (found.html, found.locations[0]) == (PAGE, SAMPLE.url)
    assert 'charset="utf-8"' in found.content_type


def test_a_page_with_a_header_is_none() -> None:
    assert mhtml.root(b"Content-Type: text/html\r\n\r\n" + PAGE) is None
    assert (
        mhtml.root(b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=xyz\r\n\r\n")
        is None
    )
    assert mhtml.root(PAGE) is None
    assert mhtml.root(b"") is None


def test_the_root_may_be_another_part() -> None:
    header = HEADER.replace(b'type="text/html"', b'start="<page@x>"')
    picture = b"\r\n--xyz\r\nContent-Type: image/png\r\nContent-ID: <a@x>\r\n\r\n.."
    page = ROOT.replace(b"\r\n\r\n", b"\r\nContent-ID: <page@x>\r\n\r\n") + PAGE
    assert root(header + picture + page + END).html == PAGE
    assert refusal(header + picture + END) is Reason.TRUNCATED


def test_the_word_of_the_file_comes_before_that_of_the_part() -> None:
    data = HEADER.replace(b"MIME", b"Snapshot-Content-Location: http://b.sina.cn/\r\n x\r\nMIME")
    assert root(data + ROOT + PAGE + END).locations == ["http://b.sina.cn/x", "http://a.sina.cn/"]


@pytest.mark.parametrize("page", page_folders(), ids=lambda page: page.name)
@given(
    charset=st.sampled_from(["utf-8", "gb18030"]),
    transfer=st.sampled_from(["quoted-printable", "base64", "8bit", "binary"]),
)
def test_a_page_in_an_mhtml_file_is_the_page(page: Path, charset: str, transfer: str) -> None:
    text, _ = encoding.decode((page / "page.html").read_bytes())
    data = text.encode(charset, "replace")
    url = "https://finance.sina.com.cn/china/2021-08-06/doc-ikztesta0000001.shtml"
    saves = written(data, url, charset=charset, transfer=transfer)
    assert outcome(saves, url) == outcome(data, url)


@given(
    text=st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("=-.\r\n\t<&")),
    charset=st.sampled_from(["utf-8", "gb18030"]),
    transfer=st.sampled_from(["quoted-printable", "base64"]),
)
def test_any_text_in_an_mhtml_file_is_the_text(text: str, charset: str, transfer: str) -> None:
    page = PAGE.decode().replace("</p>", f"{text}</p>", 1).encode(charset)
    saves = written(page, SAMPLE.url, charset=charset, transfer=transfer)
    assert outcome(saves, "") == outcome(page, SAMPLE.url)


@pytest.mark.parametrize("transfer", ["quoted-printable", "base64", "8bit"])
def test_every_beginning_is_whole_or_refused(transfer: str) -> None:
    data = written(PAGE, SAMPLE.url, transfer=transfer)
    whole = read(data)
    end = data.rindex(b"\n------MultipartBoundary", 0, data.rindex(b"image/png"))
    reasons = set()
    for cut in [*range(0, end, 997), *range(end - 3, end + 34)]:
        try:
            found = saved.read(data[:cut])
            reasons.add(None if found is None else article.parse(found.markup, found.url).title)
        except BadInput as error:
            reasons.add(error.reason.label)
    assert reasons == {None, "truncated", whole.title}
    assert read(data[: end + 40]) == whole


def nested(depth: int) -> bytes:
    return HEADER + b"".join(
        b"\r\n--%s\r\nContent-Type: multipart/related; boundary=x%d\r\n\r\n"
        % (b"xyz" if number == 0 else b"x%d" % (number - 1), number)
        for number in range(depth)
    )


HOSTILE = {
    "no boundary": (HEADER.replace(b"boundary", b"bound") + ROOT + PAGE, "unknown_format"),
    "no parts": (HEADER + PAGE, "truncated"),
    "nothing": (HEADER, "truncated"),
    "no end": (HEADER + ROOT + PAGE, "truncated"),
    "a header that never ends": (HEADER + ROOT.strip() + b"\r\nX: y" * 100_000, "truncated"),
    "a picture": (HEADER + ROOT.replace(b"text/html", b"image/png") + END, "unknown_format"),
    "nested": (nested(1_000) + END, "unknown_format"),
    "nested, closed": (nested(1_000) + b"\r\n--xyz--", "unknown_format"),
    "comments in comments": (HEADER.replace(b"<Saved", b"(" * 9_000) + ROOT + END, "truncated"),
    "a boundary in no characters": (
        HEADER.replace(b'boundary="xyz"', b"boundary*=undefined'x'%41") + ROOT + END,
        "unknown_format",
    ),
    "a boundary beyond ASCII": (
        HEADER.replace(b'boundary="xyz"', b"boundary*=utf-16'x'%00%d8%41%00") + ROOT + END,
        "unknown_format",
    ),
    "parameters": (HEADER.replace(b"xyz", b";" * 9_000) + ROOT + END, "truncated"),
    "base64 that breaks off": (
        HEADER
        + ROOT.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n")
        + b"PGh0bWw"
        + END,
        "truncated",
    ),
    "base64 that is none": (
        HEADER
        + ROOT.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n")
        + "文".encode() * 1_000
        + END,
        "truncated",
    ),
    "an empty page": (HEADER + ROOT + END, "truncated"),
    "too large a page": (
        HEADER + ROOT + b"<html>" + b" " * mhtml.HTML_MAX + END,
        "too_large",
    ),
    "too large a part": (
        HEADER
        + ROOT.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n")
        + b"\n" * 5 * mhtml.HTML_MAX
        + END,
        "too_large",
    ),
    "a million parts": (HEADER + b"\r\n--xyz" * 1_000_000, "truncated"),
    "a million parts, a root named": (
        HEADER.replace(b"type=", b"start=") + b"\r\n--xyz\r\nA: b\r\n\r\n" * 1_000_000,
        "truncated",
    ),
    "line ends": (HEADER + b"\r\n" * 20_000_000, "truncated"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files(name: str) -> None:
    data, reason = HOSTILE[name]
    assert refusal(data).label == reason


def test_a_large_file_is_not_copied() -> None:
    picture = b"\r\n--xyz\r\nContent-Type: image/png\r\n\r\n" + b"a\n" * 30_000_000
    data = HEADER + ROOT + PAGE + picture + END
    tracemalloc.start()
    try:
        assert root(data).html == PAGE
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000
