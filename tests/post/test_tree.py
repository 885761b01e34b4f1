"""A tree written again, without what is judged not to stay."""

from __future__ import annotations

import time

import pytest
from selectolax.lexbor import LexborNode

from newsarchive.exceptions import BadInput, Reason
from newsarchive.post import tree
from newsarchive.post.tree import Action, Attributes, Replacement

ACTIONS: dict[str, Action | Replacement] = {
    "i": Action.UNWRAP,
    "u": Action.DROP,
    "q": Replacement("<&amp;"),
    "em": Replacement("字", "a", {"href": 'x"y'}),
}


def policy(name: str, attributes: Attributes, node: LexborNode) -> Action | Replacement:
    attributes.pop("id", None)
    return ACTIONS.get(name, Action.KEEP)


@pytest.mark.parametrize(
    ("markup", "written"),
    [
        ('<p id="a" class="b" alt>字</p>', '<p class="b" alt>字</p>'),
        ("<p><i>一<b>二</b></i>三</p>", "<p>一<b>二</b>三</p>"),
        ("<p>一<u>二<b>三</b></u>四</p><u></u>", "<p>一四</p>"),
        ("<u><u><p>一</p></u></u>二", "二"),
        ("<p>一<q>二</q>三</p>", "<p>一&lt;&amp;amp;三</p>"),
        ("<p>一<em>二</em></p>", '<p>一<a href="x&quot;y">字</a></p>'),
        # Texts that come to stand side by side are one.
        ("&am<i>p;</i>", "&amp;amp;"),
        ("a&am<u>x</u>p;", "a&amp;amp;"),
        ("<style>a>b</style><p>", "<p></p>"),
        ("字<style>a&amp;b</style>", "字<style>a&amp;b</style>"),
        ("<pre>\n\n字</pre>", "<pre>\n\n字</pre>"),
        ("<p>一</p><!-- 二 --><?三?>", "<p>一</p><!-- 二 --><!--?三?-->"),
        ("<br><img>", "<br><img>"),
        ("", ""),
    ],
)
def test_what_is_written(markup: str, written: str) -> None:
    assert tree.rewritten(markup, policy) == written


def test_what_goes_is_not_asked_about() -> None:
    asked: list[str] = []

    def told(name: str, attributes: Attributes, node: LexborNode) -> Action:
        asked.append(name)
        return Action.DROP if name == "div" else Action.KEEP

    tree.rewritten("<p><div><b>一</b><div></div></div><i>二</i></p>", told)
    assert asked == ["p", "div", "i", "p"]


@pytest.mark.parametrize(
    "markup", ["<p>x</p>" * 50_001, "字" + "<!---->" * 100_001, "<div>" * 2_001]
)
def test_no_article_is_so_large(markup: str) -> None:
    with pytest.raises(BadInput) as caught:
        tree.rewritten(markup, policy)
    assert caught.value.reason is Reason.TOO_LARGE


def test_a_plain_text_is_without_scripts_and_styles() -> None:
    body = tree.parse("<p><svg>一<g>二<script>x<g>y</g></script></g><style>z</style>三</svg></p>")
    assert body is not None
    svg = body.css_first("svg")
    assert svg is not None
    assert tree.plain_text(svg) == "一二三"


@pytest.mark.parametrize("inner", ["<g>", "<script>", "<g/>字"])
def test_a_plain_text_takes_time_by_its_length(inner: str) -> None:
    body = tree.parse("<svg>" + inner * 20_000)
    assert body is not None
    begun = time.process_time()
    tree.plain_text(body)
    assert time.process_time() - begun < 2
