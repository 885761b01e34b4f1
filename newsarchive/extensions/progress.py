"""A progress bar on a terminal: articles done, rate, failures. Silent in pipes and under cron."""

from __future__ import annotations

import sys

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from tqdm import tqdm

from newsarchive.extensions.run import Run


class Progress:
    """Shows how far the run is, once per item."""

    def __init__(self, crawler: Crawler) -> None:
        wanted = crawler.settings.getbool("PROGRESS_ENABLED") and not crawler.settings.get("PART")
        if not wanted or not sys.stderr.isatty():
            raise NotConfigured
        self._crawler = crawler
        connect = crawler.signals.connect
        connect(self._opened, signals.spider_opened)
        connect(self._moved, signals.item_scraped)
        connect(self._moved, signals.item_dropped)
        connect(self._closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Progress:
        return cls(crawler)

    def _opened(self) -> None:
        self._report = Run.of(self._crawler).report
        self._bar = tqdm(unit=" articles", desc="archived", dynamic_ncols=True)

    def _moved(self) -> None:
        self._bar.total = max(self._report.found, self._bar.n + 1)
        self._bar.set_postfix(failed=self._report.failed.total(), refresh=False)
        self._bar.update()

    def _closed(self) -> None:
        self._bar.close()
