"""One of several workers of a crawl: says that it is there, hears of a stop, and tells of its own.

Where the others do its work by now, or cannot be heard of any more, it ends.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Coroutine
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from newsarchive.cluster import GATES
from newsarchive.exceptions import Blocked, NewsarchiveError, Reason, StorageError
from newsarchive.extensions.patience import FAILURES, Patience, stopped
from newsarchive.extensions.run import Dropped, Run, stopping
from newsarchive.items import Article, Miss
from newsarchive.log import visible

logger = logging.getLogger(__name__)

#: So often in a lease a worker says that it is there.
_BEATS = 4


class Worker:
    """With CLUSTER_URL: the beats of a run, and its gate."""

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        if not settings["CLUSTER_URL"] or not hasattr(crawler.spidercls, "allowed_domains"):
            raise NotConfigured
        from newsarchive.cluster.gate import Gate, connect  # which needs redis

        self._crawler = crawler
        self._lease = settings.getfloat("CLUSTER_LEASE")
        self._beaten = time.monotonic()
        self._heard = asyncio.Event()
        self._over = threading.Event()
        self._telling: set[asyncio.Task[None]] = set()
        GATES[crawler] = self._gate = Gate(
            connect(settings["CLUSTER_URL"]),
            delay=settings.getfloat("DOWNLOAD_DELAY"),
            jitter=settings.getfloat("DOWNLOAD_DELAY_JITTER"),
            patience=settings.getfloat("CLUSTER_PATIENCE"),
            heard=self._heard.set,
        )
        connect_to = crawler.signals.connect
        connect_to(self._opened, signals.spider_opened)
        connect_to(self._scraped, signals.item_scraped)
        connect_to(self._dropped, signals.item_dropped)
        connect_to(self._broke, signals.item_error)
        connect_to(self._broke, signals.spider_error)
        connect_to(self._stopping, stopping)
        connect_to(self._closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Worker:
        return cls(crawler)

    def _opened(self) -> None:
        self._run = Run.of(self._crawler)
        assert self._run.share is not None, "Run shares the crawl"
        self._leases = self._run.share.leases
        self._gate.open(self._leases.archive, self._leases.generation)
        self._gate.closed = lambda: self._run.fault is not None or not self._crawler.crawling
        self._run.patience = _Shared(self._crawler, self)
        self._beating = asyncio.ensure_future(self._beat())
        threading.Thread(target=self._watch, name="watch", daemon=True).start()

    async def _beat(self) -> None:
        assert self._run.share is not None
        while True:
            try:
                told = self._leases.beat(self._run.share.counts())
            except StorageError as error:
                self._run.stop(error)
                return
            self._beaten = time.monotonic()
            if told is not None:
                self._run.stop(stopped(*told))
                return
            self._heard.clear()
            try:
                await asyncio.wait_for(self._heard.wait(), self._lease / _BEATS)
            except asyncio.TimeoutError:
                continue

    def _watch(self) -> None:
        """In a thread: hang up on a ledger that has not answered for a lease. Who waits for its
        answer would wait for ever, where the line was cut without a word."""
        while not self._over.wait(self._lease / _BEATS):
            if time.monotonic() - self._beaten > self._lease:
                self._run.ledger.cut()
                self._beaten = time.monotonic()

    def count(self, what: str, miss: Miss) -> None:
        """One more `refused` or `failed` of the crawl."""
        self._tell(self._count(what, miss))

    def _tell(self, told: Coroutine[Any, Any, None]) -> None:
        """Beside what goes on; who closes waits for it."""
        task = asyncio.ensure_future(told)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _count(self, what: str, miss: Miss) -> None:
        times = await self._gate.count(what)
        fault: NewsarchiveError | None = getattr(self._run.patience, what)(times, miss)
        if fault is not None and self._run.fault is None:
            self._stop_all(fault)
            self._run.stop(fault)

    def answered(self) -> None:
        """The site gave an answer that is no error."""
        self._gate.answered()

    def _stopping(self, fault: NewsarchiveError) -> None:
        if isinstance(fault, Blocked):  # what is this worker's alone ends nobody else
            self._stop_all(fault)

    def _stop_all(self, fault: NewsarchiveError) -> None:
        try:
            self._leases.stop(str(fault), int(fault.exit_code))
        except StorageError as error:
            logger.error("%s", visible(str(error)))
        self._tell(self._gate.stop())

    # What is done with

    def _scraped(self, item: Any) -> None:
        if isinstance(item, Article):
            self._leases.finish(item.linked_as or item.doc_id)

    def _dropped(self, exception: Exception) -> None:
        if isinstance(exception, Dropped):
            self._leases.finish(exception.miss.doc_id)

    def _broke(self, response: Any = None, item: Any = None) -> None:
        link = response.meta.get("link") if getattr(response, "request", None) else None
        self._leases.finish(getattr(link, "doc_id", "") or getattr(item, "linked_as", ""))

    async def _closed(self) -> None:
        self._over.set()
        self._beating.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)
        await self._gate.close()


class _Shared(Patience):
    """The refusals of all workers, and their failures in a row."""

    def __init__(self, crawler: Crawler, worker: Worker) -> None:
        super().__init__(crawler.settings)
        self._worker = worker

    def answered(self) -> None:
        super().answered()
        self._worker.answered()

    def missed(self, miss: Miss) -> NewsarchiveError | None:
        """As in a run that is alone, where this worker alone has the trouble."""
        if miss.subject.startswith("http"):
            if miss.reason is Reason.BLOCKED:
                self._worker.count("refused", miss)
            elif miss.reason in FAILURES:
                self._worker.count("failed", miss)
        return super().missed(miss)
