"""The channel table, and how a run chooses from it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest

from newsarchive.clock import SHANGHAI, UTC
from newsarchive.exceptions import BadArgument, ExitCode
from newsarchive.sina import channels, urls
from newsarchive.sina.channels import CHANNELS, Channel, Live, Roll, Section

USUAL = [channel for channel in CHANNELS if channel.usual and not isinstance(channel.place, Live)]


def test_the_seeds_channel_is_spelt_as_in_the_seeds() -> None:
    categories = channels.BY_NAME["china"].categories
    assert categories == ["金融", "新浪财经", "新浪财经－国內"]
    assert [ord(sign) for sign in categories[2][4:]] == [0xFF0D, 0x56FD, 0x5167]
    assert channels.AUTHOR == "新浪财经"


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
def test_a_line_of_the_table(channel: Channel) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9-]{0,39}", channel.name)  # the ledger's column is 40 wide
    assert channel.label == channel.label.strip() != ""
    assert channel.categories == ["金融", "新浪财经", f"新浪财经－{channel.label}"]
    assert channels.BY_NAME[channel.name] is channel
    assert channels.named(channel.name) is channel
    assert all(number > 0 for number in channel.place)


@pytest.mark.parametrize("field", ["name", "place"])
def test_nothing_stands_twice(field: str) -> None:
    values = [getattr(channel, field) for channel in CHANNELS]
    # A Section and a Live of the same number are not one place, but equal as tuples.
    kinds = [(type(value), value) for value in values]
    assert len(set(kinds)) == len(kinds)
    assert len(channels.BY_NAME) == len(CHANNELS)


def test_the_usual_channels_and_the_feeds_have_their_own_labels() -> None:
    """An article says its channel by the label alone."""
    feeds = [channel for channel in CHANNELS if isinstance(channel.place, Live)]
    labels = [channel.label for channel in (*USUAL, *feeds)]
    assert len(set(labels)) == len(labels)


def test_categories_are_a_list_of_ones_own() -> None:
    channels.BY_NAME["china"].categories.append("x")
    assert channels.BY_NAME["china"].categories[-1] == "新浪财经－国內"


#: As they were found in other people's crawlers and on saved pages: page → its lists.
ROLLS = {
    153: "2509 2510 2511 2669 2512 2513 2514 2515 2516 2517 2518 2968 2970 2972 2974",
    155: "1686 1687 1688 1689 1690 3231",
    164: "1693 1694 1695 1696 1697",
    186: "1746",
    205: "1789 1790 1791 1792 1793",
    384: "2519 2671 2672 2673 2674 2675 2676 2487",
}
CIDS = (
    "56592 56589 56613 57038 57045 56907 56934 56975 56976 56978 56989 56995 57014 57082 57084 "
    "57085 57087 57088 57565 57569 57570 56484 221431"
)
FEEDS = "151 152 153 155 156 157 158 159 160 161 164 242"


def test_every_known_list_is_there_and_no_other() -> None:
    rolls = {Roll(page, int(lid)) for page, lids in ROLLS.items() for lid in lids.split()}
    assert {each.place for each in CHANNELS if isinstance(each.place, Roll)} == rolls
    sections = {Section(int(cid)) for cid in CIDS.split()}
    assert {each.place for each in CHANNELS if isinstance(each.place, Section)} == sections
    feeds = {Live(int(feed)) for feed in FEEDS.split()}
    assert {each.place for each in CHANNELS if isinstance(each.place, Live)} == feeds


VERIFIED: dict[str, Roll | Section | Live] = {
    "china": Roll(155, 1686),
    "macro": Roll(155, 1687),
    "local": Roll(155, 1688),
    "ministries": Roll(155, 1689),
    "banking": Roll(155, 1690),  # finance, not the world
    "top10": Roll(155, 3231),
    "people": Roll(164, 1697),
    "ipo-pe": Roll(205, 1792),
    "broker": Roll(186, 1746),
    "stock": Roll(384, 2671),
    "us": Roll(384, 2672),
    "us-china": Roll(384, 2673),
    "hk": Roll(384, 2674),
    "research": Roll(384, 2675),
    "global": Roll(384, 2676),
    "forex": Roll(384, 2487),
    "roll": Roll(384, 2519),
    "news-sports": Roll(153, 2512),  # not society
    "news-society": Roll(153, 2669),
    "c-us": Section(57045),
    "c-company": Section(56592),
    "live": Live(152),
}


@pytest.mark.parametrize("name", VERIFIED)
def test_the_place_at_sina(name: str) -> None:
    place = channels.BY_NAME[name].place
    assert (type(place), place) == (type(VERIFIED[name]), VERIFIED[name])


def query(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query, keep_blank_values=True)


def test_the_list_url() -> None:
    url = channels.BY_NAME["macro"].place.url(3, 50)
    assert url.startswith("https://feed.mix.sina.com.cn/api/roll/get?")
    assert query(url) == {
        "pageid": ["155"],
        "lid": ["1687"],
        "k": [""],
        "num": ["50"],
        "page": ["3"],
    }


def test_the_url_of_a_section() -> None:
    for day in (None, datetime(2021, 8, 5, tzinfo=SHANGHAI)):
        url = channels.BY_NAME["c-us"].place.url(3, 50, day)
        assert url == "https://finance.sina.com.cn/roll/index.d.html?cid=57045&page=3"


@pytest.mark.parametrize(("size", "asked"), [(50, "20"), (20, "20"), (5, "5")])
def test_the_url_of_a_feed(size: int, asked: str) -> None:
    url = channels.BY_NAME["live"].place.url(2, size)
    assert url.startswith("https://zhibo.sina.com.cn/api/zhibo/feed?")
    found = query(url)
    assert (found["zhibo_id"], found["page"], found["page_size"]) == (["152"], ["2"], [asked])
    assert (found["tag_id"], found["dire"]) == (["0"], ["f"])


NEW_YORK = timezone(timedelta(hours=-4))


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2021, 8, 5, 0, 0, tzinfo=SHANGHAI), "2021-08-05"),
        (datetime(2021, 8, 5, 23, 59, 59, 999999, tzinfo=SHANGHAI), "2021-08-05"),
        (datetime(2021, 8, 5, 15, 59, 59, tzinfo=UTC), "2021-08-05"),
        (datetime(2021, 8, 5, 16, 0, tzinfo=UTC), "2021-08-06"),
        (datetime(2020, 12, 31, 12, 0, tzinfo=NEW_YORK), "2021-01-01"),
        (datetime(2020, 2, 29, 12, 0, tzinfo=SHANGHAI), "2020-02-29"),
    ],
)
def test_the_bounds_of_a_day_are_those_of_china(moment: datetime, day: str) -> None:
    found = query(channels.BY_NAME["macro"].place.url(1, 50, moment))
    begins = int(datetime.fromisoformat(f"{day}T00:00:00+08:00").timestamp())
    assert found["etime"] == [str(begins)]
    assert found["stime"] == found["ctime"] == [str(begins + 86_400)]
    assert found["date"] == [day]
    assert (found["pageid"], found["lid"], found["page"]) == (["155"], ["1687"], ["1"])


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
def test_every_list_is_sinas_and_spelt_as_it_is_asked(channel: Channel) -> None:
    url = channel.place.url(1, 50)
    assert url.startswith("https://")
    assert urls.is_sina(urlsplit(url).hostname or "")
    assert urls.parse(url) is None


# The choice


def test_the_usual_ones_without_a_choice() -> None:
    assert channels.choose(None) == USUAL
    assert USUAL[0] is CHANNELS[0]
    assert {type(channel.place) for channel in USUAL} == {Roll}
    assert [channel.name for channel in channels.choose(None, live=True)] == ["live"]


LISTS = [channel.name for channel in CHANNELS if not isinstance(channel.place, Live)]
LIVES = [channel.name for channel in CHANNELS if isinstance(channel.place, Live)]


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        ("china", ["china"]),
        ("macro,china", ["china", "macro"]),
        (" macro , china ,", ["china", "macro"]),
        ("china,china", ["china"]),
        ("news,c-us,top10", ["top10", "c-us", "news"]),
        (",".join(reversed(LISTS)), LISTS),
    ],
)
def test_a_choice_in_the_tables_order(names: str, chosen: list[str]) -> None:
    assert [channel.name for channel in channels.choose(names)] == chosen


def test_a_choice_of_feeds() -> None:
    assert [each.name for each in channels.choose(" live-us, live ", live=True)] == [
        "live",
        "live-us",
    ]
    assert [each.name for each in channels.choose(",".join(LIVES), live=True)] == LIVES


@pytest.mark.parametrize("live", [False, True], ids=["lists", "feeds"])
@pytest.mark.parametrize("names", ["", " ", ",", "China", "china;macro", "nosuch,china", "../x"])
def test_a_choice_that_makes_no_sense(names: str, live: bool) -> None:
    with pytest.raises(BadArgument) as raised:
        channels.choose(names, live=live)
    assert raised.value.exit_code is ExitCode.USAGE
    told = str(raised.value).partition("There are: ")[2].split(", ")
    assert told == (LIVES if live else LISTS)


@pytest.mark.parametrize(("name", "live"), [("live", False), ("china", True), ("c-us", True)])
def test_a_channel_of_the_other_kind_is_refused(name: str, live: bool) -> None:
    with pytest.raises(BadArgument, match=f"no such channel: {name}\\. There are: "):
        channels.choose(name, live=live)
    assert channels.choose(name, live=not live) == [channels.named(name)]


def test_the_unknown_name_is_named() -> None:
    with pytest.raises(BadArgument, match=r"no such channel: nosuch, other\."):
        channels.choose("china,nosuch,other")
    with pytest.raises(BadArgument, match=r"no such channel: nosuch\. There are: china, macro"):
        channels.named("nosuch")
