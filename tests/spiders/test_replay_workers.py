"""A replay by several processes does what one does."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest
from scrapy.settings import Settings

from newsarchive import workers
from newsarchive.extensions.hold import Part
from newsarchive.post import document
from tests.archive.small import dump
from tests.conftest import FIXTURES
from tests.faults import truth
from tests.fork import PATIENCE, Process
from tests.running import (
    Crawled,
    command,
    ledger,
    posts,
    replay,
    reports,
    started,
)

#: Posts that two workers do not get through while a process is killed.
MANY = 500


def comparable(archive: Path) -> dict[str, list[str]]:
    """What the ledger says but of runs."""
    return {name: rows for name, rows in dump(archive).items() if name != "run"}


@pytest.fixture
def warc_only(crawled: Crawled, tmp_path: Path) -> Path:
    """An archive of which the WARC files alone are left."""
    archive = tmp_path / "archive"
    shutil.copytree(crawled.archive / "warc", archive / "warc")
    return archive


def test_the_same_result_by_one_and_by_several(warc_only: Path, tmp_path: Path) -> None:
    one = tmp_path / "one"
    shutil.copytree(warc_only, one)
    alone = replay(one, one / "warc")
    shared = replay(warc_only, warc_only / "warc", "-a", "workers=3")
    assert shared.code == alone.code == 1  # the page without a body
    assert truth.tree(warc_only / "posts") == truth.tree(one / "posts")
    assert comparable(warc_only) == comparable(one)
    for name in ("found", "archived", "skipped", "failed", "layouts", "exit_code"):
        assert shared.report[name] == alone.report[name]
    assert sorted(map(str, shared.report["misses"])) == sorted(map(str, alone.report["misses"]))
    assert [reports(warc_only)[0].stem] == [
        row[0] for row in ledger(warc_only, "SELECT name FROM run")
    ]


def test_each_post_is_counted_once(tmp_path: Path) -> None:
    folder = tmp_path / "posts"
    folder.mkdir()
    post = next((FIXTURES / "posts").glob("*.html")).read_bytes()
    for number in range(12):
        (folder / f"t-kqtesta{number:07}.html").write_bytes(post)
    shared = replay(tmp_path / "archive", folder, "-a", "workers=3")
    assert (shared.report["found"], shared.report["archived"]) == (12, {"new": 12})


def test_posts_without_an_id_are_told_apart_as_by_one(tmp_path: Path) -> None:
    """The same body under several titles: which comes first decides on the names."""
    folder = tmp_path / "posts"
    folder.mkdir()
    post = document.read(next((FIXTURES / "posts").glob("*.html")).read_bytes())
    for number in range(12):
        post.title = f"题{number}"
        (folder / f"{number:02}.html").write_bytes(document.write(post))
    alone, shared = tmp_path / "alone", tmp_path / "shared"
    codes = replay(alone, folder).code, replay(shared, folder, "-a", "workers=4").code
    assert codes == (0, 0)
    assert posts(alone).keys() == posts(shared).keys()
    assert len(posts(shared)) == 12


@pytest.mark.parametrize("number", ["0", "-1", "two", ""])
def test_a_number_that_is_none(tmp_path: Path, number: str) -> None:
    done = replay(tmp_path / "archive", tmp_path, "-a", f"workers={number}")
    assert done.code == 2
    assert done.err == f"newsarchive: workers={number}: not a number above zero\n"
    assert not (tmp_path / "archive").exists()


def test_trouble_of_a_worker_ends_the_run(warc_only: Path) -> None:
    (warc_only / "posts").write_text("a file where the folder is to be")
    done = replay(warc_only, warc_only / "warc", "-a", "workers=2")
    assert done.code == 3
    assert done.err.splitlines()[-1].startswith(f"newsarchive: {warc_only}/posts")
    assert done.report["exit_code"] == 3


def test_a_worker_that_cannot_have_the_archive_says_why(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("no database")
    settings = Settings({"ARCHIVE_DIR": str(tmp_path)}, priority="cmdline")
    settings.setmodule("newsarchive.settings")
    context = multiprocessing.get_context("spawn")
    results, theirs = context.Pipe(duplex=False)
    told = settings, {"path": str(tmp_path)}, Part(0, 1, os.getpid()), theirs
    worker = context.Process(target=workers._work, args=told)
    worker.start()
    theirs.close()
    _, why = results.recv()
    worker.join()
    assert str(tmp_path / "ledger.db") in why
    assert worker.exitcode == 0


def begun(archive: Path, folder: Path) -> Process:
    """Two workers that have MANY posts of *folder* to do, and have done the first."""
    folder.mkdir()
    post = document.read(next((FIXTURES / "posts").glob("*.html")).read_bytes())
    for number in range(MANY):
        post.title = f"题{number}"
        (folder / f"t-kqtesta{number:07}.html").write_bytes(document.write(post))
    line = command("crawl", "replay", "-a", f"path={folder}", "-a", "workers=2", archive=archive)
    process = started(line)
    while not truth.posts(archive):
        time.sleep(0.01)
    return process


def test_a_signal_to_stop_is_one_to_the_workers(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    process = begun(archive, tmp_path / "many")
    process.terminate()
    assert process.wait(PATIENCE) == 0
    (report,) = reports(archive)
    assert json.loads(report.read_bytes())["finish_reason"] == "shutdown"
    assert 0 < len(truth.posts(archive)) < MANY


def test_workers_stop_when_the_one_that_holds_the_archive_is_killed(tmp_path: Path) -> None:
    archive, folder = tmp_path / "archive", tmp_path / "many"
    process = begun(archive, folder)
    process.kill()
    process.wait()
    before = -1
    while before != (found := len(truth.posts(archive))):
        before = found
        time.sleep(1)
    assert found < MANY
    # The next run goes on.
    done = replay(archive, folder, "-a", "workers=2")
    assert done.code == 0
    assert len(truth.posts(archive)) == MANY
    assert truth.untrue(archive) == truth.leftovers(archive) == []


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_workers_begin(
    warc_only: Path, tmp_path: Path, number: signal.Signals
) -> None:
    """Ctrl-C goes to them all, SIGTERM to the one that was started."""
    line = command(
        "crawl", "replay", "-a", f"path={warc_only / 'warc'}", "-a", "workers=2", archive=warc_only
    )
    err = tmp_path / "err"
    process = started(line, err=err, session=True)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while len(children.read_text().split()) < 2:  # the first only cleans up behind the others
        time.sleep(0.001)
    (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
    assert (process.wait(PATIENCE), err.read_bytes()) == (0, b"")
    assert len(reports(warc_only)) == 1
    assert len(truth.posts(warc_only)) < 20  # it went no further
