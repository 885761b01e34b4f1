"""Captures out of WARC files: ours, and others' in the layouts of their tools."""

from __future__ import annotations

import gzip
import io
import random
import sys
import zlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import brotli
import pytest

from newsarchive.archive import warc, warc_stream
from newsarchive.archive.http_payload import PAYLOAD_MAX
from newsarchive.archive.warc import Capture
from newsarchive.clock import UTC
from newsarchive.exceptions import BadInput, Reason
from newsarchive.sina import urls
from tests import foreign_warcs
from tests.archive.recordings import PAGE, recorded, transfer
from tests.foreign_warcs import chunked, http, members, record, request, warcinfo
from tests.warcs import read

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

URL, BODY = PAGE.url, PAGE.body * 50
PAGES = {URL: BODY, URL.replace("0001", "0002"): b"<p>2</p>"}
CODED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda data: bytes(brotli.compress(data, quality=5)),
    "zstd": zstd.compress,
}


def found(data: bytes) -> list[Capture]:
    """The captures, where nothing is wrong."""
    all_of_it = list(warc.captures(io.BytesIO(data), "x", urls.is_on_sina))
    assert warc.is_warc(data[:4096])
    wrong = [each for each in all_of_it if isinstance(each, BadInput)]
    assert wrong == []
    return [each for each in all_of_it if isinstance(each, Capture)]


def wrong(data: bytes) -> list[Capture | tuple[Reason, str]]:
    return [
        (each.reason, each.detail) if isinstance(each, BadInput) else each
        for each in warc.captures(io.BytesIO(data), "x")
    ]


def only(*block: bytes, **more: str) -> Capture:
    """The capture of one response record."""
    (capture,) = found(members([record("response", URL, b"".join(block), **more)]))
    return capture


