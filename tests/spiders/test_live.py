"""`scrapy crawl sina_live`: the flashes of the 7x24 feed, each a post of its own."""

from __future__ import annotations

import json
import shutil
import signal
import time
from datetime import timezone
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from newsarchive.archive.warc import Capture
from newsarchive.demo.feed import FEED_HOST, FEED_PATH, load_flashes
from newsarchive.demo.site import Answer
from tests.fork import PATIENCE
from tests.running import (
    Completed,
    Crawled,
    Site,
    command,
    export,
    ledger,
    posts,
    scrapy,
    started,
    tree,
)
from tests.spiders.answers import answer
from tests.warcs import files, read

#: What is there to be archived, by the id it is to have.
FLASHES = {
    flash.doc_id or f"live-152-{flash.number}": flash
    for flash in load_flashes()
    if flash.text and not flash.deleted
}
MARKETS = {"cn": "", "us": "usstock:", "hk": "hkstock:"}


def live(archive: Path, site: Site, *args: str) -> Completed:
    return scrapy("crawl", "sina_live", *args, archive=archive, port=site.port)


def pages(site: Site) -> list[int]:
    asked = [parse_qs(urlsplit(path).query) for _, path in site.requests if FEED_PATH in path]
    return [int(query["page"][0]) for query in asked]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    archive = tmp_path_factory.mktemp("live") / "archive"
    with Site() as site:
        done = live(archive, site)
    return Crawled(archive, done, site, {row["doc_id"]: row for row in export(archive)})


def test_every_flash_is_archived_once(crawled: Crawled) -> None:
    assert len(FLASHES) == 46
    assert crawled.rows.keys() == FLASHES.keys()
    assert crawled.done.code == 0
    assert crawled.done.report["archived"] == {"new": 46}
    assert crawled.done.report["layouts"] == {"7x24": 46}
    assert crawled.done.report["skipped"] == {"not_article": 1}
    assert len(posts(crawled.archive)) == 46
    assert {host for host, _ in crawled.site.requests} == {FEED_HOST}
    assert pages(crawled.site) == [1, 2, 3, 4]  # the last one is empty


def test_the_fields_of_a_flash(crawled: Crawled) -> None:
    for doc_id, flash in FLASHES.items():
        row = crawled.rows[doc_id]
        moment = flash.created.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        assert row["published_at"] == row["date"] == moment
        assert row["updated_at"] >= moment
        assert row["keywords"] == list(flash.tags)
        assert (row["layout"], row["channel"], row["origin"]) == ("7x24", "live", "crawl")
        assert row["categories"] == ["金融", "新浪财经", "新浪财经－7x24"]
        assert (row["source"], row["listed_at"], row["editor"]) == ("新浪财经", None, None)
        assert row["first_seen_at"] == row["fetched_at"] > moment
        # What its page's address is, is not for the reader.
        assert row["body_text"] == flash.text
        headline = flash.text.removeprefix("【").partition("】")[0]
        if flash.text.startswith("【") and len(headline) > 3:
            assert row["title"] == headline
        else:
            assert row["title"] not in ("", headline)
        for picture in flash.pictures:
            assert picture in row["body_html"]
        assert bool(row["headimg"]) == bool(flash.pictures)


def test_the_symbols_and_tickers_of_a_flash(crawled: Crawled) -> None:
    tickers = set()
    for doc_id, flash in FLASHES.items():
        row = crawled.rows[doc_id]
        symbols = [
            MARKETS.get(market, f"{market}:") + (code.upper() if market == "us" else code)
            for market, code, _ in flash.stocks
        ]
        assert row["symbols"] == ([] if flash.bare else symbols)
        tickers |= set(row["tickers"])
    # Shanghai, Shenzhen, Hong Kong, the United States; what has no exchange has no ticker.
    assert {"609731.SH", "399001.SZ", "08997.HK", "QNPS.US"} <= tickers
    assert {name.rpartition(".")[2] for name in tickers} == {"SH", "SZ", "HK", "US"}


