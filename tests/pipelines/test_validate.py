"""Stage 1: only what can become a post passes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from newsarchive import clock
from newsarchive.clock import SHANGHAI, UTC
from newsarchive.exceptions import Reason
from newsarchive.extensions.run import Dropped
from newsarchive.items import Article, Miss
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
    miss = Miss("https://sina.cn/x", reason, "warum", "kqtesta0000501")
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


# Times that have not come yet

NOW = datetime(2021, 8, 7, 12, 0, tzinfo=UTC)
CLOCKS = ["published_at", "updated_at", "listed_at", "list_ctime", "list_mtime"]


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return NOW


def validated(**values: Any) -> Article:
    article = an_article(**values)
    passed: Article = ValidatePipeline().process_item(article)
    assert passed is article
    return passed


@pytest.mark.parametrize("name", CLOCKS)
@pytest.mark.parametrize(
    ("ahead", "doubted"),
    [
        (timedelta(days=-1), False),
        (timedelta(0), False),
        (timedelta(hours=23), False),
        (timedelta(days=1), False),  # a day's grace, to the end
        (timedelta(days=1, microseconds=1), True),
        (timedelta(days=3650), True),
    ],
)
def test_a_future_time_is_doubted(
    now: datetime, name: str, ahead: timedelta, doubted: bool
) -> None:
    moment = now + ahead
    article = validated(date="Thu, 05 Aug 2021 07:54:29 GMT", **{name: moment})
    assert getattr(article, name) == (None if doubted else moment)
    assert article.raw_clocks == ({name: moment.isoformat()} if doubted else {})


def test_a_future_time_of_another_zone_is_doubted(now: datetime) -> None:
    ahead = (now + timedelta(days=1, seconds=1)).astimezone(SHANGHAI)
    assert validated(updated_at=ahead).updated_at is None


def test_what_was_written_stays_raw(now: datetime) -> None:
    raw = {"published_at": "2030年01月01日 00:00", "updated_at": "gestern"}
    article = validated(
        published_at=now + timedelta(days=3000), listed_at=MOMENT, raw_clocks=dict(raw)
    )
    assert article.published_at is None
    assert article.raw_clocks == raw


def test_only_the_future_one_is_doubted(now: datetime) -> None:
    article = validated(listed_at=now + timedelta(days=2), updated_at=MOMENT)
    assert (article.published_at, article.updated_at, article.listed_at) == (MOMENT, MOMENT, None)


def test_an_article_of_the_future_has_no_date(now: datetime) -> None:
    ahead = now + timedelta(days=2)
    raw = {"published_at": "2021年08月09日 20:00"}
    miss = dropped(an_article(published_at=ahead, listed_at=ahead, raw_clocks=raw))
    assert (miss.reason, miss.detail) == (Reason.NO_DATE, "2021年08月09日 20:00")


def test_our_own_clocks_and_the_posts_date_are_not_doubted(now: datetime) -> None:
    ahead = now + timedelta(days=2)
    date = "Thu, 05 Aug 2100 07:54:29 GMT"
    article = validated(fetched_at=ahead, first_seen_at=ahead, date=date)
    assert (article.fetched_at, article.first_seen_at, article.date) == (ahead, ahead, date)