LAYOUTS = {
    "cc_news": foreign_warcs.cc_news(PAGES),
    "wget": foreign_warcs.wget(PAGES),
    "heritrix": foreign_warcs.heritrix(PAGES),
} | {
    name: foreign_warcs.browsertrix(PAGES, name, {url: coded(PAGES[url]) for url in PAGES})
    for name, coded in CODED.items()
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("packed", ["members", "plain", "one member"])
def test_layouts(name: str, packed: str) -> None:
    data = LAYOUTS[name]
    if packed != "members":
        data = gzip.decompress(data)
        data = data if packed == "plain" else gzip.compress(data)
    captures = [each for each in found(data) if not each.revisit]
    assert {each.url: each.body for each in captures} == PAGES
    for each in captures:
        assert each.at.replace(microsecond=0) == datetime(2021, 8, 6, 8, tzinfo=UTC)
        assert (each.status, each.headers["content-type"], each.context) == (200, "text/html", None)
    places = [each.position.offset for each in captures]
    assert (None in places) is (packed == "one member")


@pytest.mark.parametrize("version", ["0.17", "0.18", "1.0", "1.1"])
def test_versions(version: str) -> None:
    """Names of headers in any case, as some write them."""
    data = record("response", URL, http(BODY), version=version)
    data = data.replace(b"WARC-Type", b"warc-type").replace(b"Content-Length", b"content-length")
    (capture,) = found(members([data]))
    assert capture.body == BODY


def test_positions_lead_back(tmp_path: Path) -> None:
    for name, data in (("a.warc.gz", LAYOUTS["wget"]), ("a.warc", gzip.decompress(LAYOUTS["br"]))):
        path = tmp_path / name
        path.write_bytes(data)
        for each in read(path):
            assert isinstance(each, Capture)
            assert warc.capture(path, each.position.offset or 0) == each
    with pytest.raises(BadInput):
        warc.capture(path, len(data))
    with pytest.raises(BadInput):
        warc.capture(path, 5)


def test_our_own_have_their_context(tmp_path: Path) -> None:
    path, positions = recorded(tmp_path, [transfer(1), transfer(2, context={})])
    first, second = read(path)
    assert isinstance(first, Capture)
    assert isinstance(second, Capture)
    assert (first.context or {})["link"]["doc_id"] == "kqtesta0000001"
    assert second.context == {}  # robots.txt, say: ours, and nothing to make of it
    assert [each.position for each in (first, second)] == positions
    assert warc.found(tmp_path, *positions[1]) == second
    assert warc.found(tmp_path, "lost.warc.gz", 0) is None
    assert warc.found(tmp_path, "", None) is None


BLOCKS = [
    http(BODY, length=False),
    http(BODY, "Transfer-Encoding: chunked"),  # dechunked by the crawler
    http(chunked(BODY), "Transfer-Encoding: chunked", length=False),
    http(chunked(gzip.compress(BODY)), "Transfer-Encoding: chunked", "Content-Encoding: gzip"),
    http(gzip.compress(BODY), "Content-Encoding: x-gzip"),
    http(gzip.compress(BODY[:99]) + gzip.compress(BODY[99:]), "Content-Encoding: gzip"),
    http(brotli.compress(gzip.compress(BODY)), "Content-Encoding: gzip, br"),
    http(brotli.compress(gzip.compress(BODY)), "Content-Encoding: gzip", "content-encoding:br"),
    http(zlib.compress(BODY)[2:-4], "Content-Encoding: deflate"),
    *(http(BODY, f"Content-Encoding: {lie}") for lie in (*CODED, "utf-8", "identity", "")),
    http(BODY, "Transfer-Encoding: chunked", "Content-Encoding: gzip"),
    http(BODY).replace(b"\r\n", b"\n", 4),
]


@pytest.mark.parametrize("block", BLOCKS, ids=map(str, range(len(BLOCKS))))
def test_the_bytes_say_what_they_are(block: bytes) -> None:
    assert only(block).body == BODY


@pytest.mark.parametrize("name", CODED)
def test_of_a_payload_that_is_cut_there_is_what_is_there(name: str) -> None:
    page = random.Random(1).randbytes(200_000)
    body = only(http(CODED[name](page)[:-20_000], f"Content-Encoding: {name}")).body
    assert page.startswith(body)
    assert len(body) > 20_000
    damaged = bytearray(CODED[name](page))
    damaged[-3] ^= 0xFF
    only(http(bytes(damaged), f"Content-Encoding: {name}"))


@pytest.mark.parametrize("name", CODED)
def test_a_payload_is_bounded(name: str) -> None:
    fits = bytes(PAYLOAD_MAX)
    assert only(http(CODED[name](fits), f"Content-Encoding: {name}")).body == fits
    for bomb in (CODED[name](fits + b"x"), CODED[name](bytes(10 * len(fits)))):
        capture = only(http(bomb, f"Content-Encoding: {name}"))
        assert capture.body == b""
        assert capture.trouble is not None
        assert capture.trouble.reason is Reason.TOO_LARGE
    capture = only(http(fits + b"x"))
    assert (capture.body, capture.trouble is None) == (b"", False)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2021-08-06T08:00:00Z", datetime(2021, 8, 6, 8, tzinfo=UTC)),
        ("2021-08-06T08:00:00.5Z", datetime(2021, 8, 6, 8, 0, 0, 500_000, tzinfo=UTC)),
        ("2021-08-06T08:00:00.123456789Z", datetime(2021, 8, 6, 8, 0, 0, 123_456, tzinfo=UTC)),
        ("2021-08-06T08:00Z", datetime(2021, 8, 6, 8, tzinfo=UTC)),
        ("2021-08-06", datetime(2021, 8, 6, tzinfo=UTC)),
        ("2021", datetime(2021, 1, 1, tzinfo=UTC)),
    ],
)
def test_dates(text: str, moment: datetime) -> None:
    assert only(http(BODY), WARC_Date=text).at == moment


@pytest.mark.parametrize(
    "text",
    ["", "20210806080000", "yesterday", "2021-13-01", "0000-01-01T00:00:00Z", "2021-08-06T8"],
)
def test_bad_dates(text: str) -> None:
    good = record("response", URL, http(BODY))
    told = wrong(members([record("response", URL, http(BODY), WARC_Date=text), good]))
    assert isinstance(told[0], tuple)
    assert told[0][0] is Reason.UNKNOWN_FORMAT
    assert URL in told[0][1]
    assert isinstance(told[1], Capture)


def test_what_is_not_wanted_is_not_looked_at() -> None:
    others = [
        record("response", "https://example.com/", b"no HTTP", WARC_Date="no date"),
        record("response", "dns:finance.sina.com.cn", b"x"),
        record("conversion", URL, b"text"),
        record("resource", "urn:view:https://finance.sina.com.cn/", b"png"),
        record("response", "", b"x"),
        record("response", "file:///etc/passwd", http(BODY)),
    ]
    assert found(members([warcinfo("x"), *others])) == []


def test_a_page_may_be_a_resource() -> None:
    """What was saved without HTTP."""
    (capture,) = found(members([record("resource", URL, BODY, Content_Type="text/html")]))
    assert (capture.body, capture.headers) == (BODY, {"content-type": "text/html"})


