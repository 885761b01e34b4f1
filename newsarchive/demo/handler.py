"""Where host names lead in the demo: every one of them to the small Sina on loopback.

Everything else about a request is as in a live crawl: its URL, its headers, what the middlewares
see. The scheme of the URL stays https, though the wire is plain HTTP to 127.0.0.1; a host that is
not the small Sina's cannot be reached at all, so nothing leaves the machine.
"""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Response


class LoopbackHandler(HTTP11DownloadHandler):
    """Sends each request to DEMO_PORT on 127.0.0.1, with the real host in its Host header."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._netloc = f"127.0.0.1:{crawler.settings.getint('DEMO_PORT')}"

    async def download_request(self, request: Request) -> Response:
        parts = urlsplit(request.url)
        local = request.replace(
            url=urlunsplit(("http", self._netloc, parts.path, parts.query, "")),
            headers={**request.headers, "Host": parts.netloc},
        )
        response = await super().download_request(local)
        return response.replace(url=request.url)
