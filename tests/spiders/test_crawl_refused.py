"""A site that refuses: by status, by robots.txt, or by not being there."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from scrapy.settings import Settings

from newsarchive.demo.site import Answer
from tests.running import (
    ARTICLES,
    BY_DATE,
    USUAL,
    Completed,
    Hook,
    Site,
    crawl,
    ledger,
    posts,
    told,
)
from tests.spiders.answers import answer, list_of, listed, row


def refuse_pages(host: str, path: str, query: str) -> Answer | None:
    return None if listed(host, path, query) or path == "/robots.txt" else answer("no", 403)


def test_three_refusals_end_the_run(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Site(refuse_pages) as site:
        begin = time.monotonic()
        # With a delay, as live: one page after another.
        done = crawl(archive, site, "-a", "channels=china", "-s", "DOWNLOAD_DELAY=0.02")
        assert time.monotonic() - begin < 20
    assert (done.code, done.report["exit_code"]) == (4, 4)
    assert done.report["failed"]["blocked"] >= 3
    assert done.report["finish_reason"] == "blocked"
    assert "refused 3 times" in done.err
    assert "Traceback" not in done.err
    # Those that were on their way come to their end; nothing else is asked.
    assert len(site.pages()) < 2 * Settings().getint("CONCURRENT_REQUESTS")
    assert posts(archive) == {}
    assert set(ledger(archive, "SELECT state FROM link")) == {("todo",)}


def robots_of(refused: str) -> Hook:
    def answers(host: str, path: str, query: str) -> Answer | None:
        if path == "/robots.txt" and host == refused:
            return answer("User-agent: newsarchive\nDisallow: /\n", kind="text/plain")
        return None

    return answers


def test_robots_txt_forbids_a_page(tmp_path: Path) -> None:
    name, archive = BY_DATE[20], tmp_path / "archive"
    rows = [row(ARTICLES[name])]
    robots = robots_of("finance.sina.com.cn")

    def answers(host: str, path: str, query: str) -> Answer | None:
        return list_of(rows) if listed(host, path, query) else robots(host, path, query)

    with Site(answers) as site:
        done = crawl(archive, site, "-a", "channels=china")
    assert (done.code, done.misses()) == (1, {ARTICLES[name].url: "robots"})
    assert site.pages() == []
    assert ledger(archive, "SELECT state FROM link") == [("todo",)]


def test_robots_txt_forbids_pages_that_are_asked_at_once(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Site(robots_of("finance.sina.com.cn")) as site:
        done = crawl(archive, site, "-a", "channels=research")
    assert done.code == 1
    assert set(done.misses().values()) == {"robots"}
    assert not [page for page in site.pages() if page.startswith("finance.sina.com.cn")]
    assert {state for (state,) in ledger(archive, "SELECT state FROM link")} <= {"todo", "done"}


def test_robots_txt_forbids_the_lists(tmp_path: Path) -> None:
    with Site(robots_of("feed.mix.sina.com.cn")) as site:
        done = crawl(tmp_path / "archive", site)
    assert done.code == 1
    assert done.report["failed"] == {"robots": len(USUAL)}
    assert [path for _, path in site.requests] == ["/robots.txt"]


@pytest.fixture(scope="module")
def nowhere(tmp_path_factory: pytest.TempPathFactory) -> Completed:
    with Site() as site:
        pass
    options = ("-a", "channels=china,us", "-s", "RETRY_TIMES=0")
    return crawl(tmp_path_factory.mktemp("nowhere") / "archive", site, *options)


def test_a_site_that_is_not_there(nowhere: Completed) -> None:
    assert (nowhere.code, nowhere.report["failed"]) == (1, {"network": 2})
    assert len(told(nowhere)) == 2


def test_a_site_that_is_not_there_is_told_without_a_traceback(nowhere: Completed) -> None:
    assert "Traceback" not in nowhere.err
