"""Articles in several pages: the way to the next one, and the whole of them."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from newsarchive.sina import article, reading
from newsarchive.sina.pager import PAGES_MAX, join, next_page

ID = "kqtesta0000501"
FIRST = f"https://finance.sina.com.cn/roll/2021-08-05/doc-i{ID}.shtml"
OLD = "https://finance.sina.com.cn/consume/20140520/021319158268.shtml"


def nth(number: int, first: str = FIRST) -> str:
    return first if number == 1 else first.replace(".shtml", f"_{number}.shtml")


def name(number: int, first: str = FIRST) -> str:
    return nth(number, first).rpartition("/")[2]


def pager(number: int, count: int, first: str = FIRST, css: str = "page") -> str:
    links = [f'<a href="{name(n, first)}">{n}</a>' for n in range(1, count + 1)]
    if number > 1:
        links.insert(0, f'<a href="{name(number - 1, first)}">上一页</a>')
    if number < count:
        links.append(f'<a href="{name(number + 1, first)}">下一页</a>')
    return f'<p class="{css}">{"".join(links)}</p>'


def a_page(inside: str, below: str = "") -> str:
    return (
        "<!DOCTYPE html><html><head><meta charset=utf-8></head><body>"
        "<h1 class=main-title>题目</h1><div class=date-source><span class=date>"
        "2021年08月05日 15:54</span></div>"
        f"<div class=article id=artibody>{inside}</div>{below}<div>页脚</div></body></html>"
    )


def next_of(markup: str, url: str = FIRST) -> str:
    page = LexborHTMLParser(markup)
    container = page.css_first("#artibody")
    assert container is not None
    return next_page(container, page, url)


@pytest.mark.parametrize("first", [FIRST, OLD])
@pytest.mark.parametrize("css", ["page", "pagebox", "article-page", "pages", "x page y"])
@pytest.mark.parametrize("inside", [True, False], ids=["inside", "below"])
def test_from_page_to_page(first: str, css: str, inside: bool) -> None:
    way = [first]
    for number in (1, 2, 3):
        turn = pager(number, 3, first, css)
        markup = a_page("<p>文</p>" + (turn if inside else ""), "" if inside else turn)
        found = article.parse(markup, way[-1])
        assert found.doc_id == article.parse(markup, first).doc_id
        assert reading.text(found.body) == "文"  # the pager is no text
        if found.next_url:
            way.append(found.next_url)
    assert way == [nth(number, first) for number in (1, 2, 3)]


@pytest.mark.parametrize(
    "link",
    [
        f'<a href="{name(2)}">下一页</a>',
        f'<a href="{nth(2)}">下一页&gt;&gt;</a>',
        f'<a href="//finance.sina.com.cn/roll/2021-08-05/{name(2)}">[下页]</a>',
        f'<a href="/roll/2021-08-05/{name(2)}?from=wap#p"> 下一页 </a>',
        f'<a href="{nth(2).replace("https", "http")}"><span>下一页</span></a>',
        f'<a href="{name(2)}">下一页</a><a href="{name(3)}">下一页</a>',
    ],
)
def test_the_next_page(link: str) -> None:
    assert next_of(a_page(f'<p>文</p><div class="page">{link}</div>')) == nth(2)


@pytest.mark.parametrize(
    "link",
    [
        "",
        f'<a href="{name(2)}">2</a>',
        f'<a href="{name(2)}">上一页</a>',
        f'<a href="{FIRST}">下一页</a>',
        f'<a href="{FIRST}#p=2">下一页</a>',
        f'<a href="{FIRST}?from=wap">下一页</a>',
        "<a>下一页</a>",
        '<a href="">下一页</a>',
        '<a href="#">下一页</a>',
        '<a href="javascript:next()">下一页</a>',
        '<a href="http://[">下一页</a>',
        '<a href="doc-ikqtesta0000502.shtml">下一页</a>',
        '<a href="doc-ikqtesta0000502_2.shtml">下一页</a>',
        '<a href="https://finance.sina.com.cn/roll/">下一页</a>',
        f'<a href="https://evil.example/roll/2021-08-05/{name(2)}">下一页</a>',
        f'<a href="https://finance.sina.com.cn.evil.example/{name(2)}">下一页</a>',
    ],
)
def test_no_next_page(link: str) -> None:
    assert next_of(a_page(f'<p>文</p><div class="page">{link}</div>')) == ""


def test_a_link_outside_a_pager_is_no_next_page() -> None:
    assert next_of(a_page(f'<p>文</p><p><a href="{name(2)}">下一页</a></p>')) == ""


def test_a_page_that_nobody_can_name_has_no_next() -> None:
    assert next_of(a_page(pager(1, 2)), "") == ""
    assert next_of(a_page(pager(1, 2)), "https://finance.sina.com.cn/") == ""
    assert article.parse(a_page(f"<p>文</p>{pager(1, 2)}")).next_url == ""


def test_what_is_no_pager_stays() -> None:
    """The class alone says nothing: on an article of one page it is a box like any other."""
    box = '<div class="page"><p>正文里的一段。</p></div>'
    assert "正文里的一段。" in article.parse(a_page(box), FIRST).body
    both = article.parse(a_page(box + pager(1, 2)), FIRST)
    assert reading.text(both.body) == "正文里的一段。"
    alone = article.parse(a_page('<p>文</p><p class="page"><a href="/">下一页</a></p>'), FIRST)
    assert "下一页" in alone.body


# The whole

EDITOR = '<p class="article-editor">责任编辑：甲</p>'
QR = '<div class="appendQr_wrap">海量资讯</div>'


def test_pages_are_joined_in_their_order() -> None:
    parts = [f"{QR}<p>第{number}页</p>{EDITOR}" for number in "一二三"]
    whole = parts[0]
    for part in parts[1:]:
        whole = join(whole, part)
    assert reading.text(whole) == "第一页\n第二页\n第三页"
    assert whole.count("责任编辑") == whole.count("appendQr_wrap") == 1
    assert whole.endswith(EDITOR)
    assert reading.editor(whole) == "甲"


def test_pictures_of_all_pages_are_kept() -> None:
    whole = join('<p><img src="1.jpg"></p>', '<p><img src="2.jpg"></p>')
    assert [node.attributes["src"] for node in LexborHTMLParser(whole).css("img")] == [
        "1.jpg",
        "2.jpg",
    ]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("<!-- 原始正文start -->", "<!-- 原始正文end -->"),
        (
            "<!-- publish_helper name='原始正文' p_id='31' t_id='1' d_id='2' f_id='3' -->",
            "<!-- publish_helper_end -->",
        ),
    ],
)
@pytest.mark.parametrize("count", [2, 3])
def test_pages_that_mark_their_text_lose_none(start: str, end: str, count: int) -> None:
    """The templates that have several pages are those that mark the text, on every page."""
    parts = [f"<p>行情</p>{start}<p>第{n}页</p>{end}<p>推广</p>" for n in "一二三"[:count]]
    whole = parts[0]
    for part in parts[1:]:
        whole = join(whole, part)
    assert reading.text(whole) == "\n".join(f"第{n}页" for n in "一二三"[:count])


def test_nothing_before_and_nothing_after() -> None:
    assert reading.text(join("", "<p>甲</p>")) == "甲"
    assert reading.text(join("<p>甲</p>", "")) == "甲"
    assert PAGES_MAX == 50
