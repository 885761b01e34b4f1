"""The download handler: Scrapy's, with a bound for the head of an answer, and a word on addresses.

Scrapy 2.19 bounds the body (DOWNLOAD_MAXSIZE) and Twisted the length of a line, but nobody their
number: a head without an end would take memory until DOWNLOAD_TIMEOUT, 170 MB a second on loopback.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.interfaces import IAddress
from twisted.python.failure import Failure
from twisted.web._newclient import BODY

from newsarchive import clock
from newsarchive.addresses import RefusedAddressError, refused
from newsarchive.cluster import GATES

#: Bytes. Servers and browsers stop at 8 to 256 kB.
HEAD_MAX = 256 * 1024


class HeadTooLongError(Exception):
    """An answer whose head goes on and on."""


class _Protocol(_LenientHTTP11ClientProtocol):
    _head = 0  #: bytes of this answer that came before its body

    def request(self, request: Any) -> Any:
        self._head = 0
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802  # Twisted's name
        if self._parser is not None and self._parser.state != BODY:
            self._head += len(data)
            if self._head > HEAD_MAX:
                error = HeadTooLongError(f"more than {HEAD_MAX} bytes")
                self._giveUp(Failure(error))  # type: ignore[no-untyped-call]
                return
        super().dataReceived(data)  # type: ignore[no-untyped-call]


class _Factory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: IAddress | None) -> _Protocol:  # noqa: N802  # Twisted's name
        return _Protocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class Handler(HTTP11DownloadHandler):
    """For http and https."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _Factory
        # CONCURRENT_REQUESTS_PER_DOMAIN does not hold without a delay: Scrapy 2.19 counts a request
        # only when its task has begun. So there may be as many, and none is connected anew.
        most = crawler.settings.getint("CONCURRENT_REQUESTS")
        self._pool.maxPersistentPerHost = max(most, self._pool.maxPersistentPerHost)
        self._gate = GATES.get(crawler)  # of several workers that share a crawl

    async def download_request(self, request: Request) -> Response:
        if self._gate is not None:
            # Here, and not before: what passes is on the wire at once.
            await self._gate.enter(request.meta.get("download_slot") or "")
        try:
            return await super().download_request(request)
        except CannotResolveHostError as error:
            name = urlparse_cached(request).hostname or ""
            if (address := refused.get(name)) is None:
                raise
            # Of its own class, for Scrapy would ask again at once for what does not resolve.
            raise RefusedAddressError(f"{name} leads to {address}, no public address") from error


def served(response: Response) -> datetime | None:
    """The site's own time of an answer: its Date header (RFC 9110, 6.6.1); None without one."""
    return clock.server_time((response.headers.get("Date") or b"").decode("latin-1"))


def codings(response: Response) -> str:
    """Those of its body, which is as it came: it is unpacked by `archive/http_payload.py`."""
    return b",".join(response.headers.getlist("Content-Encoding")).decode("latin-1")
