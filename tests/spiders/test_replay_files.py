"""Posts and saved pages from files: what comes back, byte for byte."""

from __future__ import annotations

import json
import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from newsarchive.demo.site import respond
from newsarchive.post import document
from tests.conftest import FIXTURES
from tests.running import (
    ARTICLES,
    CRAWL_CLOCKS,
    DOCUMENTS,
    Crawled,
    export,
    ledger,
    posts,
    replay,
    tree,
)
from tests.spiders.answers import special

PLAIN = FIXTURES / "posts" / "plain.html"


def titled(title: str, date: str = "") -> bytes:
    """A post with another title and date, and the same body."""
    text = re.sub(r"(?m)^title: .*$", f"title: '{title}'", PLAIN.read_text("utf-8"))
    return (re.sub(r"(?m)^date: .*$", f"date: {date}", text) if date else text).encode()


def test_seeds_come_back_byte_for_byte(shared: Path, tmp_path: Path) -> None:
    done = replay(tmp_path / "archive", shared / "seeds")
    seeds = sorted(tree(shared / "seeds").values())
    assert (done.code, done.err) == (0, "")
    assert sorted(posts(tmp_path / "archive").values()) == seeds
    assert done.report["archived"] == {"new": len(seeds)}


def test_posts_come_back_byte_for_byte_and_a_second_replay_changes_nothing(
    tmp_path: Path,
) -> None:
    archive = tmp_path / "archive"
    first = replay(archive, FIXTURES / "posts")
    assert (first.code, first.err) == (0, "")
    found = posts(archive)
    assert sorted(found.values()) == sorted(tree(FIXTURES / "posts").values())
    rows = ledger(archive, "SELECT * FROM article ORDER BY doc_id")
    times = {path: path.stat().st_mtime_ns for path in (archive / "posts").rglob("*")}
    again = replay(archive, FIXTURES / "posts")
    assert again.report["archived"] == {"unchanged": len(found)}
    assert posts(archive) == found
    assert {path: path.stat().st_mtime_ns for path in (archive / "posts").rglob("*")} == times
    assert ledger(archive, "SELECT * FROM article ORDER BY doc_id") == rows


def test_posts_of_other_tools_are_normalised(tmp_path: Path) -> None:
    folder = FIXTURES / "posts_to_normalise"
    done = replay(tmp_path / "archive", folder / "*" / "in.html")
    assert (done.code, done.err) == (0, "")
    wanted = sorted(path.read_bytes() for path in folder.glob("*/out.html"))
    assert sorted(posts(tmp_path / "archive").values()) == wanted


def test_a_replay_of_a_crawls_posts_gives_the_same_tree(crawled: Crawled, tmp_path: Path) -> None:
    done = replay(tmp_path / "archive", crawled.archive / "posts")
    assert (done.code, done.err) == (0, "")
    assert done.report["archived"] == {"new": len(DOCUMENTS)}
    assert done.report["requests"] == 0
    assert posts(tmp_path / "archive") == posts(crawled.archive)
    rows = {row["doc_id"]: row for row in export(tmp_path / "archive")}
    assert rows.keys() == crawled.rows.keys()
    for doc_id, row in rows.items():
        known = crawled.rows[doc_id]
        for name in ("title", "date", "path", "sha256", "body_text", "symbols", "categories"):
            assert row[name] == known[name], name
        assert (row["origin"], row["fetched_at"], row["listed_at"]) == ("replay", None, None)


def test_an_archive_is_its_posts(tmp_path: Path, crawled: Crawled) -> None:
    archive = tmp_path / "archive"
    shutil.copytree(crawled.archive, archive)
    (archive / "index.db").write_bytes(b"what a search left")
    done = replay(tmp_path / "other", archive)
    assert (done.code, done.report["archived"]) == (0, {"new": len(DOCUMENTS)})
    assert posts(tmp_path / "other") == posts(archive)


