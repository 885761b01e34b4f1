"""The small Sina's articles."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timezone

import pytest

from newsarchive.demo.articles import SHANGHAI, TEMPLATES, DemoArticle
from newsarchive.demo.site import CHANNELS
from tests.demo.helpers import (
    ARTICLES,
    WITH_TEXT,
)

ERAS = [template for template in TEMPLATES if template.startswith("T")]


def test_there_are_enough_articles_of_every_template() -> None:
    count = Counter(article.template for article in WITH_TEXT)
    assert len(WITH_TEXT) >= 105
    assert set(count) == set(TEMPLATES)
    assert min(count[template] for template in ERAS) >= 3
    assert count["T4"] >= 70


def test_ids_titles_and_bodies_are_unique() -> None:
    assert len({article.doc_id for article in ARTICLES}) == len(ARTICLES)
    assert len({article.title for article in ARTICLES}) == len(ARTICLES)
    paragraphs = [text for article in ARTICLES for text in article.paragraphs]
    assert len(set(paragraphs)) == len(paragraphs)


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.doc_id)
def test_ids_urls_and_clocks_follow_the_grammar(article: DemoArticle) -> None:
    if article.is_old:
        assert re.fullmatch(r"(31|1)-1-\d{7,8}", article.doc_id)
        clock = f"{article.published:%H%M}{article.doc_id.rpartition('-')[2]}.shtml"
        assert article.url.endswith(clock)
        assert f"{article.published:%Y}" in article.url
    elif article.template == "K":
        assert re.fullmatch(r"k-\d{10}-[0-9a-z]{18}", article.doc_id)
        uid, key = article.doc_id.split("-")[1:]
        assert article.url == f"https://k.sina.com.cn/article_{uid}_{key}.html"
    else:
        assert re.fullmatch(r"[a-z]{7}\d{7}", article.doc_id)
        assert article.published.year >= 2015
        assert f"/{article.published:%Y-%m-%d}/" in article.url
        assert f"-i{article.doc_id}." in article.url
    assert article.published.tzinfo is SHANGHAI
    assert article.updated is None or article.updated > article.published
    assert article.intime > article.published.timestamp()
    assert article.lids
    assert set(article.lids) <= set(CHANNELS)


def test_some_days_differ_between_shanghai_and_utc() -> None:
    def days(article: DemoArticle) -> bool:
        return article.published.date() != article.published.astimezone(timezone.utc).date()

    assert sum(days(article) for article in ARTICLES) >= 5
    new_year = datetime(2025, 1, 1, tzinfo=SHANGHAI)
    assert any(article.published == new_year for article in ARTICLES)
    recent = [article for article in ARTICLES if article.published.year >= 2021]
    assert len(recent) > len(ARTICLES) / 2


@pytest.mark.parametrize("sign", ["'", '"', "“", ":", "#", "🚢", "{{", "&", "<", "/", "|"])
def test_titles_have_the_signs_that_break_things(sign: str) -> None:
    assert any(sign in article.title for article in ARTICLES)


def test_one_title_is_very_long() -> None:
    assert max(len(article.title) for article in ARTICLES) > 120
