"""The channel table, and how a run chooses from it."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from newsarchive.exceptions import BadArgument, ExitCode
from newsarchive.sina import channels, urls
from newsarchive.sina.channels import CHANNELS, Channel


def test_the_seeds_channel_is_spelt_as_in_the_seeds() -> None:
    categories = channels.BY_NAME["china"].categories
    assert categories == ["金融", "新浪财经", "新浪财经－国內"]
    assert [ord(sign) for sign in categories[2][4:]] == [0xFF0D, 0x56FD, 0x5167]
    assert channels.AUTHOR == "新浪财经"


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
def test_a_line_of_the_table(channel: Channel) -> None:
    assert re.fullmatch(r"[a-z][a-z-]{0,39}", channel.name)
    assert channel.label
    assert channel.categories == ["金融", "新浪财经", f"新浪财经－{channel.label}"]
    assert channels.BY_NAME[channel.name] is channel


@pytest.mark.parametrize("field", ["name", "label", "lid"])
def test_nothing_stands_twice(field: str) -> None:
    values = [getattr(channel, field) for channel in CHANNELS]
    assert len(set(values)) == len(values)


def test_categories_are_a_list_of_ones_own() -> None:
    channels.BY_NAME["china"].categories.append("x")
    assert channels.BY_NAME["china"].categories[-1] == "新浪财经－国內"


#: (pageid, lid) as they were found in other people's crawlers.
VERIFIED = {
    "china": (155, 1686),
    "macro": (155, 1687),
    "local": (155, 1688),
    "ministries": (155, 1689),
    "banking": (155, 1690),
    "stock": (384, 2671),
    "us": (384, 2672),
    "us-china": (384, 2673),
    "hk": (384, 2674),
    "research": (384, 2675),
    "global": (384, 2676),
    "forex": (384, 2487),
    "roll": (384, 2519),
}


@pytest.mark.parametrize("name", VERIFIED)
def test_the_place_at_sina(name: str) -> None:
    channel = channels.BY_NAME[name]
    assert (channel.pageid, channel.lid) == VERIFIED[name]


def test_the_list_url() -> None:
    url = channels.BY_NAME["macro"].list_url(3, 50)
    assert url.startswith("https://feed.mix.sina.com.cn/api/roll/get?")
    assert parse_qs(urlsplit(url).query, keep_blank_values=True) == {
        "pageid": ["155"],
        "lid": ["1687"],
        "k": [""],
        "num": ["50"],
        "page": ["3"],
    }


def test_the_referer_is_a_page_of_sina() -> None:
    assert urls.canonical_url(channels.REFERER) == channels.REFERER


def test_all_without_a_choice() -> None:
    assert channels.choose(None) == list(CHANNELS)


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        ("china", ["china"]),
        ("macro,china", ["china", "macro"]),
        (" macro , china ,", ["china", "macro"]),
        ("china,china", ["china"]),
        (",".join(reversed([channel.name for channel in CHANNELS])), [c.name for c in CHANNELS]),
    ],
)
def test_a_choice_in_the_tables_order(names: str, chosen: list[str]) -> None:
    assert [channel.name for channel in channels.choose(names)] == chosen


@pytest.mark.parametrize("names", ["", " ", ",", "China", "china;macro", "nosuch,china", "../x"])
def test_a_choice_that_makes_no_sense(names: str) -> None:
    with pytest.raises(BadArgument) as raised:
        channels.choose(names)
    assert raised.value.exit_code is ExitCode.USAGE
    assert all(channel.name in str(raised.value) for channel in CHANNELS)


def test_the_unknown_name_is_named() -> None:
    with pytest.raises(BadArgument, match=r"no such channel: nosuch, other\."):
        channels.choose("china,nosuch,other")