def test_a_second_run_archives_nothing(crawled: Crawled, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    shutil.copytree(crawled.archive, archive)
    before = tree(archive / "posts")
    with Site() as site:
        done = live(archive, site)
    assert pages(site) == [1]
    assert (done.code, done.report["found"]) == (0, 0)
    assert done.report["archived"].keys() == {"unchanged"}  # those on the page that was read
    assert tree(archive / "posts") == before


def test_a_killed_run_is_resumed(crawled: Crawled, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Site() as site:
        line = command(
            "crawl", "sina_live", "-s", "LIST_PAGE_SIZE=3", "-s", "LIST_PAGES_MAX=99",
            archive=archive, port=site.port,
        )  # fmt: skip
        process = started(line)
        end = time.monotonic() + PATIENCE
        while len(tree(archive / "posts")) < 7 and time.monotonic() < end:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        assert process.wait(PATIENCE) == -signal.SIGKILL
        assert 7 <= len(tree(archive / "posts")) < 46
        # The newest pages are known; what lies behind them is not.
        done = live(archive, site, "-s", "LIST_PAGE_SIZE=3", "-s", "LIST_PAGES_MAX=99")
    assert done.code == 0
    assert posts(archive) == posts(crawled.archive)
    assert {row["doc_id"] for row in export(archive)} == FLASHES.keys()
    assert ledger(archive, "SELECT count(*) FROM revision") == [(0,)]


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Site, Completed]:
    archive = tmp_path_factory.mktemp("limited") / "archive"
    with Site() as site:
        done = live(archive, site, "-a", "limit=7", "-a", "channels= live ,live")
    return archive, site, done


def test_a_limit_is_a_number_of_flashes(limited: tuple[Path, Site, Completed]) -> None:
    archive, site, done = limited
    assert pages(site) == [1]
    first = [flash for flash in load_flashes()[:20] if flash.text and not flash.deleted][:7]
    assert done.code == 0
    assert len(posts(archive)) == len(first)
    found = {row["published_at"] for row in export(archive)}
    assert found == {
        flash.created.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") for flash in first
    }


def recorded(archive: Path) -> list[tuple[int, list[str]]]:
    """Of each page of the feed in the WARC files: its status, and the flashes that were taken."""
    return [
        (capture.status, capture.context.get("taken", []))
        for path in files(archive)
        for capture in read(path)
        if isinstance(capture, Capture) and capture.context and "list" in capture.context
    ]


def test_a_recorded_page_says_which_of_its_flashes_were_taken(
    limited: tuple[Path, Site, Completed],
) -> None:
    ((status, taken),) = recorded(limited[0])
    assert status == 200
    assert sorted(taken) == sorted(row["doc_id"] for row in export(limited[0]))


@pytest.mark.parametrize(
    "page",
    [
        answer("none"),
        answer("none", 500),
        Answer(200, {"Content-Encoding": "gzip"}, b"none"),
    ],
    ids=["no feed", "no answer", "no gzip"],
)
def test_a_page_of_which_nothing_is_taken_is_recorded_too(tmp_path: Path, page: Answer) -> None:
    with Site(lambda host, path, query: page if host == FEED_HOST else None) as site:
        live(tmp_path / "archive", site, "-s", "RETRY_TIMES=0")
    assert recorded(tmp_path / "archive") == [(page.status, [])]


def test_what_a_limit_left_is_done_by_the_next_run(
    limited: tuple[Path, Site, Completed], tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    shutil.copytree(limited[0], archive)
    with Site() as site:
        live(archive, site)
    assert len(posts(archive)) == 46


@pytest.mark.parametrize(
    ("bad", "reason", "code"),
    [
        (answer("<html>502</html>"), "bad_listing", 1),
        pytest.param(
            answer("none", 404),
            "http_error",
            1,
        ),
        (answer("no", 403), "blocked", 1),
    ],
)
def test_a_feed_that_does_not_answer_is_a_failure(
    tmp_path: Path, bad: Answer, reason: str, code: int
) -> None:
    def answers(host: str, path: str, query: str) -> Answer | None:
        return bad if path == FEED_PATH and "page=2" in query else None

    with Site(answers) as site:
        done = live(tmp_path / "archive", site, "-s", "RETRY_TIMES=0")
        # What came before it is there, and the next run goes on where it broke off.
        assert done.report["failed"] == {reason: 1}
        assert done.code == code
        site._answer = None
        assert live(tmp_path / "archive", site).code == 0
    assert len(posts(tmp_path / "archive")) == 46


def test_a_feed_of_nothing_and_three_that_refuse(tmp_path: Path) -> None:
    with Site() as site:
        assert live(tmp_path / "empty", site, "-a", "channels=live-hk").code == 0
    assert posts(tmp_path / "empty") == {}

    def refuse(host: str, path: str, query: str) -> Answer | None:
        return answer("no", 403) if path == FEED_PATH else None

    with Site(refuse) as site:
        names = "live,live-hk,live-us"
        done = live(tmp_path / "archive", site, "-a", f"channels={names}")
    assert (done.code, done.report["finish_reason"]) == (4, "blocked")
    assert json.dumps(done.report["failed"]) == '{"blocked": 3}'
