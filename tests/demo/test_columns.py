"""The small Sina's HTML lists."""

from __future__ import annotations

import re
from urllib.parse import urljoin

import pytest
from selectolax.lexbor import LexborHTMLParser

from newsarchive.demo.columns import COLUMNS, ROWS_A_PAGE, column_rows
from tests.demo.helpers import get

LIST = "https://finance.sina.com.cn/roll/index.d.html?cid={}&page={}"


def tree_at(url: str) -> LexborHTMLParser:
    answer = get(url)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    tree = LexborHTMLParser(answer.body.decode())
    assert tree.css_first(".listBlk ul") is not None
    return tree


@pytest.mark.parametrize("cid", COLUMNS)
def test_following_the_links_gives_every_row_once(cid: int) -> None:
    url, rows, pages = LIST.format(cid, 1), [], 0
    while url:
        tree, pages = tree_at(url), pages + 1
        found = tree.css(".listBlk ul li")
        assert 1 <= len(found) <= ROWS_A_PAGE
        rows += found
        link = tree.css_first("span.pagebox_next a")
        url = urljoin(url, link.attributes["href"] or "") if link is not None else ""
    assert pages == -(-len(rows) // ROWS_A_PAGE)
    articles = column_rows(cid)
    assert len(rows) == len(articles)
    for row, article in zip(rows, articles):
        link = row.css_first("a")
        assert link is not None
        assert link.attributes["href"] == article.url
        assert link.text() == article.title
        assert row.text() == f"{article.title}({article.published:%m月%d日 %H:%M})"
        assert cid in article.columns
        assert get(article.url).status in (200, 301)


def test_one_column_has_two_pages() -> None:
    assert len(column_rows(56592)) > ROWS_A_PAGE
    assert len(tree_at(LIST.format(56592, 1)).css(".listBlk li")) == ROWS_A_PAGE
    second = tree_at(LIST.format(56592, 2))
    assert second.css_first("span.pagebox_next") is None
    assert second.css_first("span.pagebox_previous a") is not None


def test_times_are_as_the_site_writes_them() -> None:
    shown = [node.text() for node in tree_at(LIST.format(57045, 1)).css(".listBlk li span")]
    assert all(re.fullmatch(r"\(\d\d月\d\d日 \d\d:\d\d\)", text) for text in shown)


@pytest.mark.parametrize(("cid", "page"), [(56592, 99), (57038, 1), (1, 1), ("x", "y")])
def test_past_the_end_and_unknown_columns_are_empty_lists(cid: object, page: object) -> None:
    tree = tree_at(LIST.format(cid, page))
    assert not tree.css(".listBlk li, .pagebox_next")
