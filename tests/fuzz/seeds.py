"""What the fuzzers start from: fixtures, the small Sina's answers, a dictionary."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from newsarchive.demo.columns import column_page
from newsarchive.demo.feed import feed_answer
from newsarchive.demo.lists import list_answer
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


_SEEDS = {
    "post": _posts,
    "front_matter": _front_matters,
    "listing": _lists,
    "flash": _feed,
    "page": _pages,
    "save": _saves,
    "body": _bodies,
}
