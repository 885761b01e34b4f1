"""The quick reader of front matter never says anything else than the YAML reader."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsarchive.exceptions import BadInput
from newsarchive.items import Article
from newsarchive.post import front_matter, rendered
from tests.post.yaml_texts import DATE, PHRASES

USUAL = """\
title: '海关总署：“科学”精准 100% #1'
categories: \n - 金融\n - 新浪财经\n - 新浪财经－国內
headimg: 'https://n.sinaimg.cn/finance/cece9e13/20200514/343233024.png'
author: 新浪财经
comments: false
date: Fri, 14 Jan 2022 03:07:08 GMT
thumbnail: ''
"""
WORDS = st.one_of(st.sampled_from(PHRASES), st.text(), st.text("'\"# :-\\\t\n\x85\u2028\ufeff<a"))


def slowly(text: str) -> Article | None:
    try:
        return front_matter.read(text)
    except BadInput:
        return None


def test_what_a_crawl_writes_is_read() -> None:
    article = rendered.read(USUAL)
    assert article is not None
    assert article == front_matter.read(USUAL)
    assert article.categories == ["金融", "新浪财经", "新浪财经－国內"]


@given(WORDS, st.lists(WORDS, max_size=3), WORDS, WORDS)
def test_of_what_is_rendered(title: str, categories: list[str], author: str, image: str) -> None:
    article = Article(title, "", categories=categories, author=author, headimg=image, date=DATE)
    text = front_matter.render(article)
    assert rendered.read(text) in (None, slowly(text))


@given(st.integers(0, len(USUAL)), st.integers(0, 3), WORDS)
@example(0, 0, "\ufeff")
@example(USUAL.index("false"), 5, "!!str false")
@example(USUAL.index("金融"), 2, "constructor")
@example(USUAL.index("金融"), 2, "a\n  b")
@example(USUAL.index("海"), 0, "\x85")
def test_of_what_somebody_edited(place: int, removed: int, word: str) -> None:
    text = USUAL[:place] + word + USUAL[place + removed :]
    assert rendered.read(text) in (None, slowly(text))


@pytest.mark.parametrize("phrase", PHRASES)
def test_of_what_looks_like_something_else(phrase: str) -> None:
    for old in ("金融", "author: 新浪财经", "海关总署", "false", "Fri, 14 Jan 2022 03:07:08 GMT"):
        new = phrase if old != "author: 新浪财经" else f"author: {phrase}"
        text = USUAL.replace(old, new)
        assert rendered.read(text) in (None, slowly(text))
