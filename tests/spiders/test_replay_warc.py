"""An archive made again of nothing but its WARC files: byte for byte, row for row."""

from __future__ import annotations

import gzip
import shutil
import signal
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from newsarchive.archive import warc
from newsarchive.clock import SHANGHAI, UTC
from newsarchive.demo.site import Answer
from newsarchive.demo.templates import render
from tests.archive.test_recorder import checked
from tests.crash.test_kill import stop
from tests.running import (
    ARTICLES,
    Completed,
    Crawled,
    Site,
    command,
    crawl,
    export,
    ledger,
    posts,
    replay,
    scrapy,
    tree,
    whole_crawl,
)
from tests.spiders.answers import answer
from tests.spiders.eventful import BACK, EDITED, GONE, MANY, RULES, Eventful, eventful
from tests.spiders.test_rechecks import NAME, ONE, OTHER, Changing, again, page
from tests.warcs import exported, files, known, read, rebuilt, versions


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Eventful:
    return eventful(tmp_path_factory)


@pytest.fixture(scope="module")
def made_again(story: Eventful, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Completed]:
    """The eventful archive, made again of its WARC files. Never to be changed."""
    archive = tmp_path_factory.mktemp("made_again") / "archive"
    return archive, rebuilt(story.archive, archive, *RULES)


def check_is_the_same(archive: Path, wanted: Path) -> None:
    assert versions(archive) == versions(wanted)
    assert known(archive) == known(wanted)


def test_everything_has_happened(story: Eventful) -> None:
    """What the tests below rely on."""
    numbers = dict(ledger(story.archive, "SELECT doc_id, revision FROM article"))
    assert (numbers[EDITED], numbers[MANY.doc_id], numbers[BACK], numbers[GONE]) == (4, 4, 1, 1)
    stones = dict(ledger(story.archive, "SELECT doc_id, returned_at FROM tombstone"))
    assert stones.keys() == {BACK, GONE}
    assert (stones[BACK] is None, stones[GONE] is None) == (False, True)
    origins = {origin for (origin,) in ledger(story.archive, "SELECT origin FROM article")}
    assert origins == {"crawl", "backfill"}
    assert ledger(story.archive, "SELECT count(*) FROM link WHERE detail LIKE 'archived as %'")
    flashes = "SELECT count(*) FROM revision WHERE layout = '7x24'"
    assert ledger(story.archive, flashes) > [(0,)]
    kinds = [found.revisit for path in files(story.archive) for found in captures(path)]
    assert kinds.count(True) > 5
    assert {run.code for run in story.runs} == {0, 1}
    assert checked(*files(story.archive)) == 0


def captures(path: Path) -> list[warc.Capture]:
    found = read(path)
    assert all(isinstance(each, warc.Capture) for each in found)
    return [each for each in found if isinstance(each, warc.Capture)]


def test_posts_revisions_and_ledger_come_back(
    story: Eventful, made_again: tuple[Path, Completed]
) -> None:
    archive, done = made_again
    assert done.report["requests"] == 0
    assert "internal" not in done.report["failed"]
    check_is_the_same(archive, story.archive)
    check = scrapy("verify", archive=archive)
    assert (check.code, check.err) == (0, "")


def test_the_exports_of_every_moment_come_back(
    story: Eventful, made_again: tuple[Path, Completed]
) -> None:
    for moment in ("", *story.moments[::3]):
        assert exported(made_again[0], moment) == exported(story.archive, moment)


def test_several_workers_make_the_same(story: Eventful, tmp_path: Path) -> None:
    rebuilt(story.archive, tmp_path / "archive", *RULES, "-a", "workers=3")
    check_is_the_same(tmp_path / "archive", story.archive)


def test_a_second_replay_changes_nothing(
    story: Eventful, made_again: tuple[Path, Completed], tmp_path: Path
) -> None:
    archive = Path(shutil.copytree(made_again[0], tmp_path / "archive"))
    done = replay(archive, archive / "warc" / "*.warc.gz", *RULES)
    assert done.report["archived"].keys() == {"unchanged"}
    check_is_the_same(archive, story.archive)


