"""Every answer, as it came over the wire: stamped with its time, and recorded.

Nearest to the wire, so that what is recorded is what was sent: compressed, not yet decoded.
"""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Headers, Response

from newsarchive import clock
from newsarchive.archive.recorder import Transfer
from newsarchive.exceptions import StorageError
from newsarchive.extensions.closing import forget
from newsarchive.extensions.run import Run
from newsarchive.items import Link

#: Of us, not of the request.
_PRIVATE = ("Proxy-Authorization", "Authorization", "Cookie")


class RecordMiddleware:
    """Sets `meta["received_at"]`, and `meta["capture"]`, the position, where a run records.

    With `meta["recorded_later"]` a spider records what came well itself, once it has read it: it
    finds it in `meta["transfer"]`.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RecordMiddleware:
        return cls(crawler)

    def process_response(
        self, request: Request, response: Response, spider: Spider | None = None
    ) -> Response:
        # As precise as it is kept, so that a replay has the same time.
        at = clock.to_milliseconds(clock.now())
        request.meta["received_at"] = at
        run = self._crawler.get_extension(Run)
        if run is None:
            return response
        # A further page stays whole: whether it is as it was says nothing of those before it.
        is_further = "captures" in request.meta
        link: Link | None = None if is_further else request.meta.get("link")
        context = {**request.meta.get("context", {})}
        if request.meta.get("redirect_urls"):
            context["redirected"] = True
        transfer = Transfer(
            url=response.url,
            at=at,
            method=request.method,
            request_headers=_asked(request),
            protocol=response.protocol or "HTTP/1.1",
            status=response.status,
            headers=_plain(response.headers),
            body=response.body,
            address=str(response.ip_address or ""),
            context=context,
        )
        if request.meta.get("recorded_later") and response.status == HTTPStatus.OK:
            request.meta["transfer"] = transfer
            return response
        try:
            request.meta["capture"] = run.recording.record(transfer, link)
        except StorageError as error:
            run.stop(error)
            forget(request)
            raise IgnoreRequest("the run ends") from error
        return response


def _asked(request: Request) -> list[tuple[str, str]]:
    """The request's headers, with the one that is added on the wire."""
    told = [each for each in _plain(request.headers) if each[0] not in ("Host", *_PRIVATE)]
    return [("Host", urlsplit(request.url).netloc), *told]


def _plain(headers: Headers) -> list[tuple[str, str]]:
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in headers.items()
        for value in values
    ]
