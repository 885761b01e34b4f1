"""What the fuzzers start from: fixtures, the small Sina's answers, a dictionary."""

from __future__ import annotations

import ast
import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from newsarchive.demo.columns import column_page
from newsarchive.demo.feed import feed_answer
from newsarchive.demo.lists import list_answer
from newsarchive.spiders.context import of_list
from tests import foreign_warcs
from tests.archive import recordings
from tests.conftest import FIXTURES
from tests.saves import complete, mhtml, single_file

_URL = "https://finance.sina.com.cn/china/2021-08-06/doc-ikztesta0000001.shtml"
DICTIONARY = Path(__file__).with_name("dictionary.txt")


def seeds(name: str) -> list[bytes]:
    """The inputs that a target starts from."""
    return list(_SEEDS[name]())


def words() -> list[bytes]:
    """The dictionary, which is written as libFuzzer reads it."""
    lines = DICTIONARY.read_text("utf-8").splitlines()
    quoted = [line for line in lines if line.startswith('"')]
    return [ast.literal_eval(f"b{line}") for line in quoted]


def _posts() -> Iterator[bytes]:
    for path in sorted(FIXTURES.glob("*posts*/**/*.html")):
        yield path.read_bytes()


def _front_matters() -> Iterator[bytes]:
    for data in _posts():
        if found := re.search(rb"---\n(.*?)^---\n", data, re.DOTALL | re.MULTILINE):
            yield found[1]


def _lists() -> Iterator[bytes]:
    for query in ("lid=1686&num=3&page=1", "lid=1686&num=3&page=1&callback=x", "lid=1"):
        yield list_answer(query)[1]
    yield column_page("cid=56592")


def _feed() -> Iterator[bytes]:
    for query in ("zhibo_id=152&page_size=5&page=1", "zhibo_id=152&page_size=2&callback=x"):
        yield feed_answer(query)[1]


def _pages() -> Iterator[bytes]:
    for path in sorted(FIXTURES.glob("pages/*/page.html")):
        yield path.read_bytes()


def _saves() -> Iterator[bytes]:
    for name in ("t4_2021_finance", "t1_2009_gbk", "blocked_captcha"):
        data = (FIXTURES / "pages" / name / "page.html").read_bytes()
        for transfer in ("quoted-printable", "base64", "8bit"):
            yield mhtml(data, _URL, charset="gbk", transfer=transfer)
        text = data.decode("gb18030", "replace")
        yield complete(text, _URL, "page_files").encode()
        yield single_file(text, _URL).encode()


def _bodies() -> Iterator[bytes]:
    for path in sorted(FIXTURES.glob("pages/*/oracle_body.html")):
        yield path.read_bytes()
    for data in _posts():
        yield data.partition(b"<div>   \n")[2]


def _warcs() -> Iterator[bytes]:
    """A file of ours, compressed and not, and others' layouts: where mutations get through."""
    with TemporaryDirectory() as folder:
        several = [
            recordings.transfer(1),
            recordings.transfer(2, context=of_list("live", taken=["nhymuem4358429"])),
            recordings.transfer(3, b""),
        ]
        path, _ = recordings.recorded(Path(folder), several)
        plain = _settled(gzip.decompress(path.read_bytes()))
    yield plain
    begin = b"WARC/1.1\r\n"
    yield foreign_warcs.members(begin + part for part in plain.split(begin)[1:])
    page = {_URL: b"<p>\xe4\xb8\x80</p>"}
    yield gzip.decompress(foreign_warcs.wget(page))
    yield foreign_warcs.cc_news(page)
    coded = {_URL: gzip.compress(page[_URL], mtime=0)}
    yield gzip.decompress(foreign_warcs.browsertrix(page, "gzip", coded))


def _settled(plain: bytes) -> bytes:
    """The same in every run: without the ids and the time that are new in each."""
    names: dict[bytes, bytes] = {}
    for name in re.findall(rb"urn:uuid:[0-9a-f-]{36}", plain):
        names.setdefault(name, b"urn:uuid:%08d-0000-4000-8000-000000000000" % len(names))
    for name, settled in names.items():
        plain = plain.replace(name, settled)
    return re.sub(rb"(?<=WARC-Date: )[0-9T:.-]{26}(?=Z)", b"2026-08-06T07:54:29.123456", plain)


_SEEDS = {
    "post": _posts,
    "front_matter": _front_matters,
    "listing": _lists,
    "flash": _feed,
    "page": _pages,
    "save": _saves,
    "body": _bodies,
    "warc": _warcs,
}
