"""Stage 1: only what can become a post passes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from newsarchive.clock import UTC
from newsarchive.exceptions import Reason
from newsarchive.items import Article, Miss
from newsarchive.pipelines.stage import Dropped
from newsarchive.pipelines.validate import ValidatePipeline

MOMENT = datetime(2021, 8, 5, 7, 54, 29, tzinfo=UTC)


def an_article(**values: Any) -> Article:
    defaults: dict[str, Any] = {"title": "题", "body": "<p>文</p>", "published_at": MOMENT}
    return Article(**(defaults | values))


def dropped(item: Any) -> Miss:
    with pytest.raises(Dropped) as raised:
        ValidatePipeline().process_item(item)
    return raised.value.miss


@pytest.mark.parametrize("reason", Reason)
def test_a_miss_ends_here_as_it_is(reason: Reason) -> None:
    miss = Miss("https://sina.cn/x", reason, "warum", "kqtesta0000501", "china")
    assert dropped(miss) is miss


@pytest.mark.parametrize(
    "clocks",
    [
        {"published_at": MOMENT},
        {"published_at": None, "listed_at": MOMENT},
        {"published_at": None, "date": "Thu, 05 Aug 2021 07:54:29 GMT"},
    ],
)
def test_any_date_will_do(clocks: dict[str, Any]) -> None:
    article = an_article(**clocks)
    assert ValidatePipeline().process_item(article) is article


def test_no_date() -> None:
    other = {"updated_at": MOMENT, "list_ctime": MOMENT, "list_mtime": MOMENT}
    article = an_article(
        published_at=None, fetched_at=MOMENT, raw_clocks={"published_at": "gestern"}, **other
    )
    miss = dropped(article)
    assert (miss.reason, miss.detail) == (Reason.NO_DATE, "gestern")


@pytest.mark.parametrize("title", ["", " ", "\n", "\u3000", "\x00\ufeff", "\ud800"])
def test_no_title(title: str) -> None:
    assert dropped(an_article(title=title)).reason is Reason.NO_TITLE


@pytest.mark.parametrize("body", ["", " \n\t", "\u3000"])
def test_no_body(body: str) -> None:
    assert dropped(an_article(body=body)).reason is Reason.NO_BODY


@pytest.mark.parametrize(
    ("title", "cleaned"),
    [
        ("海关总署：‘’“”", "海关总署：‘’“”"),
        ("甲\n乙\t丙", "甲 乙 丙"),
        ("甲\x00\x07乙\u2028\ufeff", "甲乙"),
        ("甲\ud800乙", "甲乙"),
        ("镕喆囧㛃𠮷🎉", "镕喆囧㛃𠮷🎉"),
        (" 甲 ", " 甲 "),
    ],
)
def test_a_title_is_one_line(title: str, cleaned: str) -> None:
    article = an_article(title=title)
    ValidatePipeline().process_item(article)
    assert article.title == cleaned


def test_the_title_is_asked_first() -> None:
    assert dropped(Article("", "")).reason is Reason.NO_TITLE
