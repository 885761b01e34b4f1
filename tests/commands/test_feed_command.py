"""`scrapy feed`: which files, when they are written, and what other commands make of them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest

from newsarchive.archive import atomic, lock
from tests.archive.small import BACK, EDITED, GONE, OTHER, T0, an_article, at, opened
from tests.commands.archives import busy, command
from tests.running import replay, tree

FLASH = "live-152-4913048"


@pytest.fixture
def archive(small: Path) -> Path:
    """The small archive, with a flash, newer than all else."""
    with opened(small) as store, at(T0 + timedelta(days=1)) as now:
        store.put(an_article(FLASH, 1, now, channel="live", date="Fri, 06 Aug 2021 07:54:29 GMT"))
    return small


def read(path: Path) -> Any:
    found = feedparser.parse(path.read_bytes())
    assert not found.bozo
    return found


def ids(path: Path) -> list[str]:
    return [item.id.removeprefix("tag:newsarchive.invalid,2021:") for item in read(path).entries]


def test_one_for_each_channel_and_one_for_all(archive: Path) -> None:
    done = command("feed", archive=archive)
    assert (done.code, done.err) == (0, "")
    assert done.out == f"8 files in {archive}/feeds, 8 of them written.\n"
    names = ("all", "china", "live", "macro")
    files = {f"{name}.{form}" for name in names for form in ("atom", "rss")}
    assert {path.name for path in (archive / "feeds").iterdir()} == files | {atomic.TEMPORARY}
    everything = [GONE, BACK, OTHER, EDITED]
    for form in ("atom", "rss"):
        assert ids(archive / f"feeds/china.{form}") == everything
        assert ids(archive / f"feeds/macro.{form}") == [EDITED]
        assert ids(archive / f"feeds/live.{form}") == [FLASH]
        assert len(ids(archive / f"feeds/all.{form}")) == 5  # the replayed one, too; no flash
    assert read(archive / "feeds/live.rss").feed.title == "新浪财经－7x24"


def test_the_newest_first(archive: Path) -> None:
    with opened(archive) as store, at(T0 + timedelta(days=1)) as now:
        for number, day in ((1, 4), (2, 6), (3, 5)):
            date = f"{T0.replace(day=day):%a, %d %b %Y} 01:00:00 GMT"
            store.put(an_article(f"kqteste000060{number}", 1, now, channel="us", date=date))
    command("feed", "--channel", "us", archive=archive)
    assert ids(archive / "feeds/us.rss") == [f"kqteste000060{number}" for number in (2, 3, 1)]


def test_full_texts_of_current_versions_with_when_they_changed(archive: Path) -> None:
    command("feed", archive=archive)
    (entry,) = read(archive / "feeds/macro.atom").entries
    assert "第3版" in entry.content[0].value
    assert entry.published == "2021-08-05T07:54:29+00:00"
    assert entry.updated == "2021-08-05T09:54:29.123000+00:00"
    assert entry.link == f"https://finance.sina.com.cn/{EDITED}.shtml"


def test_what_is_the_same_is_not_written_again(archive: Path) -> None:
    command("feed", archive=archive)
    before = {path: path.stat().st_mtime_ns for path in (archive / "feeds").glob("*.*")}
    done = command("feed", archive=archive)
    assert done.out.endswith("8 files in " + str(archive / "feeds") + ", 0 of them written.\n")
    assert {path: path.stat().st_mtime_ns for path in before} == before
    with opened(archive) as store, at(T0 + timedelta(days=2)) as now:
        store.put(an_article(EDITED, 9, now))
    done = command("feed", archive=archive)
    assert ", 6 of them written." in done.out  # not those of the flashes
    assert "第9版" in read(archive / "feeds/macro.rss").entries[0].content[0].value
    assert ids(archive / "feeds/macro.rss") == [EDITED]


def test_options(archive: Path, tmp_path: Path) -> None:
    line = ("--channel", "china", "--limit", "2", "--url", "https://example.org/feeds")
    done = command("feed", "-o", str(tmp_path / "a b"), *line, archive=archive)
    assert (done.code, done.err) == (0, "")
    assert sorted(path.name for path in (tmp_path / "a b").glob("*.*")) == [
        atomic.TEMPORARY,
        "china.atom",
        "china.rss",
    ]
    assert not (archive / "feeds").exists()
    found = read(tmp_path / "a b/china.rss")
    assert [item.id[-14:] for item in found.entries] == [GONE, BACK]
    assert {link.href for link in found.feed.links if link.rel == "self"} == {
        "https://example.org/feeds/china.rss"
    }
    command("feed", "--channel", "all", archive=archive)
    assert {path.name for path in (archive / "feeds").glob("*.*")} >= {"all.atom", "all.rss"}
    assert not (archive / "feeds/china.rss").exists()


def test_a_channel_that_listed_nothing_has_no_feed(archive: Path) -> None:
    done = command("feed", "--channel", "us", archive=archive)
    assert (done.code, done.out[:8]) == (0, "0 files ")


@pytest.mark.parametrize(
    "line",
    [("--limit", "0"), ("--limit", "x"), ("--channel", "nosuch"), ("--url", "feeds/"), ("more",)],
)
def test_wrong_usage(archive: Path, line: tuple[str, ...]) -> None:
    done = command("feed", *line, archive=archive)
    assert (done.code, done.out) == (2, "")
    assert not (archive / "feeds").exists()


def test_no_archive_is_said(tmp_path: Path) -> None:
    done = command("feed", archive=tmp_path / "archive")
    assert (done.code, done.out) == (3, "")
    assert list(tmp_path.iterdir()) == []


def test_beside_a_run_but_not_beside_another(archive: Path) -> None:
    with busy(archive):
        assert command("feed", archive=archive).code == 0
    held = lock.acquire(archive / "feeds" / atomic.TEMPORARY, "feeds")
    try:
        assert command("feed", archive=archive).code == 75
    finally:
        held.release()


def test_a_folder_that_cannot_be_written(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = command("feed", "-o", str(tmp_path / "file"), archive=archive)
    assert (done.code, done.out) == (3, "")
    (tmp_path / "folder/china.atom").mkdir(parents=True)
    done = command("feed", "-o", str(tmp_path / "folder"), archive=archive)
    assert (done.code, done.out) == (3, "")


def test_a_broken_post_is_left_out_and_told_once(archive: Path) -> None:
    next((archive / "posts").rglob(f"*{EDITED}.html")).write_bytes(b"rotten")
    done = command("feed", archive=archive)
    assert done.code == 1
    (complaint,) = done.err.splitlines()
    assert EDITED in complaint
    assert ids(archive / "feeds/china.atom") == [GONE, BACK, OTHER]
    assert not (archive / "feeds/macro.atom").exists()


def test_other_commands_leave_them_alone(archive: Path, tmp_path: Path) -> None:
    command("feed", archive=archive)
    before = tree(archive / "feeds")
    done = command("verify", "--repair", archive=archive)
    assert (done.code, "0 damaged, 0 loose ends" in done.out) == (0, True)
    replay(tmp_path / "copy", archive)  # which would tell of files that are no posts
    assert tree(archive / "feeds") == before
