"""A progress bar on a terminal: articles done, rate, time left. Silent in pipes and under cron."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.settings import BaseSettings
from tqdm import tqdm

from newsarchive.extensions.run import Run


class Far(NamedTuple):
    """How far a run is."""

    expected: int  #: articles in all, as far as is known by now
    done: int
    failed: int


class Meter:
    """Tells *show* how far the run of *crawler* is, once per item."""

    def __init__(self, crawler: Crawler, show: Callable[[Far], None]) -> None:
        self._crawler, self._show, self._done = crawler, show, 0

    def begin(self) -> None:
        """From now on."""
        connect = self._crawler.signals.connect
        connect(self._opened, signals.spider_opened)
        connect(self._moved, signals.item_scraped)
        connect(self._moved, signals.item_dropped)

    def _opened(self) -> None:
        self._run = Run.of(self._crawler)
        self._run.watched = True

    def _moved(self) -> None:
        self._done += 1
        report = self._run.report
        expected = max(self._run.expected, report.found, self._done)
        self._show(Far(expected, self._done, report.failed.total()))


class Bar:
    """The bar itself."""

    def __init__(self, *, shown: bool) -> None:
        self._bar: Any = None
        if shown:
            self._bar = tqdm(unit=" articles", desc="archived", dynamic_ncols=True)

    def show(self, far: Far) -> None:
        """Move on."""
        if self._bar is not None:
            self._bar.total = far.expected
            self._bar.set_postfix(failed=far.failed, refresh=False)
            self._bar.update(far.done - self._bar.n)

    def close(self) -> None:
        """Leave the line."""
        if self._bar is not None:
            self._bar.close()


class Progress:
    """The bar of a run that is one process."""

    def __init__(self, crawler: Crawler) -> None:
        if crawler.settings.get("PART") or not is_wanted(crawler.settings):
            raise NotConfigured
        self._meter = Meter(crawler, lambda far: self._bar.show(far))
        self._meter.begin()
        crawler.signals.connect(self._opened, signals.spider_opened)
        crawler.signals.connect(self._closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Progress:
        return cls(crawler)

    def _opened(self) -> None:
        self._bar = Bar(shown=True)

    def _closed(self) -> None:
        self._bar.close()


def is_wanted(settings: BaseSettings) -> bool:
    """Whether there is somebody to show a bar to."""
    return settings.getbool("PROGRESS_ENABLED") and sys.stderr.isatty()
