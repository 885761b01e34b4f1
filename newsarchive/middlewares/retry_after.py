"""Retry-After: a host that asks for a pause gets it; one that asks for a long one is left alone.

Scrapy 2.19 does not read the header (RFC 9110, 10.2.3).
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached

from newsarchive import clock
from newsarchive.archive.ledger import WAIT_MAX
from newsarchive.cluster import GATES
from newsarchive.exceptions import Stopped, StorageError
from newsarchive.extensions.closing import drop_waiting, forget
from newsarchive.extensions.run import Run

logger = logging.getLogger(__name__)

#: Statuses that may tell when to come again.
_STATUSES = (429, 503)
#: Seconds. A downloader slot without any delay does not look at when it was used last.
_LEAST_DELAY = 0.001


def asked_for(response: Response) -> timedelta | None:
    """The pause that *response* asks for; None where it does not, or not readably."""
    if response.status not in _STATUSES:
        return None
    told = response.headers.get("Retry-After") or b""
    return clock.parse_retry_after(told.decode("latin-1"), clock.now())


class RetryAfterMiddleware:
    """Makes a request again after the pause, where that is at most RETRY_AFTER_MAX seconds.

    A longer pause, or one that is asked for after the last of RETRY_TIMES tries, ends the run.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._longest = timedelta(seconds=crawler.settings.getint("RETRY_AFTER_MAX"))
        self._over = False
        crawler.signals.connect(self._hold, signals.response_downloaded)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RetryAfterMiddleware:
        return cls(crawler)

    def _hold(self, response: Response, request: Request) -> None:
        """Keep back what waits for the host.

        This signal comes before the downloader takes the next request from the host's queue.
        """
        wait = asked_for(response)
        if wait is None:
            return
        assert self._crawler.engine is not None
        slot = self._crawler.engine.downloader.slots[request.meta["download_slot"]]
        slot.delay = slot.delay or _LEAST_DELAY
        until = time.monotonic() + min(wait, WAIT_MAX).total_seconds()
        slot.lastseen = max(slot.lastseen, until)
        if (gate := GATES.get(self._crawler)) is not None:
            gate.pause(request.meta["download_slot"], min(wait, WAIT_MAX).total_seconds())

    def process_request(self, request: Request, spider: Spider | None = None) -> None:
        """Nothing is asked any more once the run ends."""
        run = self._crawler.get_extension(Run)
        if self._over or (run is not None and run.fault is not None):
            forget(request)
            raise IgnoreRequest("the run ends")

    def process_exception(
        self, request: Request, exception: Exception, spider: Spider | None = None
    ) -> None:
        """Of several workers: the crawl ended while the request waited for its turn, or who gives
        the turns was away for too long."""
        run = self._crawler.get_extension(Run)
        if run is not None and isinstance(exception, StorageError):
            run.stop(exception)
        if isinstance(exception, (Stopped, StorageError)):
            forget(request)
            raise IgnoreRequest("the run ends") from exception

    def process_response(
        self, request: Request, response: Response, spider: Spider | None = None
    ) -> Request | Response:
        wait = asked_for(response)
        if wait is None:
            return response
        assert self._crawler.spider is not None
        host = urlparse_cached(request).hostname
        if wait <= self._longest:
            again = get_retry_request(request, spider=self._crawler.spider, reason="Retry-After")
            if again is not None:
                logger.info("%s asks for a pause of %.0f s", host, wait.total_seconds())
                return again
        request.meta["dont_retry"] = True  # RetryMiddleware would ask again at once
        self._give_up(f"{host} says {response.status} and Retry-After", wait)
        return response

    def _give_up(self, why: str, wait: timedelta) -> None:
        self._over = True
        run = self._crawler.get_extension(Run)
        if run is not None:
            run.stop(run.patience.blocked(why, wait))
        else:  # a check of the channels: those that were not asked have no answer
            drop_waiting(self._crawler)
