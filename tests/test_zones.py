"""The machine's zone and clock change nothing: not a byte of a post, not a moment in the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newsarchive.clock import SHANGHAI, UTC
from newsarchive.demo.site import Answer
from newsarchive.demo.templates import render
from tests.running import ARTICLES, BY_DATE, CRAWL_CLOCKS, Site, crawl, export, posts, scrapy
from tests.spiders.answers import answer, list_of, listed, row

ZONES = ["UTC", "Asia/Shanghai", "America/New_York"]
NAMES = [name for name in BY_DATE if ARTICLES[name].template == "T4"][10:14]
#: Moments in China at which the day, or the year, is another one elsewhere.
MOMENTS = [
    datetime(2021, 8, 6, 0, 0, 0, tzinfo=SHANGHAI),
    datetime(2021, 8, 5, 23, 59, 59, tzinfo=SHANGHAI),
    datetime(2022, 1, 1, 0, 0, 0, tzinfo=SHANGHAI),
    datetime(2021, 12, 31, 23, 59, 59, tzinfo=SHANGHAI),
]


def at(name: str, moment: datetime) -> dict[str, Any]:
    """The list row of an article, at a moment."""
    clocks = dict.fromkeys(("ctime", "mtime", "intime"), str(int(moment.timestamp())))
    return row(ARTICLES[name]) | clocks


def site_of(moments: dict[str, datetime], **more: Any) -> Site:
    """A site with one list of articles that were published at these moments."""

    def answers(host: str, path: str, query: str) -> Answer | None:
        if listed(host, path, query):
            return list_of([at(name, moment) for name, moment in moments.items()])
        for name, moment in moments.items():
            if name in path:
                shown = replace(ARTICLES[name], published=moment, updated=None)
                return answer(render(shown, shown.template, 1))
        return None

    site = Site(answers)
    for key, value in more.items():
        setattr(site, key, value)
    return site


@pytest.fixture
def in_zones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Path], list[str]]:
    """The same crawl in every zone: the archives, and what they export by day."""
    archives, exported = [], []
    for zone in ZONES:
        monkeypatch.setenv("TZ", zone)
        archives.append(tmp_path / zone.replace("/", "-"))
        with site_of(dict(zip(NAMES, MOMENTS))) as site:
            assert crawl(archives[-1], site, "-a", "channels=china").code == 0
        days = ("--since", "2021-12-31", "--until", "2021-12-31")
        exported.append(scrapy("export", *days, archive=archives[-1]).out)
        monkeypatch.undo()
    return archives, exported


def test_midnight_and_new_year_in_china_are_the_same_in_every_zone(
    in_zones: tuple[list[Path], list[str]],
) -> None:
    archives, exported = in_zones
    first = posts(archives[0])
    assert sorted(path[:10] for path in first) == [
        "2021/08/05", "2021/08/06", "2021/12/31", "2022/01/01"
    ]  # fmt: skip
    assert all(posts(archive) == first for archive in archives)
    rows = [
        [{key: item[key] for key in item if key not in CRAWL_CLOCKS} for item in export(archive)]
        for archive in archives
    ]
    assert rows[0] == rows[1] == rows[2]
    assert [item["published_at"] for item in rows[0]] == [
        "2021-08-05T15:59:59Z", "2021-08-05T16:00:00Z",
        "2021-12-31T15:59:59Z", "2021-12-31T16:00:00Z",
    ]  # fmt: skip
    for text in exported:
        assert [name for name in NAMES if name in text] == [NAMES[3]]


@pytest.mark.parametrize("days", [10, -400])
def test_a_machine_whose_clock_is_wrong_keeps_the_pages_times_and_says_so(
    tmp_path: Path, days: int
) -> None:
    """The site's own clock, in its answers, says what has not come yet."""
    published = (datetime.now(UTC) + timedelta(days=days - 1)).replace(microsecond=0)
    moment = published.astimezone(SHANGHAI)
    with site_of({NAMES[0]: moment}, ahead=days * 86400) as site:
        done = crawl(tmp_path / "archive", site, "-a", "channels=china")
    assert done.code == 0
    assert done.report["clock_skew"] == pytest.approx(days * 86400, abs=5)
    assert f"clock is {'-' if days > 0 else '+'}" in done.out
    (item,) = export(tmp_path / "archive")
    assert item["published_at"] == item["listed_at"] == f"{published:%Y-%m-%dT%H:%M:%SZ}"
    served = datetime.fromisoformat(item["served_at"].replace("Z", "+00:00"))
    fetched = datetime.fromisoformat(item["fetched_at"].replace("Z", "+00:00"))
    assert served - fetched == pytest.approx(timedelta(days=days), abs=timedelta(seconds=5))
    assert (
        "attention: this machine's clock is" in scrapy("status", archive=tmp_path / "archive").out
    )


def test_a_page_from_the_future_is_not_believed_where_the_clocks_agree(tmp_path: Path) -> None:
    moment = (datetime.now(UTC) + timedelta(days=9)).astimezone(SHANGHAI)
    with site_of({NAMES[0]: moment}) as site:
        done = crawl(tmp_path / "archive", site, "-a", "channels=china")
    assert (done.code, done.report["failed"]) == (1, {"no_date": 1})
    assert abs(done.report["clock_skew"]) < 5
