"""Where host names lead in the demo: every one of them to the small Sina on loopback.

Everything else about a request is as in a live crawl: its URL, its headers, what the middlewares
see. The scheme of the URL stays https, though the wire is plain HTTP to 127.0.0.1, unless DEMO_TLS
is set; a host that is not the small Sina's cannot be reached at all, so nothing leaves the machine.
A live crawl refuses to connect to loopback (`newsarchive/addresses.py`): LOOPBACK lets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import Deferred, succeed

from newsarchive.download import Handler

_HANDLER = "newsarchive.demo.handler.LoopbackHandler"
#: The settings that lead a crawl to loopback, and nowhere else.
LOOPBACK: dict[str, Any] = {
    "DOWNLOAD_HANDLERS": {"http": _HANDLER, "https": _HANDLER},
    "TWISTED_DNS_RESOLVER": "newsarchive.demo.handler.LoopbackResolver",
}


class LoopbackResolver(CachingThreadedResolver):
    """Every name leads to 127.0.0.1; nobody is asked."""

    def getHostByName(  # noqa: N802  # Twisted's name
        self, name: str, timeout: Sequence[int] = ()
    ) -> Deferred[str]:
        return succeed("127.0.0.1")


class LoopbackHandler(Handler):
    """Sends each request to DEMO_PORT on 127.0.0.1, with the real host in its Host header.

    With DEMO_TLS an https URL is asked over TLS, and the certificate must be the real host's.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._port = crawler.settings.getint("DEMO_PORT")
        self._tls = crawler.settings.getbool("DEMO_TLS")

    async def download_request(self, request: Request) -> Response:
        parts = urlsplit(request.url)
        scheme, host = "http", "127.0.0.1"
        if self._tls and parts.scheme == "https":
            scheme, host = "https", parts.hostname or ""  # the name stays, for the certificate
        local = request.replace(
            url=urlunsplit((scheme, f"{host}:{self._port}", parts.path, parts.query, "")),
            headers={**request.headers, "Host": parts.netloc},
        )
        found = await super().download_request(local)
        # `found.replace` would guess at the encoding of a text.
        told = {name: getattr(found, name) for name in Response.attributes if name != "url"}
        return type(found)(request.url, **told)