def test_a_replay_into_the_archive_itself_changes_nothing(story: Eventful, tmp_path: Path) -> None:
    archive = Path(shutil.copytree(story.archive, tmp_path / "archive"))
    done = replay(archive, archive / "warc", *RULES)
    assert done.report["archived"].keys() == {"unchanged"}
    check_is_the_same(archive, story.archive)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_killed_replay_goes_on(story: Eventful, tmp_path: Path, share: float) -> None:
    archive, wanted = tmp_path / "archive", versions(story.archive)
    shutil.copytree(story.archive / "warc", archive / "warc")
    line = command("crawl", "replay", "-a", f"path={archive / 'warc'}", *RULES, archive=archive)
    enough = len(wanted) * share
    code, _ = stop(line, signal.SIGKILL, lambda: len(versions(archive)) >= enough)
    assert code == -signal.SIGKILL
    assert len(versions(archive)) < len(wanted)
    replay(archive, archive / "warc", *RULES)
    check_is_the_same(archive, story.archive)


@pytest.mark.parametrize("bad", [answer("Not Found", 404), answer("<html>")])
def test_what_was_counted_is_not_counted_again(tmp_path: Path, bad: Answer) -> None:
    """Of an article that is new, and is asked for again tomorrow."""
    archive, target = tmp_path / "archive", tmp_path / "again"
    published = (datetime.now(UTC) - timedelta(hours=2)).replace(microsecond=0)
    fresh = replace(ARTICLES[NAME], published=published.astimezone(SHANGHAI), updated=None)
    with Changing() as site:
        site.pages_now[NAME] = answer(render(fresh, fresh.template, 1))
        crawl(archive, site, *ONE)
        whole, site.pages_now[NAME] = site.pages_now[NAME], bad
        again(archive, site)
        rebuilt(archive, target)
        check_is_the_same(target, archive)
        site.pages_now[NAME] = whole
        again(archive, site)
    shutil.copytree(archive / "warc", target / "warc", dirs_exist_ok=True)
    for part in ("*.warc.gz", files(archive)[1].name, "*.warc.gz"):
        replay(target, target / "warc" / part)
        check_is_the_same(target, archive)


def test_an_archive_goes_on_after_it_was_made_again(
    story: Eventful, made_again: tuple[Path, Completed], tmp_path: Path
) -> None:
    """A crawl of what was made again finds nothing that it would not find in the first one."""
    archive = Path(shutil.copytree(made_again[0], tmp_path / "archive"))
    with Site() as site:
        done = crawl(archive, site, "-a", "channels=china")
    assert done.report["archived"] == {}
    assert posts(archive) == posts(story.archive)


