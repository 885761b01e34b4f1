"""A crawl of the whole small Sina: every article, every field, every special case."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from newsarchive.demo.articles import SHANGHAI
from newsarchive.demo.site import CHANNELS, SPECIALS, DemoArticle, load_articles
from newsarchive.sina import channels
from tests.running import (
    ARTICLES,
    CRAWL_CLOCKS,
    DOCUMENTS,
    LIDS,
    USUAL,
    Crawled,
    Site,
    crawl,
    export,
    ledger,
    posts,
    scrapy,
)
from tests.spiders.answers import special


def moment(value: datetime | None) -> str | None:
    if value is None:
        return None
    return value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def channel(article: DemoArticle) -> channels.Channel:
    return channels.BY_NAME[next(name for name in USUAL if LIDS[name] in article.lids)]


def has_clock(article: DemoArticle) -> bool:
    return article.doc_id != SPECIALS["no_date"].doc_id


#: What the site's templates are read by, where that is not said by their names.
LAYOUTS = {"T2N": "T2", "K": "T4", "G": "generic"}
#: What every page of the mobile template says.
MOBILE_COLUMNS = {"T7": ["270769", "258", "51070"]}
EXPECTED: dict[str, Callable[[DemoArticle], object]] = {
    "title": lambda article: article.title,
    "published_at": lambda article: moment(article.published) if has_clock(article) else None,
    "updated_at": lambda article: moment(article.updated) if has_clock(article) else None,
    "listed_at": lambda article: moment(datetime.fromtimestamp(article.intime, timezone.utc)),
    "date": lambda article: moment(datetime.fromtimestamp(article.intime, timezone.utc)),
    "source": lambda article: article.source,
    "editor": lambda article: article.editor,
    "keywords": lambda article: list(article.keywords),
    "symbols": lambda article: list(article.symbols),
    "channel": lambda article: channel(article).name,
    "categories": lambda article: ["金融", "新浪财经", f"新浪财经－{channel(article).label}"],
    "author": lambda article: "新浪财经",
    "layout": lambda article: LAYOUTS.get(article.template, article.template),
    "column_ids": lambda article: (
        [str(cid) for cid in article.columns] or MOBILE_COLUMNS.get(article.template, [])
    ),
    "origin": lambda article: "crawl",
    "revision": lambda article: 1,
}


def test_every_article_with_a_body_is_archived_exactly_once(crawled: Crawled) -> None:
    assert set(crawled.rows) == DOCUMENTS
    assert crawled.done.report["archived"] == {"new": len(DOCUMENTS)}
    paths = [row["path"] for row in crawled.rows.values()]
    assert sorted(posts(crawled.archive)) == sorted(path.removeprefix("posts/") for path in paths)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_field_says_what_the_article_says(crawled: Crawled, name: str) -> None:
    found = {doc_id: crawled.rows[doc_id][name] for doc_id in ARTICLES}
    assert found == {doc_id: EXPECTED[name](article) for doc_id, article in ARTICLES.items()}


def test_urls_are_canonical(crawled: Crawled) -> None:
    found = {doc_id: crawled.rows[doc_id]["url"] for doc_id in ARTICLES}
    # Of the many spellings of one article the first list's counts, and that is mostly its own.
    wanted = {doc_id: article.url for doc_id, article in ARTICLES.items()}
    self_media = SPECIALS["self_media"]
    wanted[self_media.doc_id] = self_media.listed[LIDS["research"]]
    assert found == wanted


def test_posts_lie_under_their_day_in_shanghai(crawled: Crawled) -> None:
    for doc_id in ARTICLES:
        row = crawled.rows[doc_id]
        day = datetime.fromtimestamp(ARTICLES[doc_id].intime, SHANGHAI)
        folder, _, name = row["path"].rpartition("/")
        assert folder == f"posts/{day:%Y/%m/%d}"
        assert re.fullmatch(rf"([a-z0-9]+-)*{doc_id}\.html", name)
        assert len(name) <= 60 + len(f"-{doc_id}.html")
        assert (
            hashlib.sha256((crawled.archive / row["path"]).read_bytes()).hexdigest()
            == (row["sha256"])
        )


@pytest.mark.parametrize("article", ARTICLES.values(), ids=lambda article: article.doc_id)
def test_the_text_is_all_there(crawled: Crawled, article: DemoArticle) -> None:
    text = crawled.rows[article.doc_id]["body_text"]
    lines = [line.replace("\u200b", "") for line in text.split("\n")]
    place = -1
    for paragraph in article.paragraphs:
        wanted = " ".join(paragraph.split())
        assert wanted in lines, lines
        assert lines.index(wanted) > place
        place = lines.index(wanted)


def test_advertisements_and_promotion_are_no_text(crawled: Crawled) -> None:
    kinds: Counter[str] = Counter()
    for doc_id, article in ARTICLES.items():
        row, extras = crawled.rows[doc_id], article.extras
        kinds.update(list(extras))
        for words in ("新浪财经APP", "海量资讯", "sinaads", "责任编辑", "appendQr", "news_keyword"):
            assert words not in row["body_text"], doc_id
        for quote in extras.get("quotes", {}).values():
            assert quote.split()[0] not in row["body_text"]
        assert "<script" not in row["body_html"]
    assert kinds["ad"]
    assert kinds["quotes"]


def test_pictures_tables_and_captions_stay(crawled: Crawled) -> None:
    for doc_id, article in ARTICLES.items():
        row, extras = crawled.rows[doc_id], article.extras
        if known := extras.get("picture"):
            assert f"https://{known['src'].partition('//')[2]}" in row["body_html"]
            assert row["headimg"].startswith("https://")
            assert row["headimg"].partition("//")[2] in row["body_html"]
            assert known["caption"] in row["body_html"]
        for cells in extras.get("table", ()):
            assert all(str(cell) in row["body_text"] for cell in cells)


def test_clocks_of_the_archive_itself(crawled: Crawled) -> None:
    begun, ended = crawled.done.report["started_at"], crawled.done.report["ended_at"]
    for row in crawled.rows.values():
        assert begun <= row["first_seen_at"] <= row["fetched_at"] <= ended


# --- special cases ------------------------------------------------------------------------------


def test_the_ledger_remembers_every_list_of_every_article(crawled: Crawled) -> None:
    found = set(ledger(crawled.archive, "SELECT doc_id, channel FROM listing"))
    by_lid = {LIDS[name]: name for name in USUAL}
    wanted = {(item.doc_id, by_lid[lid]) for item in load_articles() for lid in item.lids}
    for name in ("gone", "not_found_page", "slides", "video"):
        wanted |= {(SPECIALS[name].doc_id, by_lid[lid]) for lid in SPECIALS[name].listed}
    assert found == wanted


def test_a_moved_article_is_archived_under_its_id(crawled: Crawled) -> None:
    article = special("moved")
    path = urlsplit(article.url).path
    assert sum(article.doc_id in page for page in crawled.site.pages()) == 2
    assert urlsplit(crawled.rows[article.doc_id]["url"]).path == path


@pytest.mark.parametrize(
    ("name", "state", "reason"),
    [
        ("gone", "todo", "not_found"),
        ("not_found_page", "todo", "not_found"),
        ("empty_body", "failed", "no_body"),
        ("slow", "done", ""),
        ("no_date", "done", ""),
        ("no_charset", "done", ""),
        ("moved", "done", ""),
        ("many_urls", "done", ""),
    ],
)
def test_what_became_of_a_special_case(
    crawled: Crawled, name: str, state: str, reason: str
) -> None:
    doc_id = SPECIALS[name].doc_id
    found = ledger(crawled.archive, f"SELECT state, reason FROM link WHERE doc_id = '{doc_id}'")
    assert found == [(state, reason)]
    missed = [item["reason"] for item in crawled.done.report["misses"] if item["doc_id"] == doc_id]
    assert missed == ([reason] if reason else [])


def test_a_link_to_a_live_page_is_skipped_and_never_asked(crawled: Crawled) -> None:
    (url,) = set(SPECIALS["live"].listed.values())
    assert crawled.done.misses()[url] == "foreign_url"
    assert urlsplit(url).netloc not in {host for host, _ in crawled.site.requests}


def test_no_page_is_asked_twice(crawled: Crawled) -> None:
    asked = Counter(crawled.site.pages())
    assert set(asked.values()) == {1}
    # every article, two further pages, slides, video, a redirect, two pages that are not there
    assert len(asked) == len(load_articles()) + 7


def test_robots_txt_is_asked_first_and_once_per_host(crawled: Crawled) -> None:
    first: dict[str, str] = {}
    for host, path in crawled.site.requests:
        first.setdefault(host, path)
    assert set(first.values()) == {"/robots.txt"}
    asked = Counter(host for host, path in crawled.site.requests if path == "/robots.txt")
    assert set(asked.values()) == {1}


def test_every_list_is_asked_once(crawled: Crawled) -> None:
    assert [lid for lid, page in crawled.site.lists() if page == 1] == [LIDS[x] for x in USUAL]
    assert {LIDS[name] for name in USUAL} == set(CHANNELS)
    assert max(Counter(crawled.site.lists()).values()) == 1


def test_requests_say_who_asks_and_where_the_link_stood(crawled: Crawled) -> None:
    for asked in crawled.site.asked:
        headers: dict[str, Any] = {name.lower(): value for name, value in asked.headers.items()}
        assert headers["user-agent"].startswith("newsarchive/")
        assert "cookie" not in headers
        if asked.path != "/robots.txt":
            assert headers["referer"].startswith("https://finance.sina.com.cn/")


def test_the_run_tells_what_it_did(crawled: Crawled) -> None:
    done, report = crawled.done, crawled.done.report
    assert done.code == report["exit_code"] == 1
    assert report["finish_reason"] == "finished"
    assert report["found"] == len(load_articles()) + 4
    assert report["skipped"] == {"foreign_url": 1, "not_found": 2}
    assert report["failed"] == {"no_body": 1}
    assert report["requests"] == len(crawled.site.requests)
    assert len(done.out.splitlines()) == 1
    for words in ("112 found", f"{len(DOCUMENTS)} archived", "3 skipped", "1 failed", "reports/"):
        assert words in done.out
    (line,) = done.err.splitlines()
    assert special("empty_body").doc_id in line
    assert "no_body" in line


def test_without_recording_everything_else_is_the_same(crawled: Crawled, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Site() as site:
        done = crawl(archive, site, "-s", "WARC_ENABLED=False")
    assert done.code == crawled.done.code
    for name in ("archived", "skipped", "failed", "channels"):
        assert done.report[name] == crawled.done.report[name], name
    assert posts(archive) == posts(crawled.archive)
    rows = {row["doc_id"]: row for row in export(archive)}
    assert rows.keys() == crawled.rows.keys()
    for doc_id, row in rows.items():
        assert (row["warc_file"], row["warc_offset"]) == (None, None)
        differing = {name for name in row if row[name] != crawled.rows[doc_id][name]}
        assert differing <= CRAWL_CLOCKS
    assert not (archive / "warc").exists()
    assert scrapy("verify", archive=archive).code == 0
