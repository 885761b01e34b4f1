"""Ranges of days, and files of addresses: what a crawl asks for when it is told what to fetch."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from newsarchive.demo.articles import SHANGHAI
from newsarchive.demo.lists import list_rows
from tests.running import (
    ARTICLES,
    BY_DATE,
    CRAWL_CLOCKS,
    LIDS,
    Completed,
    Crawled,
    Site,
    crawl,
    export,
    ledger,
    posts,
    tree,
)
from tests.spiders.answers import special

SINCE, UNTIL, FAR = "2026-08-20", "2026-09-03", "2026-02-01"


def days_of(name: str, since: str, until: str) -> set[str]:
    """The articles that a channel lists on these days in China."""
    return {
        doc_id
        for doc_id, item in ARTICLES.items()
        if LIDS[name] in item.lids
        and since <= datetime.fromtimestamp(item.intime, SHANGHAI).date().isoformat() <= until
    }


def lists_asked(site: Site) -> list[dict[str, str]]:
    """The parameters of the list requests."""
    queries = [urlsplit(path).query for _, path in site.requests if "lid=" in path]
    return [{name: values[0] for name, values in parse_qs(query).items()} for query in queries]


class Ranged:
    """A crawl of a range, and a plain one after it."""

    def __init__(self, archive: Path, name: str, since: str, until: str, *more: str) -> None:
        self.archive, self.name = archive, name
        with Site() as self.site:
            line = ("-a", f"channels={name}", "-a", f"since={since}", "-a", f"until={until}")
            self.done = crawl(archive, self.site, *line, *more)
        self.rows = export(archive)


@pytest.fixture(scope="module")
def bounded(tmp_path_factory: pytest.TempPathFactory) -> Ranged:
    return Ranged(tmp_path_factory.mktemp("bounded") / "archive", "china", SINCE, UNTIL)


@pytest.fixture(scope="module")
def unbounded(tmp_path_factory: pytest.TempPathFactory) -> Ranged:
    """Of a list that does not heed the bounds."""
    folder = tmp_path_factory.mktemp("unbounded")
    return Ranged(folder / "archive", "roll", FAR, UNTIL, "-s", "LIST_PAGE_SIZE=5")


def test_a_range_goes_day_by_day_newest_first(bounded: Ranged) -> None:
    wanted = days_of("china", SINCE, UNTIL)
    assert {item["doc_id"] for item in bounded.rows} == wanted != set()
    assert bounded.done.code == 0
    asked = lists_asked(bounded.site)
    days = [item["date"] for item in asked if item["page"] == "1"]
    assert days == sorted(days, reverse=True)
    assert (days[0], days[-1], len(days)) == (UNTIL, SINCE, 15)
    for item in asked:
        begins = datetime.fromtimestamp(int(item["etime"]), SHANGHAI)
        assert f"{begins:%Y-%m-%d %H:%M:%S}" == f"{item['date']} 00:00:00"
        assert int(item["stime"]) - int(item["etime"]) == 86400
        assert item["ctime"] == item["stime"]
    assert "oldest reachable" not in bounded.done.out
    assert bounded.done.report["channels"]["china"]["range_reached"] is True


def test_a_list_that_ignores_the_bounds_is_read_page_by_page(unbounded: Ranged) -> None:
    wanted = days_of("roll", FAR, UNTIL)
    assert {item["doc_id"] for item in unbounded.rows} == wanted
    # Its rows outside the range lie on both sides, and need more pages than one.
    assert len(wanted) > 5
    assert wanted != set(ARTICLES)
    asked = lists_asked(unbounded.site)
    assert "date" in asked[0]
    assert not any("date" in item for item in asked[1:])
    assert [int(item["page"]) for item in asked[1:]] == list(range(1, len(asked)))
    # It goes no further than the first page that is older than the range.
    assert len(asked) - 1 < len(list_rows(LIDS["roll"])) / 5
    assert unbounded.done.report["channels"]["roll"]["range_reached"] is True
    assert "oldest reachable" not in unbounded.done.out


def test_what_a_range_brings_is_backfill(bounded: Ranged, crawled: Crawled) -> None:
    assert {item["origin"] for item in bounded.rows} == {"backfill"}
    unlike = {"origin"} | CRAWL_CLOCKS
    for item in bounded.rows:
        known = crawled.rows[item["doc_id"]]
        assert {key: item[key] for key in item if key not in unlike} == (
            {key: known[key] for key in known if key not in unlike}
        )


def test_a_list_that_does_not_reach_back_is_told(tmp_path: Path) -> None:
    """All of it is taken, and the summary says where it ends."""
    ranged = Ranged(tmp_path / "archive", "us-china", "2009-01-01", "2026-09-10")
    oldest = min(int(item["intime"]) for item in list_rows(LIDS["us-china"]))
    moment = datetime.fromtimestamp(oldest, SHANGHAI)
    told = ranged.done.report["channels"]["us-china"]
    assert datetime.fromisoformat(told["oldest"].replace("Z", "+00:00")) == moment
    assert told["range_reached"] is False
    assert f"oldest reachable: us-china {told['oldest']}" in ranged.done.out
    assert len(ranged.rows) == len(list_rows(LIDS["us-china"]))


def test_a_plain_run_after_a_range_finds_the_rest(bounded: Ranged, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    shutil.copytree(bounded.archive, archive)
    assert ledger(archive, "SELECT newest_at FROM walk WHERE finished_at IS NOT NULL") == []
    before = {item["doc_id"] for item in bounded.rows}
    with Site() as site:
        done = crawl(archive, site, "-a", "channels=china")
    assert done.code == 0
    wanted = days_of("china", "2000-01-01", "2099-01-01")
    rows = {item["doc_id"]: item["origin"] for item in export(archive)}
    assert rows.keys() == wanted
    assert {name for name, origin in rows.items() if origin == "backfill"} == before
    assert not [page for page in site.pages() if any(name in page for name in before)]


def test_a_plain_run_reads_past_what_a_range_made_known(tmp_path: Path) -> None:
    """The newest page of the list is known by the range alone; behind it lies what nobody met."""
    archive = tmp_path / "archive"
    newest = sorted(list_rows(LIDS["china"]), key=lambda row: int(row["intime"]))[-2:]
    since = datetime.fromtimestamp(int(newest[0]["intime"]), SHANGHAI)
    size = ("-a", "channels=china", "-s", "LIST_PAGE_SIZE=2", "-s", "LIST_PAGES_MAX=100")
    with Site() as site:
        crawl(archive, site, *size, "-a", f"since={since:%Y-%m-%d}", "-a", "until=2026-09-10")
        assert len(export(archive)) == 2
        crawl(archive, site, *size)
    assert {item["doc_id"] for item in export(archive)} == days_of("china", "2000", "2099")


class Given:
    """A crawl of a file of addresses, into an archive that has one of them already."""

    def __init__(self, folder: Path) -> None:
        self.archive, file = folder / "archive", folder / "urls 一.txt"
        self.known, self.wanted = ARTICLES[BY_DATE[12]], [ARTICLES[BY_DATE[40]], special("moved")]
        file.write_text(self.known.url + "\n", "utf-8")
        with Site() as site:
            assert crawl(self.archive, site, "-a", f"urls={file}").code == 0
        self.before = tree(self.archive / "posts")
        lines = [
            "\ufeff# 注释",
            "",
            f"  {self.wanted[0].url}?from=wap#top  ",
            self.wanted[0].mobile_url,
            "   ",
            "https://example.org/doc-inhfrqva1035217.shtml",
            self.known.url.replace("https:", "http:"),
            "#" + ARTICLES[BY_DATE[50]].url,
            self.wanted[1].url,
            "no address",
        ]
        file.write_text("\r\n".join(lines), "utf-8", newline="")
        with Site() as self.site:
            self.done: Completed = crawl(self.archive, self.site, "-a", f"urls={file}")


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Given:
    return Given(tmp_path_factory.mktemp("given"))


def test_the_addresses_of_a_file_are_fetched_once(given: Given) -> None:
    rows = {item["doc_id"]: item for item in export(given.archive)}
    assert rows.keys() == {item.doc_id for item in (given.known, *given.wanted)}
    assert {item["origin"] for item in rows.values()} == {"backfill"}
    # No list gave it a channel or a clock.
    assert {item["channel"] for item in rows.values()} == {None}
    assert all(item["date"] == item["published_at"] for item in rows.values())
    assert given.site.lists() == []
    asked = Counter(given.site.pages())
    assert len(asked) == 2
    assert set(asked.values()) == {1}
    assert given.done.report["archived"] == {"new": 2}
    assert given.before.items() <= posts(given.archive).items()


def test_addresses_that_are_none_of_sinas_are_counted(given: Given) -> None:
    assert given.done.code == 0
    assert given.done.report["skipped"] == {"foreign_url": 2}
    foreign = {"https://example.org/doc-inhfrqva1035217.shtml", "no address"}
    assert given.done.misses() == dict.fromkeys(foreign, "foreign_url")
    assert "example.org" not in {asked.host for asked in given.site.asked}
