"""The small Sina's special cases."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser

from newsarchive.demo.site import CHANNELS, SPECIALS, list_rows
from newsarchive.demo.templates import render
from tests.demo.helpers import (
    ARTICLES,
    get,
    page,
    special,
)


def test_every_listed_url_is_served() -> None:
    gone = SPECIALS["gone"].listed[1686]
    for lid in CHANNELS:
        for row in list_rows(lid):
            status = get(row["url"]).status
            moved = row["url"] in SPECIALS["moved"].listed.values()
            assert status == (404 if row["url"] == gone else 301 if moved else 200), row["url"]


def test_every_special_case_is_listed() -> None:
    listed = {row["docid"] for lid in CHANNELS for row in list_rows(lid)}
    assert {case.list_id for case in SPECIALS.values()} <= listed
    for case in SPECIALS.values():
        for lid, url in case.listed.items():
            row = next(row for row in list_rows(lid) if row["docid"] == case.list_id)
            assert row["url"] == url


def test_one_article_is_listed_under_four_urls() -> None:
    article = special("many_urls")
    urls = SPECIALS["many_urls"].listed
    assert set(article.lids) == set(urls)
    assert len(set(urls.values())) == 4
    assert {urlsplit(url).scheme for url in urls.values()} == {"http", "https"}
    assert any("from=wap&utm_source=x" in url for url in urls.values())
    assert article.mobile_url in urls.values()
    for url in urls.values():
        assert article.title in get(url).body.decode()


def test_a_moved_article_redirects_to_itself() -> None:
    article = special("moved")
    url = SPECIALS["moved"].listed[2671]
    answer = get(url)
    assert (answer.status, answer.headers["Location"]) == (301, article.url)
    assert urlsplit(url).netloc == urlsplit(article.url).netloc
    assert get(article.url).status == 200


def test_the_page_that_says_there_is_none() -> None:
    answer = get(SPECIALS["not_found_page"].listed[1686])
    assert answer.status == 200
    assert "页面没有找到 5秒钟之后将会带您进入新浪首页!" in answer.body.decode()


def test_the_empty_body_is_empty() -> None:
    node = page(special("empty_body")).css_first("#artibody")
    assert node is not None
    assert node.inner_html == ""


def test_the_page_without_a_date() -> None:
    article = special("no_date")
    for template in (None, "T7"):
        html = render(article, template).decode().replace(f"/{article.published:%Y-%m-%d}/", "")
        assert not re.search(r"20\d\d[-年./]\d\d?[-月./]\d", html)
        assert "create_at" not in html
        assert "published_time" not in html


def test_the_page_without_a_charset() -> None:
    assert get(special("no_charset").url).headers["Content-Type"] == "text/html"
    kinds = Counter(get(article.url).headers["Content-Type"] for article in ARTICLES)
    assert set(kinds) == {"text/html", "text/html; charset=utf-8", "text/html; charset=gb2312"}
    assert kinds["text/html"] >= 20


@pytest.mark.parametrize("name", ["video", "slides", "live"])
def test_pages_of_other_hosts_have_no_article(name: str) -> None:
    url = next(iter(SPECIALS[name].listed.values()))
    assert not urlsplit(url).netloc.startswith(("finance.", "news.", "tech."))
    tree = LexborHTMLParser(get(url).body)
    assert not tree.css("#artibody, #article, .art_content")


def test_document_ids_and_old_mobile_links_lead_to_the_article() -> None:
    old = next(article for article in ARTICLES if article.is_old)
    assert get(old.mobile_url).headers["Location"] == old.url
    for article in (old, special("moved")):
        answer = get(f"http://doc.sina.cn/?id={article.list_id}")
        assert (answer.status, answer.headers["Location"]) == (302, article.url)
    assert get("http://dp.sina.cn/dpool/cms/jump.php?url=https://example.org/").status == 404