def test_a_replay_into_the_archive_it_came_from_changes_nothing(
    crawled: Crawled, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    shutil.copytree(crawled.archive, archive)
    rows = ledger(archive, "SELECT * FROM article ORDER BY doc_id")
    done = replay(archive, archive / "posts")
    assert done.report["archived"] == {"unchanged": len(DOCUMENTS)}
    assert posts(archive) == posts(crawled.archive)
    assert ledger(archive, "SELECT * FROM article ORDER BY doc_id") == rows


def test_saved_pages_give_the_posts_of_the_crawl(crawled: Crawled, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    saved.mkdir()
    for article in ARTICLES.values():
        parts = urlsplit(article.url)
        page = respond(parts.netloc, parts.path, "", {})
        (saved / f"{article.doc_id}.htm").write_bytes(page.body)
    # The one that shows no date was dated by the list.
    nothing_dates_it = [doc_id for doc_id in ARTICLES if not crawled.rows[doc_id]["published_at"]]
    done = replay(tmp_path / "archive", saved)
    assert done.report["failed"] == {"no_date": len(nothing_dates_it)}
    rows = {row["doc_id"]: row for row in export(tmp_path / "archive")}
    assert rows.keys() == ARTICLES.keys() - set(nothing_dates_it)
    # Neither the list's clock nor its channel; everything else is the page's.
    unlike = CRAWL_CLOCKS | {"listed_at", "date", "channel", "categories", "path"}
    unlike |= {"origin", "sha256", "url", "raw_clocks"}
    # Of an article in several pages only the first was saved.
    first = special("many_pages")
    told = rows.pop(first.doc_id)["body_text"].split("\n")
    assert told == list(first.part(1).paragraphs)
    for doc_id, row in rows.items():
        known = crawled.rows[doc_id]
        assert {name: row[name] for name in row if name not in unlike} == (
            {name: known[name] for name in known if name not in unlike}
        )
        assert row["date"] == row["published_at"]
        assert row["url"] in (known["url"], ARTICLES[doc_id].url, None)


def test_other_peoples_pages(shared: Path, tmp_path: Path) -> None:
    folder = shared / "sina" / "pages"
    known = json.loads((folder / "expected.json").read_bytes())
    done = replay(tmp_path / "archive", folder / "*.html")
    rows = {row["doc_id"]: row for row in export(tmp_path / "archive")}
    articles = [item for item in known if item.get("body_text_contains")]
    assert articles
    for item in articles:
        row = next(row for row in rows.values() if row["title"] == item["title"])
        assert row["doc_id"] == item["doc_id"] or item["doc_id"] is None
        assert item["body_text_contains"] in row["body_text"]
        assert row["body_text"].startswith(item["body_text_starts"] or "")
        assert row["editor"] == item["editor"]
    assert "internal" not in done.report["failed"]


def test_one_body_under_three_titles_gives_three_posts(tmp_path: Path) -> None:
    archive, folder = tmp_path / "archive", tmp_path / "in"
    folder.mkdir()
    wanted = [titled(title) for title in ("甲", "乙", "丙")]
    for name, data in zip("abc", wanted):
        (folder / f"{name}.html").write_bytes(data)
    assert replay(archive, folder).report["archived"] == {"new": 3}
    assert sorted(posts(archive).values()) == sorted(wanted)
    for name, data in zip("cba", wanted):
        (folder / f"{name}.html").write_bytes(data)
    assert replay(archive, folder).report["archived"] == {"unchanged": 3}
    assert sorted(posts(archive).values()) == sorted(wanted)


def test_twins_keep_their_names_in_another_archive(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.html").write_bytes(titled("同题", "Sat, 07 Aug 2021 07:54:29 GMT"))
    (folder / "b.html").write_bytes(titled("同题", "Fri, 06 Aug 2021 07:54:29 GMT"))
    replay(tmp_path / "one", folder)
    replay(tmp_path / "two", tmp_path / "one" / "posts")
    assert posts(tmp_path / "two") == posts(tmp_path / "one")


def test_a_file_a_glob_and_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "in [1] 中文"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    places = ["a.html", "deep/b.txt", "deep/er/c", ".hidden/d.html", ".e.html"]
    for number, place in enumerate(places):
        (folder / place).write_bytes(titled(f"第{number}篇"))
    archive = tmp_path / "archive"
    assert replay(archive, folder / "a.html").report["found"] == 1
    assert replay(archive, f"{tmp_path}/in *中文/**/*.txt").report["found"] == 1
    assert replay(archive, folder).report["archived"] == {"new": 1, "unchanged": 2}
    titles = {document.read(data).title for data in posts(archive).values()}
    assert titles == {"第0篇", "第1篇", "第2篇"}


def test_the_address_of_a_page_that_does_not_say_it(tmp_path: Path) -> None:
    page = (FIXTURES / "pages" / "t3_2016_finance" / "page.html").read_text("utf-8")
    page = re.sub(r'<meta [^>]*(?:og:url|publishid|sudameta)[^>]*>|docid="[^"]*"', "", page)
    (tmp_path / "page.html").write_text(page, "utf-8")
    address = "http://finance.sina.com.cn/stock/2016-08-05/doc-ifxutfpf1234567.shtml?from=wap"
    archive = tmp_path / "archive"
    assert replay(archive, tmp_path / "page.html", "-a", f"url={address}").code == 0
    (row,) = export(archive)
    assert row["doc_id"] == "fxutfpf1234567"
    assert row["url"] == address.replace("http:", "https:").partition("?")[0]


def test_an_archive_is_replayed_by_its_current_posts(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    replay(archive, PLAIN)
    for place in ("revisions/kqtesta0000501", "strays", "damaged"):
        (archive / place).mkdir(parents=True)
        text = PLAIN.read_text("utf-8").replace("</p>", "（旧）</p>", 1)
        (archive / place / "0001-kqtesta0000501.html").write_text(text, "utf-8")
    done = replay(tmp_path / "again", archive)
    assert done.report["archived"] == {"new": 1}
    assert posts(tmp_path / "again") == posts(archive)


def test_a_replay_ends_with_its_last_item(crawled: Crawled, tmp_path: Path) -> None:
    """Scrapy looks every five seconds by itself."""
    post = next((crawled.archive / "posts").rglob("*.html"))
    report = replay(tmp_path / "archive", post).report
    began, ended = (datetime.fromisoformat(report[name]) for name in ("started_at", "ended_at"))
    assert ended - began < timedelta(seconds=4.5)
