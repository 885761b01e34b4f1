"""Stage 3: the front matter."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from newsarchive.clock import UTC
from newsarchive.exceptions import Reason
from newsarchive.extensions.run import Dropped
from newsarchive.items import Article
from newsarchive.pipelines.describe import DescribePipeline
from newsarchive.sina import channels

MOMENT = datetime(2021, 8, 5, 7, 54, 29, tzinfo=UTC)
BODY = (
    "<p>文</p><!-- news_keyword_pub,stock,sz300059 --><p class=article-editor>责任编辑：甲 SF1</p>"
)


def described(**values: Any) -> Article:
    defaults: dict[str, Any] = {"title": "题", "body": BODY, "published_at": MOMENT}
    article = Article(**(defaults | values))
    passed: Article = DescribePipeline().process_item(article)
    assert passed is article
    return passed


def test_the_seeds_categories() -> None:
    assert described(channel="china").categories == ["金融", "新浪财经", "新浪财经－国內"]
    assert ord(described(channel="china").categories[2][-1]) == 0x5167


@pytest.mark.parametrize("channel", channels.CHANNELS, ids=lambda channel: channel.name)
def test_the_categories_of_a_channel(channel: channels.Channel) -> None:
    found = described(channel=channel.name).categories
    assert found == ["金融", "新浪财经", f"新浪财经－{channel.label}"]


@pytest.mark.parametrize("channel", ["", "nosuch"])
def test_without_a_channel_the_base_remains(channel: str) -> None:
    found = described(channel=channel).categories
    assert found == ["金融", "新浪财经"]
    found.append("x")
    assert described(channel=channel).categories == ["金融", "新浪财经"]


def test_the_author_and_the_thumbnail() -> None:
    article = described(headimg="https://n.sinaimg.cn/a.jpg")
    assert article.author == "新浪财经"
    assert article.thumbnail == "https://n.sinaimg.cn/a.jpg"
    assert described().thumbnail == ""


@pytest.mark.parametrize(
    ("clocks", "date"),
    [
        ({}, "Thu, 05 Aug 2021 07:54:29 GMT"),
        ({"listed_at": MOMENT + timedelta(hours=1)}, "Thu, 05 Aug 2021 08:54:29 GMT"),
        ({"listed_at": MOMENT, "published_at": None}, "Thu, 05 Aug 2021 07:54:29 GMT"),
        (
            {"list_ctime": MOMENT + timedelta(hours=2), "updated_at": MOMENT + timedelta(hours=3)},
            "Thu, 05 Aug 2021 07:54:29 GMT",
        ),
    ],
)
def test_the_date_is_the_lists_else_the_pages(clocks: dict[str, Any], date: str) -> None:
    assert described(**clocks).date == date


def test_what_a_replayed_post_says_stays() -> None:
    said: dict[str, Any] = {
        "categories": ["别的"],
        "author": "别人",
        "date": "2021-08-05 15:54:29",
        "editor": "乙",
        "symbols": ["sh600519"],
        "channel": "china",
    }
    article = described(**said, listed_at=MOMENT + timedelta(days=1))
    assert {name: getattr(article, name) for name in said} == said


@pytest.mark.parametrize("date", ["gestern", "0000-00-00 00:00:00", "false"])
def test_a_date_that_is_none(date: str) -> None:
    with pytest.raises(Dropped) as raised:
        described(date=date, path="posts/x.html")
    assert raised.value.miss.reason is Reason.NO_DATE
    assert raised.value.miss.subject == "posts/x.html"
    assert date in raised.value.miss.detail


def test_a_date_whose_zone_does_not_exist_is_no_crash() -> None:
    with pytest.raises(Dropped):
        described(date="2021-08-05T07:54:29+99:99")
