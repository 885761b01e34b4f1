"""One of several workers: says that it is there, and hears of a stop.

Where the others do its work by now, or cannot be heard of any more, it ends.
"""

from __future__ import annotations

import asyncio
import threading
import time

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from newsarchive.exceptions import StorageError
from newsarchive.extensions.hold import is_shared
from newsarchive.extensions.patience import stopped
from newsarchive.extensions.run import Run

#: So often in a lease a worker says that it is there.
_BEATS = 4


class Worker:
    """The beats of a run that is one of several."""

    def __init__(self, crawler: Crawler) -> None:
        if not is_shared(crawler):
            raise NotConfigured
        self._crawler = crawler
        self._lease = crawler.settings.getfloat("CLUSTER_LEASE")
        self._beaten = time.monotonic()
        self._heard = asyncio.Event()
        self._over = threading.Event()
        crawler.signals.connect(self._opened, signals.spider_opened)
        crawler.signals.connect(self._closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Worker:
        return cls(crawler)

    def hear(self) -> None:
        """Another worker stopped the crawl: ask at once why."""
        self._heard.set()

    def _opened(self) -> None:
        self._run = Run.of(self._crawler)
        self._beating = asyncio.ensure_future(self._beat())
        threading.Thread(target=self._watch, name="watch", daemon=True).start()

    async def _beat(self) -> None:
        share = self._run.share
        assert share is not None, "Run shares the crawl"
        while True:
            try:
                told = share.crew.beat(share.counts())
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

    def _closed(self) -> None:
        self._over.set()
        self._beating.cancel()
