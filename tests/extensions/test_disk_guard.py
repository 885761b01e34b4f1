"""A run stops before the disk is full: what was asked for is stored, and the rest stays to do."""

from __future__ import annotations

import errno
from pathlib import Path

from tests.faults import truth
from tests.faults.shim import environment as armed
from tests.running import Completed, Site, crawl, ledger, posts


def crawled(shim: Path, archive: Path, site: Site, spec: str, *args: str) -> Completed:
    """A crawl on a disk that has nothing free, from some look at it on."""
    more = armed(shim, archive, spec)
    return crawl(archive, site, "-a", "channels=china", *args, more=more)


def check_is_told(done: Completed, archive: Path) -> None:
    assert done.code == 3
    assert "Traceback" not in done.err
    said = f"{archive}: 0 MB free, DISK_FREE_MIN=200"
    assert done.err.splitlines()[-1] == f"newsarchive: {said}"
    assert (done.report["exit_code"], done.report["finish_reason"]) == (3, "storageerror")


def test_a_full_disk_is_not_written_to(shim: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Site() as site:
        check_is_told(crawled(shim, archive, site, "statvfs:1+:full"), archive)
        assert site.requests == []
        assert posts(archive) == {}
        # 0: nobody looks.
        done = crawled(shim, archive, site, "statvfs:1+:full", "-s", "DISK_FREE_MIN=0")
    assert done.code == 0
    assert posts(archive)


def test_a_disk_that_fills_stops_the_run(shim: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Site() as site:
        check_is_told(crawled(shim, archive, site, "statvfs:6+:full"), archive)
        found = posts(archive)
        assert 5 <= len(found) < 32 + 12  # what waited for the store is on its way
        assert truth.untrue(archive) == truth.leftovers(archive) == []
        assert ledger(archive, "SELECT count(*) FROM link WHERE state = 'todo'")[0][0] > 0
        # With room again the rest follows.
        assert crawled(shim, archive, site, "").code == 0
    assert posts(archive).items() > found.items()


def test_a_disk_that_does_not_say(shim: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Site() as site:
        done = crawled(shim, archive, site, f"statvfs:1:{errno.EIO}")
    assert done.code == 3
    assert done.err.splitlines()[-1] == f"newsarchive: {archive}: Input/output error"


def test_a_number_that_is_none(tmp_path: Path) -> None:
    with Site() as site:
        done = crawl(tmp_path / "archive", site, "-s", "DISK_FREE_MIN=much")
    assert (done.code, site.requests) == (2, [])
