"""Captures of a crawl of ours, replayed: the bounds of articles in several pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from newsarchive.archive.store import Store
from newsarchive.archive.warc import Capture, Position
from newsarchive.exceptions import Reason
from newsarchive.extensions.run import Run
from newsarchive.items import Article, Link, Miss
from newsarchive.sina.pager import PAGES_MAX
from newsarchive.spiders.captures import _UNFINISHED_MAX, Captures, Share
from newsarchive.spiders.context import of_link
from tests.archive.recordings import T0
from tests.sina.test_pager import FIRST, ID, a_page, nth, pager


@pytest.fixture
def read(tmp_path: Path) -> Iterator[Captures]:
    """What reads captures for an archive in which there is nothing yet."""
    store = Store.open(tmp_path, create=True)
    run = SimpleNamespace(ledger=store.ledger, found=lambda count: None)
    yield Captures(cast("Run", run), Share())
    store.close()


def capture(number: int, count: int, doc_id: str = ID) -> Capture:
    """The *number*-th page of an article that says it has *count*."""
    first = FIRST.replace(ID, doc_id)
    text = a_page(f"<p>　　第{number}页。</p>{pager(number, count, first)}")
    before = [Position("w.warc.gz", each) for each in range(1, number)]
    return Capture(
        url=nth(number, first),
        at=T0 + timedelta(seconds=number),
        status=200,
        headers={"content-type": "text/html; charset=utf-8"},
        body=text.encode(),
        position=Position("w.warc.gz", number),
        identity="",
        digest="",
        context=of_link(Link(doc_id, first), before),
    )


def items(read: Captures, *captures: Capture) -> list[Article | Miss]:
    return [item for each in captures for item in read.items(each, own=True)]


def test_a_pager_without_end_ends_where_a_crawls_does(read: Captures) -> None:
    """The article has the pages that the crawl asked for, and the last one's capture."""
    pages = [capture(number, PAGES_MAX + 9) for number in range(1, PAGES_MAX + 1)]
    assert items(read, *pages[:-1]) == []
    (found,) = items(read, pages[-1])
    assert isinstance(found, Article)
    assert found.body.count("<p>") == PAGES_MAX
    assert (found.warc_file, found.warc_offset) == ("w.warc.gz", PAGES_MAX)


@pytest.mark.parametrize("beside", [_UNFINISHED_MAX - 1, _UNFINISHED_MAX])
def test_no_more_articles_are_unfinished_than_a_crawl_has(read: Captures, beside: int) -> None:
    """What comes back to the oldest of too many finds its first page forgotten."""
    others = [f"kqtestb{number:07}" for number in range(beside)]
    for doc_id in (ID, *others):
        assert items(read, capture(1, 2, doc_id)) == []
    (found,) = items(read, capture(2, 2))
    if beside < _UNFINISHED_MAX:
        assert isinstance(found, Article)
    else:
        assert isinstance(found, Miss)
        assert (found.reason, found.detail) == (
            Reason.TRUNCATED,
            "its first pages were not replayed",
        )
    newest = items(read, capture(2, 2, others[-1]))
    assert [type(each) for each in newest] == [Article]
