"""What a run holds of its archive while it works."""

from __future__ import annotations

import os
import re
import shlex
import socket
import sys
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from newsarchive import clock
from newsarchive.archive import atomic, lock
from newsarchive.archive.crew import Crew
from newsarchive.archive.leases import Leases
from newsarchive.archive.report import Report
from newsarchive.archive.store import Store
from newsarchive.archive.tasks import Tasks
from newsarchive.exceptions import StorageError
from newsarchive.extensions.patience import heed

#: A password in a URL on the command line: before its host, or among its parameters.
_PASSWORD = re.compile(r"(?s)(?<=://)([^:/@]*:).*(?=@)|(?<=[?&])(password=)[^&]*")


#: What Scrapy counts of what a report tells.
STATS = {
    "requests": "downloader/request_count",
    "retries": "retry/count",
    "bytes": "downloader/response_bytes",
}
_STATUS = "downloader/response_status_count/"


class Hold:
    """The lock, the ledger's row of the run, and its report.

    *asks*: whether it asks the site. Raises Locked and StorageError where it cannot be had, Blocked
    where the site is not to be asked yet.
    """

    def __init__(self, settings: BaseSettings, spider: str, *, asks: bool) -> None:
        self.report = Report(clock.now(), spider, _command())
        self._lock = lock.acquire(root_of(settings))
        with ExitStack() as undone:
            undone.callback(self._lock.release)
            self.store = _store_of(settings)
            undone.callback(self.store.close)
            self.store.ledger.hold()
            self.store.sweep()
            if asks:
                heed(self.store.ledger.wait_until())
            self.store.ledger.begin_run(self.report.name, spider, self.report.started_at)
            undone.pop_all()

    def close(self) -> None:
        """Write the report, and let go. Raises StorageError; it lets go all the same."""
        try:
            _tell(self.report, self.store)
        finally:
            self.store.close()
            self._lock.release()


class Share:
    """As `Hold`, for one of several workers of a crawl: each has its own run, and its own report.

    *spider* says what it was given, `arguments`, and what the workers together ask for at most,
    `pages`. Raises BadArgument where the others were given another thing, and what `Hold` does.
    """

    def __init__(self, settings: BaseSettings, spider: Any, *, asks: bool) -> None:
        host = re.sub(r"[^a-z0-9]+", "-", socket.gethostname().lower())[:24].strip("-")
        name, seconds = f"{host}-{uuid.uuid4().hex[:8]}", settings.getfloat("CLUSTER_LEASE")
        self.report = Report(clock.now(), spider.name, _command(), worker=name)
        self._stats = spider.crawler.stats
        root = root_of(settings)
        with atomic.trouble_with(root):
            root.mkdir(parents=True, exist_ok=True)
        self.store = _store_of(settings)
        with ExitStack() as undone:
            undone.callback(self.store.close)
            ledger = self.store.ledger
            ledger.share(name, seconds)
            ledger.hold()
            if asks:
                heed(ledger.wait_until())
            called = settings["CLUSTER_NAME"] or spider.name, seconds
            self.crew: Crew = (
                Leases(ledger, *called) if asks else Tasks(ledger, *called, choice=spider.choice)
            )
            told = {"run": self.report.name, "host": socket.gethostname(), "pid": os.getpid()}
            self.crew.join(spider.name, spider.arguments, spider.pages, told)
            atomic.belong_to(name)
            for dead in self.crew.dead():
                self.store.sweep(dead)
                self.crew.bury(dead)
            ledger.begin_run(self.report.name, spider.name, self.report.started_at)
            undone.pop_all()

    def counts(self) -> dict[str, Any]:
        """What the worker did so far, for the others to see: under its report's names, and what the
        site answered, by status."""
        report, stats = self.report, self._stats.get_stats()
        counted: dict[str, Any] = {
            name: dict(getattr(report, name)) for name in ("archived", "skipped", "failed")
        }
        counted |= {name: getattr(report, name) for name in ("found", "gone", "rechecks")}
        counted |= {name: stats.get(stat, 0) for name, stat in STATS.items()}
        answers = ((name.removeprefix(_STATUS), count) for name, count in stats.items())
        return counted | {"answers": {name: count for name, count in answers if name.isdigit()}}

    def close(self) -> None:
        """Write the report, leave the crawl, let go. Raises StorageError; it lets go, too."""
        try:
            _tell(self.report, self.store)
            self.crew.is_over()
            self.crew.leave(self.counts())
        finally:
            self.store.close()


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


def hold_of(crawler: Crawler, part: Part | None, *, asks: bool) -> Hold | Borrowed | Share:
    """What a run of *crawler* holds; *part*: as one of several workers of a replay."""
    settings, name = crawler.settings, crawler.spidercls.name
    if is_shared(crawler):
        return Share(settings, crawler.spider, asks=asks)
    return Borrowed(settings, name) if part else Hold(settings, name, asks=asks)


def is_shared(crawler: Crawler) -> bool:
    """Whether a run of *crawler* is one of several workers: it asks the site, with CLUSTER_URL; or
    it reads captures anew for a ledger in PostgreSQL. What a dry run prints is for one reader."""
    settings = crawler.settings
    if hasattr(crawler.spidercls, "allowed_domains"):
        return bool(settings["CLUSTER_URL"])
    reads = getattr(crawler.spider, "choice", None) is not None and not settings.getbool("DRY_RUN")
    return reads and settings["LEDGER_URL"].startswith("postgresql")


def _command() -> str:
    """What was typed, without passwords."""
    words = (_PASSWORD.sub(r"\1\2***", word) for word in sys.argv[1:])
    return shlex.join(["scrapy", *words])


def _tell(report: Report, store: Store) -> None:
    assert report.ended_at is not None, "the run says when it ended"
    try:
        sha256 = report.write(store.root)
    except OSError as error:
        raise StorageError(f"the report: {error}") from error
    store.ledger.end_run(report.name, report.ended_at, report.exit_code, sha256)


def _store_of(settings: BaseSettings) -> Store:
    """The archive, made where there is none. Raises StorageError, also where its ledger, elsewhere,
    has posts and its folder none: what is written to a wrong one nobody finds again."""
    root, url = root_of(settings), settings["LEDGER_URL"]
    store = Store.open(root, url, create=True)
    with ExitStack() as undone:
        undone.callback(store.close)
        if url and not (root / "posts").is_dir() and store.ledger.names_posts():
            raise StorageError(
                f"{root} has no posts, and the ledger {store.ledger.url} has: is that the folder "
                "of the archive, and is its file system mounted?"
            )
        undone.pop_all()
    return store


def root_of(settings: BaseSettings) -> Path:
    """The folder of the archive."""
    return Path(settings["ARCHIVE_DIR"]).absolute()
