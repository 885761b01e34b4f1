"""The run: its lock, its archive, its counts, and what it tells in the end."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from twisted.python.failure import Failure

from newsarchive import clock
from newsarchive.archive.report import Report
from newsarchive.archive.store import Outcome, Store
from newsarchive.exceptions import Blocked, ExitCode, Locked, NewsarchiveError, Reason, StorageError
from newsarchive.items import Article, Miss
from newsarchive.log import visible

logger = logging.getLogger(__name__)


class Dropped(DropItem):
    """An item that will be no post, with the Miss that is counted and reported."""

    def __init__(self, miss: Miss) -> None:
        super().__init__(
            f"{miss.reason.label}: {miss.detail}" if miss.detail else miss.reason.label
        )
        self.miss = miss


class Run:
    """What one `scrapy crawl` holds: opened before the first request, closed after the last post.

    Raises Locked and StorageError when it cannot be opened.
    """

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self.crawler = crawler
        self.fault: NewsarchiveError | None = None
        self.report = Report(started_at=clock.now())
        self._attempts_max = settings.getint("LINK_ATTEMPTS_MAX")
        self._blocks_max = settings.getint("BLOCKS_MAX")
        root = Path(settings["ARCHIVE_DIR"]).absolute()
        self._lock = _lock(root)
        try:
            self.store = Store.open(root, settings["LEDGER_URL"], create=True)
            self.ledger = self.store.ledger
            self.store.sweep()
        except NewsarchiveError:
            self._lock.release()
            raise
        connect = crawler.signals.connect
        connect(self._dropped, signals.item_dropped)
        connect(self._broke, signals.item_error)
        connect(self._broke, signals.spider_error)
        connect(self._closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Run:
        return cls(crawler)

    @classmethod
    def of(cls, crawler: Crawler) -> Run:
        """The run of *crawler*; its extensions are there before spiders start and stages open."""
        run = crawler.get_extension(cls)
        assert run is not None, "EXTENSIONS holds Run"
        return run

    @property
    def exit_code(self) -> ExitCode:
        """What the run ends with, as far as it has gone."""
        if self.fault is not None:
            return ExitCode(self.fault.exit_code)
        return ExitCode.SOME_FAILED if self.report.failed else ExitCode.DONE

    def found(self, count: int) -> None:
        """*count* links or files were found that were not known before."""
        self.report.found += count

    def archived(self, article: Article, outcome: Outcome) -> None:
        """An article went through."""
        self.report.archived[outcome.value] += 1
        if outcome is not Outcome.UNCHANGED:
            self.report.layouts[article.layout or "post"] += 1
            self.report.replacements += (article.title + article.body).count("\ufffd")

    def missed(self, miss: Miss) -> None:
        """An input did not become a post: count it, remember it, tell the ledger."""
        self.report.miss(miss)
        level = logging.WARNING if miss.reason.failure else logging.INFO
        detail = f" ({miss.detail})" if miss.detail else ""
        logger.log(level, "%s", visible(f"{miss.reason.label}: {miss.subject}{detail}"))
        if miss.doc_id:
            try:
                self.ledger.missed(miss.doc_id, miss.reason, miss.detail, self._attempts_max)
            except StorageError as error:
                self.stop(error)
        live = miss.subject.startswith("http")  # a saved page refuses nobody
        if live and self.report.failed[Reason.BLOCKED.label] >= self._blocks_max:
            self.stop(Blocked(f"the site refused {self._blocks_max} times: {miss.subject}"))

    def stop(self, fault: NewsarchiveError) -> None:
        """End the run because of *fault*; the first one names the exit code."""
        if self.fault is None:
            self.fault = fault
            logger.error("%s", fault)
            # Not awaited: this is called from inside the work that closing waits for.
            self._closing = asyncio.ensure_future(
                self.crawler.engine.close_spider_async(reason=type(fault).__name__.lower())
            )

    def close(self, reason: str) -> None:
        """Write the report and let go of everything; nothing, where that is done."""
        if self.report.ended_at is not None:
            return
        self.report.ended_at = clock.now()
        self.report.spider = self.crawler.spidercls.name
        self.report.finish_reason = reason
        self.report.requests = self.crawler.stats.get_value("downloader/request_count", 0)
        self.report.bytes = self.crawler.stats.get_value("downloader/response_bytes", 0)
        self.report.exit_code = int(self.exit_code)
        try:
            self.report.path = self.report.write(self.store.root)
        except OSError as error:
            logger.error("the report: %s", error)
            self.fault = self.fault or StorageError(f"the report: {error}")
        self.ledger.close()
        self._lock.release()

    # Signals

    def _dropped(self, exception: Exception) -> None:
        if isinstance(exception, Dropped):
            self.missed(exception.miss)

    def _broke(self, failure: Failure, response: Any = None, item: Any = None) -> None:
        subject = getattr(response, "url", "") or getattr(item, "path", "") or "?"
        link = response.meta.get("link") if getattr(response, "request", None) else None
        doc_id = getattr(link, "doc_id", "") or getattr(item, "doc_id", "")
        if isinstance(failure.value, StorageError):
            self.stop(failure.value)
        else:
            self.missed(Miss(subject, Reason.INTERNAL, repr(failure.value)[:500], doc_id))

    def _closed(self, reason: str) -> None:
        self.close(reason)


def _lock(root: Path) -> FileLock:
    """The archive's lock, held; it dies with its holder. Raises Locked, StorageError."""
    lock = FileLock(root / "run.lock")
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout as error:
        raise Locked(f"another run works on {root}") from error
    except OSError as error:
        raise StorageError(f"{root}: {error.strerror or error}") from error
    return lock
