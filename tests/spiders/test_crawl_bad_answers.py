"""What a live crawl makes of answers that are not what they should be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from newsarchive.demo.site import SPECIALS, Answer
from tests.conftest import FIXTURES
from tests.running import (
    ARTICLES,
    BY_DATE,
    LIDS,
    USUAL,
    Completed,
    Site,
    crawl,
    export,
    ledger,
    posts,
    told,
)
from tests.spiders.answers import answer, list_of, listed, row

ODD = {item.doc_id for item in SPECIALS.values()}
#: Desktop articles of today's template, whose pages are asked at their own URL.
PLAIN = [name for name in BY_DATE[20:] if ARTICLES[name].template == "T4" and name not in ODD]


def api(result: object) -> Answer:
    return answer(json.dumps({"result": result}), kind="application/json")


BAD_LISTS = {
    "china": (answer("{}", kind="application/json"), "bad_listing"),
    "macro": (answer("<html><body>502</body></html>"), "bad_listing"),
    "local": (answer('{"result": {"status": {"code": 0}, "data": [{"url": "htt'), "bad_listing"),
    "ministries": (api({"status": {"code": 0}, "data": {}}), "bad_listing"),
    "banking": (api({"status": {"code": 1, "msg": "fail"}, "data": []}), "bad_listing"),
    "stock": (answer("oops", 500), "http_error"),
    "us": (answer("none", 404), "http_error"),
    "us-china": (answer("no", 403), "blocked"),
    "hk": (answer(b"\xff\xfe\x00 \x80"), "bad_listing"),
    "forex": (answer("[" * 5000), "bad_listing"),
    "research": (answer("null"), "bad_listing"),
}


def test_lists_that_are_none_are_named_and_the_others_are_read(tmp_path: Path) -> None:
    lids = {LIDS[name]: bad for name, (bad, _) in BAD_LISTS.items()}
    empty = LIDS["roll"]

    def answers(host: str, path: str, query: str) -> Answer | None:
        lid = listed(host, path, query)
        return list_of([]) if lid == empty else lids.get(lid or 0)

    with Site(answers) as site:
        done = crawl(tmp_path / "archive", site)
    assert done.code == 1
    others = {LIDS[name] for name in USUAL if name not in BAD_LISTS} - {empty}
    by_lid = {LIDS[name]: reason for name, (_, reason) in BAD_LISTS.items()}
    missed = {
        int(subject.split("lid=")[1].split("&")[0]): why for subject, why in (done.misses().items())
    }
    assert missed == by_lid
    assert len(told(done)) == len(BAD_LISTS)
    assert "Traceback" not in done.err
    assert {item["doc_id"] for item in export(tmp_path / "archive")} == {
        name for name, item in ARTICLES.items() if others & set(item.lids)
    }
    finished = {name for (name,) in ledger(tmp_path / "archive", "SELECT channel FROM walk")}
    assert finished == set(USUAL) - set(BAD_LISTS)


def fixture(name: str) -> Answer:
    return answer((FIXTURES / "pages" / name / "page.html").read_bytes())


def bad_pages() -> dict[str, tuple[Answer, str]]:
    """doc_id -> what its page answers, and the reason that is to be told."""
    answers = [
        (answer("oops", 500), "http_error"),
        (answer("teapot", 418), "blocked"),
        (fixture("blocked_captcha"), "blocked"),
        (fixture("truncated_page"), "truncated"),
        (fixture("stub_empty_body"), "no_body"),
        (fixture("search_page"), "not_article"),
        (fixture("not_found_page"), "not_found"),
        (answer("gone", 410), "not_found"),
        (answer(b""), "truncated"),
        (answer(b"\x89PNG\r\n\x1a\n" + bytes(range(256))), "truncated"),
        (answer("<html><body>" + "x" * 300_000 + "</body></html>"), "network"),
        (answer("", 302, Location="https://finance.sina.com.cn/"), "not_found"),
        (answer("", 302, Location="https://finance.sina.com.cn/forbidden/x.shtml"), "robots"),
    ]
    return dict(zip(PLAIN, answers))


def crawl_pages(
    archive: Path, pages: dict[str, Answer], *args: str, rows: list[dict[str, Any]] | None = None
) -> tuple[Completed, Site]:
    """Crawl one list of articles, some of whose pages answer as *pages* says."""
    if rows is None:
        rows = [row(ARTICLES[name]) for name in pages]

    def answers(host: str, path: str, query: str) -> Answer | None:
        if listed(host, path, query):
            return list_of(rows)
        if (host, path) == ("finance.sina.com.cn", "/"):
            return answer("<html><body><h1>首页</h1></body></html>")
        return next((bad for name, bad in pages.items() if name in path), None)

    with Site(answers) as site:
        done = crawl(archive, site, "-a", "channels=china", "-s", "RETRY_TIMES=1", *args)
    return done, site


def test_pages_that_are_none_are_named_and_the_others_are_archived(tmp_path: Path) -> None:
    archive, bad, good = tmp_path / "archive", bad_pages(), PLAIN[20:23]
    rows = [row(ARTICLES[name]) for name in (*list(bad)[:7], *good, *list(bad)[7:])]
    pages = {name: page for name, (page, _) in bad.items()}
    done, site = crawl_pages(archive, pages, "-s", "DOWNLOAD_MAXSIZE=200000", rows=rows)
    assert done.code == 1
    missed = {item["doc_id"]: item["reason"] for item in done.report["misses"]}
    assert missed == {name: reason for name, (_, reason) in bad.items()}
    assert {item["doc_id"] for item in export(archive)} == set(good)
    assert len(posts(archive)) == len(good)
    assert "Traceback" not in done.err
    assert len(told(done)) == sum(done.report["failed"].values())
    assert not [path for _, path in site.requests if path.startswith("/forbidden/")]


def test_an_answer_that_breaks_off_is_no_page(tmp_path: Path) -> None:
    name, other = PLAIN[:2]
    place = urlsplit(ARTICLES[name].url).path

    def answers(host: str, path: str, query: str) -> Answer | None:
        if listed(host, path, query):
            return list_of([row(ARTICLES[name]), row(ARTICLES[other])])
        return None

    options = ("-a", "channels=china", "-s", "RETRY_TIMES=1")
    with Site(answers, cut=[place]) as site:
        done = crawl(tmp_path / "archive", site, *options)
        assert (done.code, done.report["failed"]) == (1, {"network": 1})
        assert [item["doc_id"] for item in export(tmp_path / "archive")] == [other]
        assert sum(name in page for page in site.pages()) == 2
        site.cut = frozenset()
        assert crawl(tmp_path / "archive", site, *options).code == 0
    assert len(posts(tmp_path / "archive")) == 2


def test_a_page_and_a_list_without_a_time(tmp_path: Path) -> None:
    page = fixture("no_date_page")
    with_clock, without = PLAIN[:2]
    rows = [row(ARTICLES[with_clock]), row(ARTICLES[without]) | {"intime": "", "ctime": ""}]
    done, _ = crawl_pages(tmp_path / "archive", {with_clock: page, without: page}, rows=rows)
    assert done.report["failed"] == {"no_date": 1}
    (found,) = export(tmp_path / "archive")
    assert (found["doc_id"], found["published_at"]) == (with_clock, None)
    assert found["date"] == found["listed_at"]


def test_redirects_to_hosts_that_are_not_sinas_are_not_followed(tmp_path: Path) -> None:
    hosts = ["example.org", "127.0.0.1:8080", "sina.com.cn.example.org"]
    pages = {
        name: answer("", 302, Location=f"http://{host}/landing.html")
        for name, host in zip(PLAIN, hosts)
    }
    done, site = crawl_pages(tmp_path / "archive", pages)
    assert {asked.host for asked in site.asked} <= {"feed.mix.sina.com.cn", "finance.sina.com.cn"}
    assert list(done.misses().values()) == ["http_error"] * len(hosts)


def test_a_redirect_that_goes_in_a_circle(tmp_path: Path) -> None:
    name = PLAIN[0]
    here = answer("", 301, Location=ARTICLES[name].url)
    done, _ = crawl_pages(tmp_path / "archive", {name: here})
    assert done.code == 1
    assert done.report["failed"] == {"http_error": 1}


def test_a_page_that_leads_to_another_article_is_archived_as_that(tmp_path: Path) -> None:
    listed_as, other = PLAIN[:2]
    there = answer("", 301, Location=ARTICLES[other].url)
    archive = tmp_path / "archive"
    done, _ = crawl_pages(archive, {listed_as: there})
    assert done.code == 0
    assert [item["doc_id"] for item in export(archive)] == [other]
    assert ledger(archive, "SELECT doc_id, state FROM link") == [(listed_as, "done")]
