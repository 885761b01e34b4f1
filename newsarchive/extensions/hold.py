"""What a run holds of its archive while it works."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import NamedTuple

from scrapy.settings import BaseSettings

from newsarchive import clock
from newsarchive.archive import lock
from newsarchive.archive.report import Report
from newsarchive.archive.store import Store
from newsarchive.exceptions import NewsarchiveError, StorageError
from newsarchive.extensions.patience import heed

#: A password in a URL on the command line.
_PASSWORD = re.compile(r"(://[^:/@\s]*):[^@\s]*@")


class Hold:
    """The lock, the ledger's row of the run, and its report.

    *asks*: whether it asks the site. Raises Locked and StorageError where it cannot be had, Blocked
    where the site is not to be asked yet.
    """

    def __init__(self, settings: BaseSettings, spider: str, *, asks: bool) -> None:
        command = _PASSWORD.sub(r"\1:***@", shlex.join(["scrapy", *sys.argv[1:]]))
        self.report = Report(clock.now(), spider, command)
        self._lock = lock.acquire(root_of(settings))
        try:
            self.store = Store.open(root_of(settings), settings["LEDGER_URL"], create=True)
            self.store.sweep()
            if asks:
                heed(self.store.ledger.wait_until())
            self.store.ledger.begin_run(self.report.name, spider, self.report.started_at)
        except NewsarchiveError:
            self._lock.release()
            raise

    def close(self) -> None:
        """Write the report, and let go. Raises StorageError; it lets go all the same."""
        report = self.report
        assert report.ended_at is not None, "the run says when it ended"
        try:
            sha256 = report.write(self.store.root)
            self.store.ledger.end_run(report.name, report.ended_at, report.exit_code, sha256)
        except OSError as error:
            raise StorageError(f"the report: {error}") from error
        finally:
            self.store.close()
            self._lock.release()


class Part(NamedTuple):
    """The part of one of several workers in a run that another process holds."""

    number: int  #: from 0
    workers: int
    parent: int  #: the process that holds it


class Borrowed:
    """As `Hold`, for a worker: another process has the lock, and writes the report."""

    def __init__(self, settings: BaseSettings, spider: str) -> None:
        self.report = Report(clock.now(), spider)
        self.store = Store.open(root_of(settings), settings["LEDGER_URL"], create=True)

    def close(self) -> None:
        """Let go of the ledger."""
        self.store.close()


def root_of(settings: BaseSettings) -> Path:
    """The folder of the archive."""
    return Path(settings["ARCHIVE_DIR"]).absolute()
