"""Pages that nobody meant to be read."""

from __future__ import annotations

import time

import pytest

from newsarchive.exceptions import BadInput, Reason
from newsarchive.post import body
from newsarchive.sina import article, encoding, listing, reading
from newsarchive.sina.channels import BY_NAME

HEAD = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><meta property="og:url" content="https://'
    'finance.sina.com.cn/roll/2026-09-01/doc-iaaaaaaa0000001.shtml"></head><body>'
    '<h1 class="main-title">标题</h1>'
    '<div class="date-source"><span class="date">{date}</span></div>'
)
TAIL = '<div class="footer">页脚</div></body></html>'


def page(container: str, date: str = "2026年09月01日 08:30") -> str:
    return HEAD.format(date=date) + container + TAIL


def test_ten_thousand_nested_tags() -> None:
    markup = page(f'<div id="artibody">{"<div>" * 10_000}正文{"</div>一" * 10_000}</div>')
    begun = time.process_time()
    found = article.parse(markup)
    assert reading.text(found.body).startswith("正文")
    with pytest.raises(BadInput) as caught:
        body.clean(found.body)
    assert caught.value.reason is Reason.TOO_LARGE
    assert time.process_time() - begun < 10


def test_body_of_more_nodes_than_any_article_has() -> None:
    found = article.parse(page(f'<div id="artibody">正文{"<p>x</p>" * 60_000}</div>'))
    with pytest.raises(BadInput) as caught:
        body.clean(found.body)
    assert caught.value.reason is Reason.TOO_LARGE


def test_nul_bytes() -> None:
    data = page('<div id="artibody"><p>正\x00文</p></div>').encode()
    found = article.parse(encoding.decode(data)[0])
    assert "\x00" not in body.clean(found.body).html


def test_unclosed_tags_in_the_container() -> None:
    found = article.parse(page('<div id="artibody"><p>正文<b>粗<i>斜</div>'))
    assert reading.text(found.body) == "正文粗斜"


def test_container_that_is_never_closed_still_gives_its_text() -> None:
    found = article.parse(page('<div id="artibody"><p>正文</p>'))
    assert reading.text(found.body).startswith("正文")


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [("正文一", "正文二", "正文一"), ("", "正文二", "正文二"), ("  ", "<p>二</p>", "二")],
)
def test_two_containers(first: str, second: str, text: str) -> None:
    markup = page(f'<div id="artibody">{first}</div><div id="artibody">{second}</div>')
    assert reading.text(article.parse(markup).body) == text


@pytest.mark.parametrize(
    ("shown", "published"),
    [
        ("09月01日 08:30", "2026-09-01T00:30:00+00:00"),
        ("08月31日23:50", "2026-08-31T15:50:00+00:00"),
        ("02月30日 08:30", None),
        ("昨天 08:30", None),
        ("2026年09月01日", None),
        ("", None),
    ],
)
def test_visible_date_without_a_year(shown: str, published: str | None) -> None:
    found = article.parse(page('<div id="artibody"><p>正文</p></div>', shown))
    assert (found.published_at and found.published_at.isoformat()) == published


def test_thirty_megabytes_are_parsed_in_bounded_time() -> None:
    markup = page(f'<div id="artibody"><p>{"正文。" * 3_500_000}</p></div>')
    assert len(markup.encode()) > 30_000_000
    begun = time.process_time()
    assert article.parse(markup).title == "标题"
    assert time.process_time() - begun < 20


def test_a_title_is_no_book() -> None:
    markup = page('<div id="artibody"><p>正文</p></div>')
    title = markup.index("</h1>")
    with pytest.raises(BadInput) as caught:
        article.parse(markup[:title] + "字" * 1_000_001 + markup[title:])
    assert caught.value.reason is Reason.TOO_LARGE


def test_editors_within_editors_are_not_read_again_and_again() -> None:
    nested = '<div class="show_author">' * 2_000 + "x" * 1_000_000
    begun = time.process_time()
    found = article.parse(page(f'<div id="artibody"><p>正文</p></div>{nested}'))
    assert found.editor == ""
    assert time.process_time() - begun < 5


def test_texts_within_texts_are_not_said_again_and_again() -> None:
    dates = '<div class="date-source">' + '<div class="date">' * 200 + "字" * 500_000
    begun = time.process_time()
    with pytest.raises(BadInput) as raised:
        article.parse(page('<div id="artibody">正文</div>') + dates)
    assert raised.value.reason is Reason.TOO_LARGE
    rows = '<div class="listBlk">' + "<ul><li><a href=x>a</a>" * 200 + "字" * 500_000
    with pytest.raises(BadInput):
        listing.parse(rows, BY_NAME["c-company"])
    assert time.process_time() - begun < 5
