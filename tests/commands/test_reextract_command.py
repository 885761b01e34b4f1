"""`scrapy reextract`: versions of ours where today's layouts say more, and nowhere else."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from newsarchive import clock
from newsarchive.archive import rows
from newsarchive.archive.store import Store
from newsarchive.demo.site import SPECIALS
from newsarchive.sina import flash
from tests.rereading import read_badly
from tests.running import (
    Completed,
    Crawled,
    Site,
    export,
    ledger,
    posts,
    scrapy,
    tree,
    whole_crawl,
)

#: One of each kind of page; the second is an article in three pages.
EDITED = ["nhkjmte4907168", SPECIALS["many_pages"].doc_id, SPECIALS["slides"].doc_id]


@pytest.fixture
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    return whole_crawl(tmp_path_factory)


@pytest.fixture
def archive(crawled: Crawled, tmp_path: Path) -> Path:
    return Path(shutil.copytree(crawled.archive, tmp_path / "archive"))


def reextract(archive: Path, *args: str) -> Completed:
    return scrapy("reextract", *args, archive=archive)


def versions(archive: Path, doc_id: str) -> list[tuple[Any, ...]]:
    query = "SELECT revision, cause, source FROM {} WHERE doc_id = '{}' ORDER BY revision"
    return [
        row
        for table in ("revision", "article")
        for row in ledger(archive, query.format(table, doc_id))
    ]


def test_nothing_new_makes_no_version(archive: Path) -> None:
    before = posts(archive), ledger(archive, "SELECT * FROM article")
    done = reextract(archive)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("0 articles changed\nreextract: ")
    assert done.report["archived"] == {"unchanged": len(before[0])}
    assert (posts(archive), ledger(archive, "SELECT * FROM article")) == before
    assert not (archive / "revisions").exists()


def test_what_today_reads_better_becomes_a_version_of_ours(archive: Path, crawled: Crawled) -> None:
    read_badly(archive, *EDITED)
    assert posts(archive) != posts(crawled.archive)
    before, known = tree(archive / "posts"), ledger(archive, "SELECT * FROM article")
    moment = clock.iso(clock.now(), milliseconds=True)
    dry = reextract(archive, "--dry-run")
    assert (dry.code, dry.err) == (0, "")
    assert "3 articles would change: body 3, source 3" in dry.out.splitlines()
    source = crawled.rows[EDITED[0]]["source"]
    assert f"  source:\n    -\n    +{source}\n" in dry.out
    assert (tree(archive / "posts"), ledger(archive, "SELECT * FROM article")) == (before, known)

    done = reextract(archive)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("3 articles changed: body 3, source 3\n")
    assert done.report["archived"] == {
        "revised": 3,
        "unchanged": len(posts(archive)) - 3,
    }
    assert posts(archive) == posts(crawled.archive)
    for doc_id in EDITED:
        wanted = crawled.rows[doc_id]
        assert [row[:2] for row in versions(archive, doc_id)] == [
            (1, "site"),
            (2, "extraction"),
            (3, "extraction"),
        ]
        (found,) = (row for row in export(archive) if row["doc_id"] == doc_id)
        # All that the page and the lists say is as it was read from them at first.
        ours = {"path", "revision", "cause", "seen_at"}
        assert {k: v for k, v in found.items() if k not in ours} == {
            k: v for k, v in wanted.items() if k not in ours
        }
        assert found["seen_at"] > moment  # not known before
    assert reextract(archive).out.startswith("0 articles changed\n")
    assert scrapy("verify", archive=archive).code == 0
    shown = scrapy("history", EDITED[0], archive=archive).out
    assert shown.count("(ours: read anew)") == 2


def test_a_choice(archive: Path, crawled: Crawled) -> None:
    read_badly(archive, *EDITED)
    day = crawled.rows[EDITED[0]]["date"][:10]
    assert reextract(archive, "--since", "2030-01-01").report["found"] == 0
    done = reextract(archive, "--since", day, "--until", day)
    assert done.report["archived"]["revised"] >= 1
    assert versions(archive, EDITED[0])[-1][0] == 3


def test_the_7x24_feed(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Site() as site:
        done = scrapy("crawl", "sina_live", archive=archive, port=site.port)
    assert done.code == 0
    doc_id = ledger(archive, f"SELECT doc_id FROM article WHERE layout = '{flash.LAYOUT}'")[0][0]
    before = posts(archive)
    with closing(Store.open(archive)) as store:
        row = store.ledger.article(doc_id)
        assert row is not None
        article = store.read(row)
        for name in rows.COPIED:
            setattr(article, name, row[name])
        article.doc_id, article.cause, article.title = doc_id, "extraction", "别的"
        store.put(article)
    assert reextract(archive).report["archived"]["revised"] == 1
    assert posts(archive) == before
    clocks = "SELECT fetched_at, served_at FROM {} WHERE doc_id = '{}' AND revision = {}"
    (fetched,) = ledger(archive, clocks.format("revision", doc_id, 1))
    assert all(fetched)
    assert ledger(archive, clocks.format("article", doc_id, 3)) == [fetched]


def test_a_page_that_is_not_there_any_more(archive: Path) -> None:
    read_badly(archive, EDITED[0])
    before = posts(archive)
    shutil.rmtree(archive / "warc")
    done = reextract(archive)
    assert done.code == 1
    assert set(done.report["failed"]) == {"unreadable"}
    assert posts(archive) == before


def test_a_post_that_is_lost_or_edited_stops_nobody_else(archive: Path) -> None:
    read_badly(archive, *EDITED)
    paths = [archive / path for (path,) in ledger(archive, "SELECT path FROM article LIMIT 2")]
    paths[0].unlink()
    paths[1].write_text("edited")
    rechecks = ledger(archive, "SELECT * FROM recheck")
    done = reextract(archive)
    assert done.code == 1
    assert done.report["failed"] == {"unreadable": 2}
    assert done.report["archived"]["revised"] >= 1
    assert ledger(archive, "SELECT * FROM recheck") == rechecks
    assert paths[1].read_text() == "edited"


def test_saved_pages(archive: Path, crawled: Crawled, tmp_path: Path) -> None:
    with Site() as site, closing(sqlite3.connect(archive / "ledger.db")) as connection:
        url = connection.execute(
            "SELECT url FROM article WHERE doc_id = ?", (EDITED[0],)
        ).fetchone()[0]
        host, _, path = url.partition("://")[2].partition("/")
        page = site.respond(host, f"/{path}", "", {}).body
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "page.html").write_bytes(page)
    (folder / "other.html").write_bytes(page.replace(EDITED[0].encode(), b"kqtesta9999999"))
    read_badly(archive, EDITED[0])
    done = reextract(archive, "--pages", str(folder))
    assert done.code == 0
    assert done.report["archived"] == {"revised": 1}
    assert posts(archive) == posts(crawled.archive)


def test_posts_are_no_saved_pages(archive: Path) -> None:
    """Source, keywords and layout are the page's: a post read as one would lose them."""
    before = posts(archive), ledger(archive, "SELECT * FROM article")
    done = reextract(archive, "--pages", str(archive / "posts"))
    assert done.code == 1
    assert done.report["failed"] == {"unknown_format": len(before[0])}
    assert "a post, not a saved page" in done.err
    assert (posts(archive), ledger(archive, "SELECT * FROM article")) == before


def test_no_saved_pages_there(archive: Path, tmp_path: Path) -> None:
    done = reextract(archive, "--pages", str(tmp_path / "nowhere"))
    assert done.code == 1
    assert done.misses() == {str(tmp_path / "nowhere"): "unreadable"}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("x",), "unknown argument: x"),
        (("--channel", "nix"), "no such channel: nix"),
        (("--since", "gestern"), "gestern: not a day"),
        (("--pages", "x", "--channel", "china"), "--pages goes without"),
    ],
)
def test_wrong_usage(tmp_path: Path, args: tuple[str, ...], said: str) -> None:
    done = reextract(tmp_path / "archive", *args)
    assert done.code == 2
    assert said in done.err
    assert not (tmp_path / "archive").exists()


@pytest.mark.parametrize("there", [False, True], ids=["no folder", "an empty one"])
def test_no_archive(tmp_path: Path, there: bool) -> None:
    archive = tmp_path / "archive"
    if there:
        archive.mkdir()
    done = reextract(archive)
    assert done.code == 3
    assert done.err == f"newsarchive: no archive in {archive}: there is no ledger.db\n"
    assert archive.exists() == there
    assert not there or list(archive.iterdir()) == []
