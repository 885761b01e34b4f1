"""The small Sina's list API."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import pytest

from newsarchive.demo.articles import SHANGHAI
from newsarchive.demo.lists import UNBOUNDED_PAGEID
from newsarchive.demo.site import CHANNELS, SPECIALS, list_rows, respond
from newsarchive.sina import channels
from tests.demo.helpers import (
    REFERER,
    get,
    result,
    roll,
)


def test_every_list_has_rows() -> None:
    counts = {lid: len(list_rows(lid)) for lid in CHANNELS}
    assert len(counts) == 24
    assert min(counts.values()) >= 1
    assert sum(count >= 8 for count in counts.values()) >= 6
    assert counts[1686] >= 15


@pytest.mark.parametrize("lid", CHANNELS)
def test_paging_gives_every_row_once_newest_first(lid: int) -> None:
    pageid = CHANNELS[lid][0]
    seen: list[dict[str, Any]] = []
    for number in range(1, 100):
        answer = result(f"pageid={pageid}&lid={lid}&k=&num=5&page={number}")
        assert answer["status"] == {"code": 0, "msg": "succ"}
        assert answer["lid"] == str(lid)
        if not answer["data"]:
            break
        assert len(answer["data"]) <= 5
        seen += answer["data"]
    assert tuple(seen) == list_rows(lid)
    assert answer["total"] == str(len(seen))
    clocks = [int(row["intime"]) for row in seen]
    assert clocks == sorted(clocks, reverse=True)
    assert len({row["docid"] for row in seen}) == len(seen)


def test_rows_have_the_real_fields_and_numbers_as_strings() -> None:
    wanted = (
        "docid oid title intro url urls wapurl media_name keywords ctime mtime intime lids "
        "columnid img images commentid"
    )
    for lid in CHANNELS:
        for row in list_rows(lid):
            assert set(wanted.split()) <= set(row)
            assert not any(isinstance(value, int) for value in row.values())
            assert json.loads(row["urls"]) == [row["url"]]
            if row["docid"] != SPECIALS["self_media"].list_id:
                assert row["docid"].startswith(("comos:", "gsps:"))


@pytest.mark.parametrize(
    "channel", [item for item in channels.CHANNELS if item.usual], ids=lambda item: item.name
)
def test_every_usual_channel_has_rows(channel: channels.Channel) -> None:
    if isinstance(channel.place, channels.Roll):
        assert CHANNELS[channel.place.lid][0] == channel.place.pageid
        assert get(channel.place.url(1, 5), **REFERER).body.count(b'"docid"') >= 1


@pytest.mark.parametrize("lid", CHANNELS)
def test_the_rows_of_one_day(lid: int) -> None:
    rows = list_rows(lid)
    days = {datetime.fromtimestamp(int(row["intime"]), SHANGHAI).date() for row in rows}
    by_day = []
    for day in sorted(days, reverse=True):
        begin = int(datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).timestamp())
        bounds = f"etime={begin}&stime={begin + 86400}&ctime={begin + 86400}&date={day}"
        answer = result(f"pageid=1&lid={lid}&{bounds}&k=&num=50&page=1")
        if CHANNELS[lid][0] == UNBOUNDED_PAGEID:
            assert tuple(answer["data"]) == rows[:50]
            return
        assert answer["total"] == str(len(answer["data"]))
        assert all(begin <= int(row["intime"]) < begin + 86400 for row in answer["data"])
        by_day += answer["data"]
    assert tuple(by_day) == rows


def test_one_day_is_paged() -> None:
    begin = int(datetime(2026, 5, 20, tzinfo=SHANGHAI).timestamp())
    query = f"pageid=164&lid=1693&etime={begin}&stime={begin + 86400}&num=2&page="
    pages = [result(f"{query}{number}") for number in (1, 2, 3)]
    assert [answer["total"] for answer in pages] == ["3"] * 3
    assert [len(answer["data"]) for answer in pages] == [2, 1, 0]


def test_the_bounds_are_half_open_and_ctime_is_an_end_too() -> None:
    newest, older = (int(row["intime"]) for row in list_rows(1686)[:2])
    within = f"lid=1686&etime={older}&num=5"
    assert [row["intime"] for row in result(f"{within}&stime={newest}")["data"]] == [str(older)]
    assert [row["intime"] for row in result(f"{within}&ctime={newest}")["data"]] == [str(older)]
    assert len(result(within)["data"]) == 2
    assert result(f"lid=1686&etime={newest + 1}&stime={newest + 86400}")["data"] == []
    assert len(result("lid=1686&etime=x&stime=&num=5")["data"]) == 5


def test_json_is_written_as_php_does() -> None:
    answer = roll("pageid=155&lid=1686&num=50&page=1")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.body.isascii()
    assert rb"https:\/\/finance.sina.com.cn\/" in answer.body
    assert not re.search(rb"(?<!\\)/", answer.body)
    stamp = json.loads(answer.body)["result"]["timestamp"]
    assert re.fullmatch(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d \+0800 \d{4}", stamp)
    clock = datetime.strptime(stamp, "%a %b %d %H:%M:%S %z %Y").timestamp()
    assert all(int(row["intime"]) < clock for lid in CHANNELS for row in list_rows(lid))


def test_jsonp_is_wrapped_exactly() -> None:
    query = "pageid=155&lid=1686&num=3&page=1"
    plain, wrapped = roll(query), roll(f"{query}&callback=feedCardJsonpCallback")
    assert wrapped.headers["Content-Type"] == "text/javascript"
    assert wrapped.body == b"try{feedCardJsonpCallback(" + plain.body + b");}catch(e){};"
    assert roll(f"{query}&callback=<script>").body == plain.body


def test_odd_questions_to_the_list() -> None:
    assert result("pageid=155&lid=9999&num=10&page=1")["data"] == []
    assert result("")["data"] == []
    assert len(result("pageid=155&lid=1686&num=0&page=x")["data"]) == 1
    assert len(result("pageid=155&lid=1686&num=5000")["data"]) == len(list_rows(1686))
    rows = result("pageid=384&lid=2519&num=50&page=1&k=%E9%93%9C%E4%BB%B7")["data"]
    assert [row["title"][:2] for row in rows] == ["铜价"]


def test_the_alias_host_says_the_same() -> None:
    query = "pageid=155&lid=1687&num=5&page=1"
    assert roll(query, "feed.sina.com.cn") == roll(query)


def test_no_referer_no_list() -> None:
    path = "/api/roll/get"
    assert respond("feed.mix.sina.com.cn", path, "lid=1686", {}).status == 403
    foreign = {"referer": "https://example.org/"}
    assert respond("feed.mix.sina.com.cn", path, "lid=1686", foreign).status == 403
    assert respond("feed.mix.sina.com.cn", path, "lid=1686", REFERER).status == 200
