"""A sample of faults in the real thing: exit code 3, one clear line, and the next run goes on."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from tests.conftest import FIXTURES
from tests.faults import truth
from tests.faults.shim import environment as armed
from tests.running import Completed, Site, crawl, posts, replay, reports

#: Each in a run of its own, one after the other in one archive.
FAULTS = {
    "mkdir:3": (errno.EACCES, "Permission denied"),
    "opendir:1": (errno.EIO, "Input/output error"),
    "write:2": (errno.ENOSPC, "No space left on device"),
    "pwrite:30": (errno.ENOSPC, "database or disk is full"),
    "fsync:9": (errno.EIO, "Input/output error"),
    "rename:4": (errno.EROFS, "Read-only file system"),
    "fdatasync:3": (errno.EIO, "disk I/O error"),
    "open:1+": (errno.EROFS, "Read-only file system"),
}


def check_is_told(done: Completed, message: str) -> None:
    assert done.code == 3
    assert "Traceback" not in done.err
    assert done.err.splitlines()[-1].startswith("newsarchive: ")
    assert done.err.rstrip().endswith(message)


def test_faults_during_replays(shim: Path, tmp_path: Path) -> None:
    archive, whole = tmp_path / "archive", tmp_path / "whole"
    assert replay(whole, FIXTURES / "posts").code == 0
    wanted = truth.contents(whole)
    for call, (code, message) in FAULTS.items():
        done = replay(archive, FIXTURES / "posts", more=armed(shim, archive, f"{call}:{code}"))
        check_is_told(done, message)
        assert truth.torn(archive, wanted) == truth.untrue(archive) == []
    assert replay(archive, FIXTURES / "posts").code == 0
    assert truth.unlike(archive, wanted) == truth.leftovers(archive) == []


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (f"pwrite:40+:{errno.ENOSPC}", "database or disk is full"),
        (f"rename:2:{errno.EACCES}", "Permission denied"),
    ],
)
def test_a_fault_during_a_crawl(shim: Path, tmp_path: Path, spec: str, message: str) -> None:
    archive = tmp_path / "archive"
    with Site() as site:
        line = (archive, site, "-a", "channels=us-china")
        check_is_told(crawl(*line, more=armed(shim, archive, spec)), message)
        assert truth.untrue(archive) == []
        assert crawl(*line).code == 0
        assert truth.untrue(archive) == truth.leftovers(archive) == []
        assert len(posts(archive)) == 3
        # Nothing is asked for twice that was stored.
        assert len(site.pages()) <= 3 + 3


def test_a_report_that_cannot_be_written(shim: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    one = FIXTURES / "posts" / "plain.html"
    done = replay(archive, one, more=armed(shim, archive, f"write:2:{errno.ENOSPC}"))
    check_is_told(done, "the report: [Errno 28] No space left on device")
    assert (len(posts(archive)), reports(archive)) == (1, [])
