"""The small Sina's pages."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from selectolax.lexbor import LexborHTMLParser

from newsarchive.demo.articles import DemoArticle
from newsarchive.demo.templates import render
from tests.demo.helpers import (
    ARTICLES,
    SELECTORS,
    WITH_TEXT,
    get,
    page,
    special,
    text_of,
)


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.doc_id)
def test_the_page_has_title_and_paragraphs(article: DemoArticle) -> None:
    title, body = SELECTORS[article.template]
    text = ""
    for number, _ in enumerate(article.page_urls, 1):
        tree = page(article, number=number)
        assert text_of(tree, title) == article.title
        text += text_of(tree, body)
        assert 10_000 <= len(render(article, page=number)) <= 40_000
    for paragraph in article.paragraphs:
        assert text.count(paragraph) == 1


@pytest.mark.parametrize(
    "article", [item for item in WITH_TEXT if not item.is_old], ids=lambda article: article.doc_id
)
def test_the_mobile_twin_is_served_with_the_same_text(article: DemoArticle) -> None:
    answer = get(article.mobile_url)
    tree = LexborHTMLParser(answer.body.decode())
    assert answer.status == 200
    assert text_of(tree, "h1.art_tit_h1") == article.title
    assert article.paragraphs[-1] in text_of(tree, "section.art_content")
    if article.template not in {"T7", "K", "G"}:
        metas = page(article).css("meta[name=mobile-agent]")
        assert len(metas) == 3
        assert all(article.mobile_url in (meta.attributes["content"] or "") for meta in metas)


@pytest.mark.parametrize(
    ("template", "selector", "form"),
    [
        ("T1", "span#pub_date", "%Y年%m月%d日%H:%M"),
        ("T2", "span#pub_date", "%Y年%m月%d日\xa0%H:%M"),
        ("T2N", "span#pub_date", "%Y年%m月%d日%H:%M"),
        ("T3", "span.time-source", "%Y年%m月%d日%H:%M"),
        ("T4", ".date-source span.date", "%Y年%m月%d日 %H:%M"),
        ("T5", "span#pub_date", "%Y年%m月%d日%H:%M"),
        ("T6", ".date-source span.date", "%Y年%m月%d日 %H:%M"),
        ("T7", "span.weibo_time_day", "%Y.%m.%d"),
        ("K", ".date-source span.date", "%Y年%m月%d日 %H:%M"),
        ("G", "time", "%Y-%m-%d %H:%M:%S"),
    ],
)
def test_each_template_writes_its_date(template: str, selector: str, form: str) -> None:
    for article in ARTICLES:
        if article.template == template and not article.extras.get("no_date"):
            assert article.published.strftime(form) in text_of(page(article), selector)


@pytest.mark.parametrize(
    ("template", "selector"),
    [
        ("T1", "#media_name a"),
        ("T2", "#media_name a"),
        ("T2N", "#media_name span[data-sudaclick=media_name] a"),
        ("T3", "span.time-source"),
        ("T4", ".date-source .source.ent-source"),
        ("T5", "#media_name a"),
        ("T6", ".date-source a.source"),
        ("T7", "h2.weibo_user"),
        ("K", ".date-source .source"),
        ("G", ".reader-from"),
    ],
)
def test_each_template_names_its_source(template: str, selector: str) -> None:
    for article in ARTICLES:
        if article.template == template:
            assert article.source in text_of(page(article), selector)


@pytest.mark.parametrize(
    ("template", "selector"),
    [
        ("T2N", "div.show_author"),
        ("T3", ".left > p.article-editor"),
        ("T4", "#artibody p.article-editor"),
        ("T6", "#article p.show_author"),
    ],
)
def test_editors_stand_where_the_template_has_them(template: str, selector: str) -> None:
    named = [item for item in WITH_TEXT if item.template == template and item.editor]
    assert named
    for article in named:
        assert article.editor
        assert article.editor in text_of(page(article), selector)


@pytest.mark.parametrize(
    ("template", "selector"),
    [
        ("T3", ".article-keywords a"),
        ("T4", ".article-bottom .keywords a"),
        ("T5", "p.art_keywords a"),
        ("T6", "#keywords a"),
    ],
)
def test_keywords_stand_where_the_template_has_them(template: str, selector: str) -> None:
    for article in ARTICLES:
        if article.template == template:
            words = tuple(node.text() for node in page(article).css(selector))
            assert words == article.keywords


def test_news_pages_have_a_last_keyword_that_is_none_and_a_second_h1() -> None:
    article = next(item for item in ARTICLES if item.template == "T6")
    tree = page(article)
    node = tree.css_first("#keywords")
    assert node is not None
    assert node.attributes["data-wbkey"] == ",".join((*article.keywords, "新闻"))
    assert len(tree.css("h1")) == 2


@pytest.mark.parametrize("article", [item for item in ARTICLES if item.is_old])
def test_old_pages_are_gbk_under_a_gb2312_label(article: DemoArticle) -> None:
    body = render(article)
    assert b"charset=gb2312" in body
    assert article.title in body.decode("gb18030")
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")


def test_an_old_page_has_a_character_that_gb2312_lacks() -> None:
    pages = [render(article) for article in ARTICLES if article.template in {"T1", "T2"}]
    with_it = [body for body in pages if "镕" in body.decode("gb18030")]
    assert len(with_it) >= 2
    for body in with_it:
        with pytest.raises(UnicodeDecodeError):
            body.decode("gb2312")


def test_symbols_stand_in_links_and_in_the_comment() -> None:
    linked = [item for item in ARTICLES if item.template in {"T3", "T4"} and item.symbols]
    assert any(symbol.startswith("usstock:") for item in linked for symbol in item.symbols)
    for article in linked:
        body = render(article).decode()
        tickers = [symbol.rpartition(":")[2] for symbol in article.symbols]
        assert f",{'&'.join(tickers)} -->" in body
        for name, symbol in article.extras["stocks"].items():
            prefix, _, ticker = symbol.rpartition(":")
            tree = page(article)
            assert text_of(tree, f"#{prefix or 'stock'}_{ticker} > a.keyword") == name


@pytest.mark.parametrize(
    ("extra", "selector"),
    [
        ("picture", ".img_wrapper img"),
        ("table", "table td"),
        ("video", "div.video-2017 + script"),
        ("original_title", "p"),
        ("nested_font", "font > font > font"),
        ("quoted", "blockquote p"),
        ("font", "p[cms-style]"),
        ("ad", "#ad_44086"),
        ("related", "p > a"),
        ("heads", "p > strong"),
        ("quotes", "span[id^=quote_] font"),
    ],
)
def test_extras_are_in_the_body(extra: str, selector: str) -> None:
    found = [item for item in ARTICLES if extra in item.extras and item.template != "T1"]
    assert found
    for article in found:
        body = SELECTORS[article.template][1]
        assert page(article).css_first(f"{body} {selector}") is not None


def test_pictures_are_plain_lazy_relative_and_nested() -> None:
    pictures = [item.extras["picture"] for item in ARTICLES if "picture" in item.extras]
    assert {"lazy", "nested"} <= {known.get("kind") for known in pictures}
    assert any(known["src"].startswith("//") for known in pictures)
    lazy = next(item for item in ARTICLES if item.extras.get("picture", {}).get("kind") == "lazy")
    image = page(lazy).css_first("#artibody img")
    assert image is not None
    assert "src" not in image.attributes


def test_the_promotion_block_has_its_style_inside_the_body() -> None:
    with_it = page(special("many_urls"))
    assert with_it.css_first("#artibody style") is not None
    assert "新浪财经APP" in text_of(with_it, "#artibody .appendQr_wrap")
    without = next(item for item in ARTICLES if item.extras.get("promotion") is False)
    assert page(without).css_first(".appendQr_wrap") is None


def test_the_republication_clock_is_not_the_articles_time() -> None:
    for article in ARTICLES:
        tree = page(article)
        meta = tree.css_first('meta[property="article:published_time"]')
        if article.template in {"T3", "T4", "T5", "T6", "G"} and meta is not None:
            clock = datetime.fromisoformat(meta.attributes["content"] or "")
            assert clock == article.republished
            assert clock - article.published >= timedelta(minutes=1)
