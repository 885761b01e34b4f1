"""A run ends soon after its last item, also where items come from `start()`.

Scrapy 2.19 looks whether an item was the last one only after a response. A replay, whose items have
none, would end up to five seconds later; and would wait for ever where it is told to stop.
"""

from __future__ import annotations

import asyncio

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

#: Seconds between two looks.
_PAUSE = 0.05


class CloseAfterLastItem:
    """Looks, from the first item on, whether nothing is left, or the scraper was told to close."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._looking: asyncio.Task[None] | None = None
        for signal in (signals.item_scraped, signals.item_dropped, signals.item_error):
            crawler.signals.connect(self._start, signal)
        crawler.signals.connect(self._stop, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CloseAfterLastItem:
        return cls(crawler)

    def _start(self) -> None:
        if self._looking is None:
            self._looking = asyncio.ensure_future(self._look())

    def _stop(self) -> None:
        if self._looking is not None:
            self._looking.cancel()

    async def _look(self) -> None:
        engine, spider = self._crawler.engine, self._crawler.spider
        slot = engine.scraper.slot
        while slot is not None and spider is not None:
            await asyncio.sleep(_PAUSE)
            if slot.closing and slot.is_idle():
                if not slot.closing.called:
                    slot.closing.callback(spider)
                return
            if engine._slot is not None and engine.spider_is_idle():
                engine._slot.nextcall.schedule()  # its own look, which else comes by the clock


class DropWaiting:
    """A run that is stopped from outside, as by Ctrl-C, does not make what waits for its turn."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        crawler.signals.connect(self._start, signals.spider_opened)
        crawler.signals.connect(self._stop, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> DropWaiting:
        return cls(crawler)

    def _start(self) -> None:
        self._looking = asyncio.ensure_future(self._look())

    def _stop(self) -> None:
        self._looking.cancel()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_PAUSE)
            if not self._crawler.crawling:
                drop_waiting(self._crawler)
                return


def drop_waiting(crawler: Crawler) -> None:
    """The requests that wait for their turn are not made: closing would wait for them, too."""
    assert crawler.engine is not None
    for slot in crawler.engine.downloader.slots.values():
        while slot.queue:
            request, answer = slot.queue.popleft()
            forget(request)
            answer.errback(IgnoreRequest("the run ends"))


def forget(request: Request) -> None:
    """Tell nobody that *request* is not made: its link is no miss, but stays to do."""
    request.errback = None
