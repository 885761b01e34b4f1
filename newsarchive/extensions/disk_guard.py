"""Stops the run before the archive's disk is full: other programs need it, too."""

from __future__ import annotations

import shutil

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from newsarchive.exceptions import StorageError
from newsarchive.extensions.run import Run

_MB = 1_000_000


class DiskGuard:
    """Looks at what is free before the first request, and after every item."""

    def __init__(self, crawler: Crawler) -> None:
        self._least = crawler.settings.getint("DISK_FREE_MIN")
        if self._least <= 0:
            raise NotConfigured
        self._crawler = crawler
        for signal in (signals.spider_opened, signals.item_scraped, signals.item_dropped):
            crawler.signals.connect(self._look, signal)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> DiskGuard:
        return cls(crawler)

    def _look(self) -> None:
        run = Run.of(self._crawler)
        root = run.store.root
        try:
            free = shutil.disk_usage(root).free // _MB
        except OSError as error:
            run.stop(StorageError(f"{root}: {error.strerror or error}"))
            return
        if free < self._least:
            run.stop(StorageError(f"{root}: {free} MB free, DISK_FREE_MIN={self._least}"))