def test_a_whole_crawl_comes_back(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    crawled: Crawled = whole_crawl(tmp_path_factory)
    rebuilt(crawled.archive, tmp_path / "archive")
    check_is_the_same(tmp_path / "archive", crawled.archive)
    assert {row["doc_id"]: row for row in export(tmp_path / "archive")} == crawled.rows


def test_what_is_not_restored(tmp_path: Path) -> None:
    """What was asked for in vain, walks and runs: docs/provenance.md names them."""

    archive, target = tmp_path / "archive", tmp_path / "again"
    with Changing() as site:
        site.pages_now[NAME] = answer("oops", 500)
        assert crawl(archive, site, *ONE).report["failed"] == {"http_error": 1}
    rebuilt(archive, target)
    assert ledger(archive, "SELECT state, attempts FROM link") == [("todo", 1)]
    assert ledger(target, "SELECT state, attempts FROM link") == [("todo", 0)]
    assert ledger(archive, "SELECT count(*) FROM walk") == [(1,)]
    assert ledger(target, "SELECT count(*) FROM walk") == [(0,)]
    assert ledger(target, "SELECT spider FROM run") == [("replay",)]
    with Changing() as site:
        assert crawl(target, site, *ONE).report["archived"] == {"new": 1}


def test_answers_of_all_kinds(tmp_path: Path) -> None:
    """A status that is fine, though not 200; a page that is too large when it is unpacked."""
    archive, target = tmp_path / "archive", tmp_path / "again"
    bomb = gzip.compress(page(NAME).encode() + bytes(9_000_000))
    with Changing([NAME, OTHER]) as site:
        site.pages_now[OTHER] = answer(page(OTHER), 203)
        site.pages_now[NAME] = answer(bomb, 200, **{"Content-Encoding": "gzip"})
        done = crawl(archive, site, *ONE)
    assert (done.report["archived"], done.report["failed"]) == ({"new": 1}, {"too_large": 1})
    done = rebuilt(archive, target)
    assert (done.report["archived"], done.report["failed"]) == ({"new": 1}, {"too_large": 1})
    assert versions(target) == versions(archive)
    assert known(target, "article") == known(archive, "article")
    states = "SELECT doc_id, state FROM link ORDER BY doc_id"
    assert ledger(target, states) == ledger(archive, states)


def test_nothing_is_recorded_where_that_is_off(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Changing() as site:
        assert crawl(archive, site, *ONE, "-s", "WARC_ENABLED=False").code == 0
    assert not (archive / "warc").exists()
    assert ledger(archive, "SELECT warc_file, warc_offset FROM article") == [("", None)]
    assert ledger(archive, "SELECT count(*) FROM warc") == [(0,)]


def test_what_no_file_has_stays_away(story: Eventful, tmp_path: Path) -> None:
    """Of a file that is lost the captures are; what was a revisit of them is no page."""
    archive = tmp_path / "archive"
    shutil.copytree(story.archive / "warc", archive / "warc")
    files(archive)[1].unlink()
    done = replay(archive, archive / "warc", *RULES)
    assert "internal" not in done.report["failed"]
    assert 0 < len(posts(archive)) < len(posts(story.archive))
    assert scrapy("verify", archive=archive).code == 0


def test_a_replay_with_another_archive_has_no_positions(story: Eventful, tmp_path: Path) -> None:
    """The files are not the archive's own: its ledger does not name them."""
    archive = tmp_path / "archive"
    replay(archive, story.archive / "warc", *RULES)
    assert versions(archive) == versions(story.archive)
    assert ledger(archive, "SELECT DISTINCT warc_file, warc_offset FROM article") == [("", None)]


def test_damage_costs_what_is_damaged(tmp_path: Path) -> None:
    """One byte of one page: the file's other pages come back, and the report tells."""
    archive, target = tmp_path / "archive", tmp_path / "again"
    with Site() as site:
        crawl(archive, site, "-a", "channels=china")
    shutil.copytree(archive / "warc", target / "warc")
    (row,) = ledger(archive, "SELECT doc_id, warc_offset FROM article ORDER BY doc_id LIMIT 1")
    with open(files(target)[0], "r+b") as file:
        file.seek(row[1] + 700)
        byte = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte[0] ^ 0x10]))
    done = replay(target, target / "warc")
    assert done.report["failed"]["truncated"] == 1
    assert "internal" not in done.report["failed"]
    lost = versions(archive).keys() - versions(target).keys()
    assert [path for path in lost if row[0] in path] == list(lost)
    assert len(lost) == 1
    assert versions(target).items() <= versions(archive).items()


def test_a_revisit_is_a_sighting(tmp_path: Path) -> None:
    """A page as it was: no second copy of it, and the re-check comes back."""
    archive, target = tmp_path / "archive", tmp_path / "again"
    with Changing() as site:
        crawl(archive, site, *ONE)
        again(archive, site)
        site.pages_now[NAME] = answer(page(NAME) + "<!-- x -->")
        again(archive, site)
    first, second, third = (captures(path) for path in files(archive))
    original = next(each for each in first if NAME in each.url)
    seen = next(each for each in second if NAME in each.url)
    other = next(each for each in third if NAME in each.url)
    assert (original.revisit, seen.revisit, other.revisit) == (False, True, False)
    assert seen.digest == original.digest
    assert (seen.body, seen.status) == (b"", 200)
    rebuilt(archive, target)
    check_is_the_same(target, archive)
    with closing(sqlite3.connect(target / "ledger.db")) as connection:
        ((checked_at,),) = connection.execute("SELECT checked_at FROM recheck")
    assert checked_at == f"{other.at:%Y-%m-%dT%H:%M:%S}.{other.at.microsecond // 1000:03}Z"


def test_without_the_earlier_capture_a_page_is_written_whole(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Changing() as site:
        crawl(archive, site, *ONE)
        files(archive)[0].unlink()
        again(archive, site)
    (path,) = files(archive)
    (found,) = (each for each in captures(path) if NAME in each.url)
    assert (found.revisit, found.body.decode()) == (False, page(NAME))
    assert tree(archive / "posts")
