"""Runs after the first: nothing is asked again, and what a limit or a choice left is done later."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

from newsarchive.demo.lists import list_rows
from newsarchive.demo.site import CHANNELS, SPECIALS, Answer
from tests.running import (
    ARTICLES,
    BY_DATE,
    DOCUMENTS,
    LIDS,
    Crawled,
    Site,
    crawl,
    export,
    ledger,
    posts,
    tree,
)
from tests.spiders.answers import answer, list_of, listed, row


def times(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*")}


def on_lists(*names: str) -> set[str]:
    """The documents that the channels list and that can be archived."""
    lids = {LIDS[name] for name in names}
    found = {doc_id for doc_id, item in ARTICLES.items() if lids & set(item.lids)}
    shown = {SPECIALS[name].doc_id for name in ("slides", "video")}
    return found | (shown if "roll" in names else set())


def test_a_second_run_asks_only_the_lists_and_changes_nothing(
    crawled: Crawled, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    shutil.copytree(crawled.archive, archive)
    files, clocks = tree(archive / "posts"), times(archive / "posts")
    gone = {SPECIALS[name].doc_id for name in ("gone", "not_found_page")}
    with Site() as site:
        done = crawl(archive, site)
    # A page that was not there yet may be there now.
    assert len(site.pages()) == len(gone)
    assert all(any(name in page for name in gone) for page in site.pages())
    assert Counter(site.lists()) == Counter((lid, 1) for lid in CHANNELS)
    assert Counter(site.requests)["feed.mix.sina.com.cn", "/robots.txt"] == 1
    assert len(site.requests) == len(CHANNELS) + 2 + len(gone)  # robots.txt of two hosts
    assert (tree(archive / "posts"), times(archive / "posts")) == (files, clocks)
    assert (done.code, done.err) == (0, "")
    assert done.report["archived"] == done.report["failed"] == {}
    assert done.report["found"] == len(gone)
    old, new = export(crawled.archive), export(archive)
    assert old == new


def test_one_channel_asks_one_list(tmp_path: Path) -> None:
    with Site() as site:
        done = crawl(tmp_path / "archive", site, "-a", "channels=research")
    assert {lid for lid, _ in site.lists()} == {LIDS["research"]}
    assert {item["doc_id"] for item in export(tmp_path / "archive")} == on_lists("research")
    assert done.code == 0


def test_two_channels_ask_two_lists_and_keep_the_first_that_named_an_article(
    tmp_path: Path,
) -> None:
    with Site() as site:
        done = crawl(tmp_path / "archive", site, "-a", "channels= forex,ministries")
    assert [lid for lid, page in site.lists() if page == 1] == [LIDS["ministries"], LIDS["forex"]]
    rows = export(tmp_path / "archive")
    assert {item["doc_id"] for item in rows} == on_lists("forex", "ministries")
    first = {True: "ministries", False: "forex"}
    for item in rows:
        lids = ARTICLES[item["doc_id"]].lids
        assert item["channel"] == first[LIDS["ministries"] in lids]
    assert done.code == 0


def test_a_limit_leaves_the_rest_to_do_and_later_runs_finish_it(
    crawled: Crawled, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    for run in (1, 2):
        with Site() as site:
            done = crawl(archive, site, "-a", "limit=3")
        assert 1 <= len(site.pages()) <= 3
        assert done.code == 0
        states = Counter(state for (state,) in ledger(archive, "SELECT state FROM link"))
        assert states["done"] == len(posts(archive))
        # the lists are there whole
        assert states.total() == len(DOCUMENTS) + 3
        assert states["todo"] >= len(DOCUMENTS) + 3 - 3 * run
    with Site() as site:
        done = crawl(archive, site)
    assert done.code == 1
    assert posts(archive) == posts(crawled.archive)
    assert len(site.pages()) <= len(crawled.site.pages()) - 4


def test_an_article_that_a_list_names_later_is_fetched_alone(tmp_path: Path) -> None:
    archive, known = tmp_path / "archive", BY_DATE[10:14]

    def lists(host: str, path: str, query: str) -> Answer | None:
        return (
            list_of([row(ARTICLES[name]) for name in known]) if listed(host, path, query) else None
        )

    with Site(lists) as site:
        assert crawl(archive, site, "-a", "channels=china").code == 0
        known.insert(0, BY_DATE[2])
        before = len(site.pages())
        assert crawl(archive, site, "-a", "channels=china").report["archived"] == {"new": 1}
    assert len(site.pages()) == before + 1
    assert BY_DATE[2] in site.pages()[-1]


def test_long_lists_are_read_until_nothing_is_new(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    rows = [row(ARTICLES[name]) for name in on_lists("research")]
    size = ("-s", "LIST_PAGE_SIZE=3", "-a", "channels=research")
    with Site() as site:
        crawl(archive, site, *size)
    assert [page for _, page in site.lists()] == [1, 2, 3, 4, 5]
    assert {item["doc_id"] for item in export(archive)} == on_lists("research")
    assert len(rows) == len(list_rows(LIDS["research"]))
    with Site() as site:
        crawl(archive, site, *size)
    assert [page for _, page in site.lists()] == [1]


def test_a_link_that_fails_for_a_passing_reason_is_tried_again_until_it_is_given_up(
    tmp_path: Path,
) -> None:
    archive, name = tmp_path / "archive", BY_DATE[5]

    def broken(host: str, path: str, query: str) -> Answer | None:
        if listed(host, path, query):
            return list_of([row(ARTICLES[name])])
        return answer("down", 503) if name in path else None

    options = ("-s", "LINK_ATTEMPTS_MAX=2", "-s", "RETRY_TIMES=0", "-a", "channels=china")
    query = "SELECT state, reason, attempts FROM link"
    with Site(broken) as site:
        for state in ("todo", "failed"):
            done = crawl(archive, site, *options)
            assert (done.code, done.report["failed"]) == (1, {"http_error": 1})
            assert ledger(archive, query)[0][:2] == (state, "http_error")
        assert crawl(archive, site, *options).code == 0
    assert len(site.pages()) == 2


def test_a_link_that_failed_once_is_archived_when_the_page_is_back(tmp_path: Path) -> None:
    archive, name, broken = tmp_path / "archive", BY_DATE[5], [True]

    def answers(host: str, path: str, query: str) -> Answer | None:
        if listed(host, path, query):
            return list_of([row(ARTICLES[name])])
        return answer("down", 503) if broken and name in path else None

    with Site(answers) as site:
        options = ("-s", "RETRY_TIMES=1", "-a", "channels=china")
        assert crawl(archive, site, *options).code == 1
        assert len(site.pages()) == 2
        broken.clear()
        assert crawl(archive, site, *options).code == 0
    assert [item["doc_id"] for item in export(archive)] == [name]
    assert ledger(archive, "SELECT state, reason FROM link") == [("done", "")]
