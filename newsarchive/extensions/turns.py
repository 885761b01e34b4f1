"""The turns of several workers at asking the site: the gate, and what is counted of all of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from newsarchive import clock
from newsarchive.cluster import GATES
from newsarchive.exceptions import Blocked, NewsarchiveError, Reason, StorageError
from newsarchive.extensions.patience import FAILURES, Patience
from newsarchive.extensions.run import Run, stopping
from newsarchive.extensions.worker import Worker
from newsarchive.items import Miss
from newsarchive.log import visible

logger = logging.getLogger(__name__)


class Turns:
    """With CLUSTER_URL: the gate of whatever asks the site. The pace is the gate's alone."""

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        if not settings["CLUSTER_URL"] or not hasattr(crawler.spidercls, "allowed_domains"):
            raise NotConfigured
        from newsarchive.cluster.gate import Gate, connect  # which needs redis

        self._crawler = crawler
        self._telling: set[asyncio.Task[None]] = set()
        GATES[crawler] = self._gate = Gate(
            connect(settings["CLUSTER_URL"]),
            delay=settings.getfloat("DOWNLOAD_DELAY"),
            jitter=settings.getfloat("DOWNLOAD_DELAY_JITTER"),
            patience=settings.getfloat("CLUSTER_PATIENCE"),
            heard=self._heard,
        )
        settings.set("DOWNLOAD_DELAY", 0, priority="cmdline")  # a second one would come on top
        crawler.signals.connect(self._opened, signals.spider_opened)
        crawler.signals.connect(self._stopping, stopping)
        crawler.signals.connect(self._closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Turns:
        return cls(crawler)

    def _heard(self) -> None:
        if worker := self._crawler.get_extension(Worker):
            worker.hear()

    def _opened(self) -> None:
        self._run = self._crawler.get_extension(Run)
        if self._run is None:  # a check of the channels: in turn with the workers, on its own
            ledger: str = self._crawler.spider.ledger  # type: ignore[union-attr]
            self._gate.open(ledger, f"check {clock.now().timestamp()}")
            self._gate.closed = lambda: not self._crawler.crawling
            return
        run, share = self._run, self._run.share
        assert share is not None, "Run shares the crawl"
        self._crew = share.crew
        self._gate.open(run.ledger.identity(), self._crew.generation)
        self._gate.closed = lambda: run.fault is not None or not self._crawler.crawling
        run.patience = _Shared(self._crawler, self)

    def count(self, what: str, miss: Miss) -> None:
        """One more `refused` or `failed` of the crawl."""
        self._tell(self._count(what, miss))

    def answered(self) -> None:
        """The site gave an answer that is no error."""
        self._gate.answered()

    def _tell(self, told: Coroutine[Any, Any, None]) -> None:
        """Beside what goes on; who closes waits for it."""
        task = asyncio.ensure_future(told)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _count(self, what: str, miss: Miss) -> None:
        times = await self._gate.count(what)
        run = Run.of(self._crawler)
        fault: NewsarchiveError | None = getattr(run.patience, what)(times, miss)
        if fault is not None and run.fault is None:
            self._stop_all(fault)
            run.stop(fault)

    def _stopping(self, fault: NewsarchiveError) -> None:
        if isinstance(fault, Blocked):  # what is this worker's alone ends nobody else
            self._stop_all(fault)

    def _stop_all(self, fault: NewsarchiveError) -> None:
        try:
            self._crew.stop(str(fault), int(fault.exit_code))
        except StorageError as error:
            logger.error("%s", visible(str(error)))
        self._tell(self._gate.stop())

    async def _closed(self) -> None:
        await asyncio.gather(*self._telling, return_exceptions=True)
        await self._gate.close()


class _Shared(Patience):
    """The refusals of all workers, and their failures in a row."""

    def __init__(self, crawler: Crawler, turns: Turns) -> None:
        super().__init__(crawler.settings)
        self._turns = turns

    def answered(self) -> None:
        super().answered()
        self._turns.answered()

    def missed(self, miss: Miss) -> NewsarchiveError | None:
        """As in a run that is alone, where this worker alone has the trouble."""
        if miss.subject.startswith("http"):
            if miss.reason is Reason.BLOCKED:
                self._turns.count("refused", miss)
            elif miss.reason in FAILURES:
                self._turns.count("failed", miss)
        return super().missed(miss)
