"""An archive that cannot be read or written: exit code 3, one clear line, nothing half there."""

from __future__ import annotations

import resource
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from newsarchive.archive.ledger import Ledger
from newsarchive.post import document
from tests.conftest import FIXTURES
from tests.fork import PATIENCE
from tests.running import (
    ARTICLES,
    Completed,
    Crawled,
    Site,
    crawl,
    ledger,
    posts,
    replay,
    reports,
    scrapy,
    tree,
    whole_crawl,
)

POSTS = FIXTURES / "posts"


@pytest.fixture
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    return whole_crawl(tmp_path_factory)


def check_is_told(done: Completed, *words: str) -> None:
    assert done.code == 3
    assert "Traceback" not in done.err
    complaint = done.err.splitlines()[-1]
    assert complaint.startswith("newsarchive: ")
    for word in words:
        assert word in complaint


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_the_archive_is_a_file(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("mine")
    with Site() as site:
        done = crawl(tmp_path / place, site)
    check_is_told(done, str(tmp_path / place))
    assert len(done.err.splitlines()) == 1
    assert site.requests == []
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("data", [b"garbage" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_the_ledger_is_garbage(tmp_path: Path, data: bytes) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    (archive / "ledger.db").write_bytes(data)
    with Site() as site:
        done = crawl(archive, site)
    check_is_told(done, "ledger.db")
    assert site.requests == []
    assert (archive / "ledger.db").read_bytes() == data
    check_is_told(scrapy("export", archive=archive), "ledger.db")


def test_the_ledger_is_of_another_version(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    Ledger(f"sqlite:///{archive / 'ledger.db'}").close()
    with closing(sqlite3.connect(archive / "ledger.db", isolation_level=None)) as connection:
        connection.execute("UPDATE about SET value = '99' WHERE key = 'version'")
    check_is_told(replay(archive, POSTS), "99")


def test_the_ledger_is_locked_by_somebody_else(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    Ledger(f"sqlite:///{archive / 'ledger.db'}").close()
    with closing(sqlite3.connect(archive / "ledger.db", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        check_is_told(replay(archive, POSTS), "locked")
        connection.execute("ROLLBACK")
    assert posts(archive) == {}
    assert replay(archive, POSTS / "plain.html").code == 0


def test_the_ledger_is_lost_and_nothing_is_guessed(tmp_path: Path) -> None:
    """A new one would know of nothing, and fetch all again under new clocks."""
    archive = tmp_path / "archive"
    replay(archive, POSTS / "plain.html")
    kept = posts(archive)
    (archive / "ledger.db").unlink()
    check_is_told(replay(archive, POSTS), "ledger.db", "verify --repair")
    assert not (archive / "ledger.db").exists()
    assert posts(archive) == kept
    assert scrapy("verify", "--repair", archive=archive).code == 0
    assert replay(archive, POSTS / "plain.html").report["archived"] == {"unchanged": 1}
    assert posts(archive) == kept


@pytest.mark.parametrize("page", [1, 2, 5, 12])
def test_a_page_of_the_ledger_is_overwritten(crawled: Crawled, tmp_path: Path, page: int) -> None:
    """Told where it is met; never a traceback, never a post less."""
    archive = tmp_path / "archive"
    shutil.copytree(crawled.archive, archive)
    with (archive / "ledger.db").open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 4096)
    assert scrapy("verify", archive=archive).code == 3
    done = replay(archive, POSTS / "plain.html")
    assert "Traceback" not in done.err
    assert done.code in (0, 3)
    assert posts(archive).items() >= posts(crawled.archive).items()


@pytest.mark.parametrize(
    "url", ["not a url", "sqlite:////nowhere/below/ledger.db", "postgresql://127.0.0.1:1/x"]
)
def test_the_ledger_url_leads_nowhere(tmp_path: Path, url: str) -> None:
    check_is_told(replay(tmp_path / "archive", POSTS, "-s", f"LEDGER_URL={url}"))


@pytest.mark.parametrize("name", ["posts", ".newsarchive"])
def test_a_file_stands_where_a_folder_should_be(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    (archive / name).write_text("mine")
    with Site() as site:
        done = crawl(archive, site, "-a", "channels=china")
    check_is_told(done)
    assert (archive / name).read_text() == "mine"
    assert ledger(archive, "SELECT * FROM article") == []
    if name == "posts":
        assert done.report["exit_code"] == 3
        assert done.report["finish_reason"] == "storageerror"
    (archive / name).unlink()
    with Site() as site:
        assert crawl(archive, site, "-a", "channels=china").code == 0
    assert len(posts(archive)) == sum(1686 in item.lids for item in ARTICLES.values())


def test_storage_trouble_ends_a_replay(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    (archive / "posts").write_text("mine")
    check_is_told(replay(archive, POSTS, timeout=PATIENCE))


def test_the_reports_folder_cannot_be_made(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    (archive / "reports").write_text("mine")
    check_is_told(replay(archive, POSTS / "plain.html"), "report")
    assert list(posts(archive).values()) == [(POSTS / "plain.html").read_bytes()]


def small_files_only() -> None:
    """As on a full disk: no file can grow beyond this many bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))


def test_a_full_disk_ends_the_run_and_what_is_there_is_whole(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Site() as site:
        done = crawl(archive, site, "-a", "channels=china", preexec_fn=small_files_only)
        assert done.code == 3
        assert done.err.splitlines()[-1].startswith("newsarchive: ")
        found = tree(archive / "posts")
        for data in found.values():
            document.read(data)
        # With room again the rest follows.
        assert crawl(archive, site, "-a", "channels=china").code == 0
    after = posts(archive)
    assert after.items() > found.items()
    assert len(after) == sum(1686 in item.lids for item in ARTICLES.values())


def broken_ledger(archive: Path, table: str) -> sqlite3.Connection:
    """A ledger that opens well, and cannot write one of its tables."""
    archive.mkdir()
    Ledger(f"sqlite:///{archive / 'ledger.db'}").close()
    connection = sqlite3.connect(archive / "ledger.db", isolation_level=None)
    for event in ("INSERT", "UPDATE"):
        connection.execute(
            f"CREATE TRIGGER fail_{event} BEFORE {event} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'the disk is on fire'); END"
        )
    return connection


@pytest.mark.parametrize("table", ["article", "listing", "walk"])
def test_a_ledger_that_breaks_ends_the_run_in_one_line(tmp_path: Path, table: str) -> None:
    archive = tmp_path / "archive"
    with closing(broken_ledger(archive, table)), Site() as site:
        check_is_told(crawl(archive, site, "-a", "channels=us-china,hk"), "the disk is on fire")


def test_a_post_whose_row_failed_is_done_again(tmp_path: Path, crawled: Crawled) -> None:
    archive = tmp_path / "archive"
    with closing(broken_ledger(archive, "article")) as connection, Site() as site:
        done = crawl(archive, site, "-a", "channels=us-china")
        assert (done.code, done.report["finish_reason"]) == (3, "storageerror")
        assert done.report["archived"] == {}
        # The post came first; the ledger does not know it.
        assert len(posts(archive)) > ledger(archive, "SELECT count(*) FROM article")[0][0] == 0
        connection.execute("DROP TRIGGER fail_INSERT")
        connection.execute("DROP TRIGGER fail_UPDATE")
        assert crawl(archive, site, "-a", "channels=us-china").code == 0
    rows = ledger(archive, "SELECT path, revision FROM article")
    assert {path: 1 for path, _ in rows} == dict(rows)
    whole = posts(crawled.archive)
    assert len(posts(archive)) == len(rows) == 3
    # Its own channel's label is in a post; the rest is as in the whole crawl.
    assert posts(archive).keys() <= whole.keys()


def test_a_read_only_folder(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir(mode=0o555)
    try:
        (archive / "probe").touch()
    except PermissionError:
        check_is_told(replay(archive, POSTS), str(archive))
        assert reports(archive) == []
    else:
        pytest.skip("root writes everywhere")