def test_others_metadata_is_no_context() -> None:
    response = record("response", URL, http(BODY))
    identity = response.partition(b"WARC-Record-ID: ")[2].partition(b"\r\n")[0].decode()
    ours = "application/warc-fields"
    texts = [(b'{"link": 1}', "application/json"), (b"via: x\r\n", ours), (b"newsarchive", ours)]
    texts += [(b"newsarchive: " + text, ours) for text in (b"", b"[]", b"{", b"[" * 60_000, b"7")]
    texts.append((b'newsarchive: {"link": 1}' + b" " * 70_000, ours))
    for text, kind in texts:
        told = {"Content_Type": kind, "WARC_Concurrent_To": identity}
        (capture,) = found(members([response, record("metadata", URL, text, **told)]))
        assert (capture.context, capture.body) == (None, BODY)


def test_damage_is_told_and_the_rest_is_read() -> None:
    good = [record("response", url, http(body)) for url, body in PAGES.items()]
    torn = gzip.compress(good[0])
    flipped = bytearray(torn)
    flipped[len(flipped) // 2] ^= 0x55
    for damaged in (bytes(flipped), torn[:-20], torn[:15], b"garbage", bytes(512)):
        told = wrong(members(good[:1]) + damaged + members(good[1:]))
        assert [each.url for each in told if isinstance(each, Capture)] == list(PAGES)
        assert [each[0] for each in told if isinstance(each, tuple)] == [Reason.TRUNCATED]
        told = wrong(members(good) + damaged)
        assert [isinstance(each, Capture) for each in told] == [True, True, False]


def test_one_damage_is_told_once() -> None:
    """Also where the member seems to end early, and was read in two pieces."""
    dice = random.Random(20260806)
    before, after = (members([record("response", URL, http(body))]) for body in (BODY, BODY * 2))
    text = bytes(dice.choices(b"<>abcdefghij /=", k=16_000))
    torn = members([record("response", URL, http(text))])
    room = warc_stream.CHUNK - len(before) - len(torn) // 2
    filling = members([record("metadata", URL, dice.randbytes(room))])
    for place in range(40, len(torn) - 8, 61):
        flipped = bytearray(torn)
        flipped[place] ^= 0x10
        *told, last = wrong(before + filling + flipped + after)
        assert isinstance(last, Capture)
        assert [each[0] for each in told if isinstance(each, tuple)] == [Reason.TRUNCATED], place


def test_two_damages_are_told_twice() -> None:
    """One behind the other: a record that is cut, and a member that is torn."""
    whole = record("response", URL, http(BODY))
    cut, torn = gzip.compress(whole[:-30]), bytearray(gzip.compress(whole))
    torn[-3] ^= 0xFF
    for damages in ([cut, torn], [cut, torn, cut, torn], [gzip.compress(b"no record"), torn]):
        told = wrong(b"".join(map(bytes, damages)) + members([whole]))
        assert [isinstance(each, Capture) for each in told] == [False] * len(damages) + [True]


def test_a_record_that_lies_about_its_length() -> None:
    good = record("response", URL, http(BODY))
    for length in ("-1", "x", "", "1e3", "9" * 30, "999999"):
        bad = record("response", URL, http(BODY), Content_Length=length)
        told = wrong(members([bad, good]))
        assert [isinstance(each, Capture) for each in told] == [False, True], length
    short = record("response", URL, http(BODY), Content_Length="60")
    first, second, third = wrong(members([short, good]))
    assert isinstance(first, Capture)
    assert isinstance(second, tuple)  # what follows is no record
    assert isinstance(third, Capture)


def test_a_plain_file_that_ends_early() -> None:
    data = gzip.decompress(members([record("response", url, http(BODY)) for url in PAGES]))
    told = wrong(data[:-500])
    assert [isinstance(each, Capture) for each in told] == [True, False]


def test_a_capture_of_ours_without_its_context_is_not_another_s(tmp_path: Path) -> None:
    path, positions = recorded(tmp_path, [transfer(1), transfer(2)])
    data = path.read_bytes()
    cut = data.rindex(b"\x1f\x8b\x08")  # the metadata of the second
    told = wrong(data[: cut + 30])
    assert [isinstance(each, Capture) for each in told] == [True, False]
    # Of another tool's file the page counts for itself.
    theirs = members([warcinfo("x"), record("response", URL, http(BODY))])
    told = wrong(theirs + gzip.compress(request(URL))[:-9])
    assert [isinstance(each, Capture) for each in told] == [True, False]
    assert positions


OTHERS = [
    b"",
    b"WARC",
    b"\x1f\x8b",
    b"\x1f\x8b\x08" + b"\xff" * 40,
    gzip.compress(b"<html>"),
    b"<html>",
    b"\0" * 4096,
]


@pytest.mark.parametrize("head", OTHERS, ids=map(str, range(len(OTHERS))))
def test_what_is_no_warc_file(head: bytes) -> None:
    assert not warc.is_warc(head)
