"""robots.txt, obeyed also by requests that wait for it together."""

from __future__ import annotations

import logging

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares import robotstxt
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.defer import Deferred

from newsarchive.archive import http_payload
from newsarchive.download import codings


class RobotsMiddleware(robotstxt.RobotsTxtMiddleware):
    """Takes the place of Scrapy's RobotsTxtMiddleware.

    In Scrapy 2.19 all requests that wait for one robots.txt share a Deferred, whose result is None
    for every waiter but the first: they would be let through.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        # A site that cannot be reached is told by the pages that failed; no traceback of its
        # robots.txt. Not before: Scrapy sets up its loggers when a process begins to crawl.
        logging.getLogger(robotstxt.__name__).setLevel(logging.CRITICAL)

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        """Of an answer that is still packed: no middleware unpacks it."""
        body = http_payload.unpacked(response.body, codings(response))
        plain = Response(response.url, status=response.status, body=body)
        await super()._parse_robots(plain, netloc, request)

    async def robot_parser(self, request: Request) -> RobotParser | None:
        await super().robot_parser(request)
        parser = self._parsers[urlparse_cached(request).netloc]
        return None if isinstance(parser, Deferred) else parser
