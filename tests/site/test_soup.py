"""A body as a tree to edit: the one that lexbor finds."""

from __future__ import annotations

import pytest
from bs4 import Tag

from newsarchive.exceptions import BadInput, Reason
from newsarchive.site import soup


@pytest.mark.parametrize(
    ("body", "written"),
    [
        ("<p class='b  a'>一&amp;<br>二</p>", '<p class="b  a">一&amp;<br/>二</p>'),
        ("<p>一<!-- 注 -->二</p>", "<p>一二</p>"),
        ("<p>一<style>p > b</style>二</p>", "<p>一二</p>"),
        ("<b>一<i>二</b>三</i>", "<b>一<i>二</i></b><i>三</i>"),
        ("<table>一<tr><td> 二", "一<table><tbody><tr><td> 二</td></tr></tbody></table>"),
        ("<pre>\n\n字</pre>", "<pre>\n\n字</pre>"),
        ("https://example.org/a.html", "https://example.org/a.html"),
        ("", ""),
    ],
)
def test_the_tree_is_lexbors(body: str, written: str) -> None:
    assert soup.parse(body).decode() == written


def test_equal_elements_are_told_apart() -> None:
    first, second = soup.parse("<p>字</p><p>字</p>").find_all("p")
    assert isinstance(first, Tag)
    assert first != second
    first.decompose()
    assert second.get_text() == "字"


def test_nested_ones_that_are_equal_are_written() -> None:
    """bs4 compares its own tags by recursion."""
    nested = "<div>" * 1_900 + "字" + "</div><i></i>" * 1_900
    assert soup.parse(nested).decode() == nested


@pytest.mark.parametrize("markup", ["<div>" * 100_000, "<div>" * 2_001, "<br>" * 100_001])
def test_what_no_article_is_is_refused(markup: str) -> None:
    with pytest.raises(BadInput) as caught:
        soup.parse(markup)
    assert caught.value.reason is Reason.TOO_LARGE
