"""robots.txt, by requests that wait for it together."""

from __future__ import annotations

import asyncio
import gzip
import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares import robotstxt
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response, TextResponse
from scrapy.settings import Settings
from scrapy.statscollectors import StatsCollector

from newsarchive import settings
from newsarchive.middlewares.robots import RobotsMiddleware

HOST = "https://finance.sina.com.cn"
RULES = b"User-agent: *\nDisallow: /private/\n\nUser-agent: newsarchive\nDisallow: /no/\n"


class Site:
    """Answers for robots.txt once `opened` is set; counts how often it was asked."""

    def __init__(self, answer: Callable[[], Response]) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.opened = asyncio.Event()

    async def download_async(self, request: Request) -> Response:
        self.asked.append(request.url)
        assert request.meta["dont_obey_robotstxt"]
        await self.opened.wait()
        return self.answer()


class Signals:
    async def send_catch_log_async(self, **_: Any) -> None:
        return None


def middleware(site: Site, **changes: Any) -> RobotsMiddleware:
    configured = {
        "ROBOTSTXT_OBEY": settings.ROBOTSTXT_OBEY,
        "ROBOTSTXT_USER_AGENT": settings.ROBOTSTXT_USER_AGENT,
        "USER_AGENT": settings.USER_AGENT,
    }
    crawler = SimpleNamespace(
        settings=Settings(configured | changes), engine=site, signals=Signals(), spider=None
    )
    crawler.stats = StatsCollector(cast("Crawler", SimpleNamespace(settings=Settings())))
    return RobotsMiddleware.from_crawler(cast("Crawler", crawler))


async def _let_through(answer: Callable[[], Response], urls: list[str]) -> list[bool]:
    site = Site(answer)
    obeying = middleware(site)

    async def ask(url: str) -> bool:
        try:
            await obeying.process_request(Request(url))
        except IgnoreRequest:
            return False
        return True

    asking = [asyncio.ensure_future(ask(url)) for url in urls]
    for _ in range(10):
        await asyncio.sleep(0)  # now all of them wait
    assert not any(task.done() for task in asking)
    site.opened.set()
    passed = await asyncio.gather(*asking)
    hosts = {url.split("/")[2] for url in urls}
    assert sorted(site.asked) == sorted(f"https://{host}/robots.txt" for host in hosts)
    later = [await ask(url) for url in urls]  # what comes later is told the same
    assert later == passed
    assert len(site.asked) == len(hosts)
    return passed


def let_through(answer: Callable[[], Response], *paths: str, host: str = HOST) -> list[bool]:
    return asyncio.run(_let_through(answer, [host + path for path in paths]))


def rules(body: bytes = RULES, status: int = 200) -> Callable[[], Response]:
    return lambda: Response(f"{HOST}/robots.txt", status=status, body=body)


@pytest.mark.parametrize("count", [1, 2, 3, 10])
def test_all_that_wait_obey(count: int) -> None:
    assert let_through(rules(), *[f"/no/{n}" for n in range(count)]) == [False] * count


def test_each_is_told_its_own() -> None:
    paths = ["/no/1", "/yes/1", "/no/2", "/yes/2", "/private/1"]
    # The rules for us take the place of those for all.
    assert let_through(rules(), *paths) == [False, True, False, True, True]


def test_a_packed_one_is_obeyed() -> None:
    """It comes as it was sent; a bomb says nothing, as one that does not answer."""

    def packed(data: bytes) -> Response:
        body, headers = gzip.compress(data), {"Content-Encoding": "gzip"}
        return TextResponse(f"{HOST}/robots.txt", headers=headers, body=body)

    assert let_through(lambda: packed(RULES), "/no/1", "/yes/1") == [False, True]
    assert let_through(lambda: packed(RULES + bytes(10**7)), "/no/1", "/no/2") == [True] * 2


def test_nothing_is_allowed() -> None:
    none = rules(b"User-agent: *\nDisallow: /\n")
    assert let_through(none, "/", "/a", "/b") == [False] * 3


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"<html>404</html>", b"Disallow: /no/"])
def test_a_robots_txt_that_says_nothing(body: bytes) -> None:
    assert let_through(rules(body), "/no/1", "/no/2") == [True, True]


def test_a_robots_txt_that_does_not_answer(caplog: pytest.LogCaptureFixture) -> None:
    """As Scrapy has it: all go on, and no traceback is told."""

    def refuse() -> Response:
        raise OSError("unreachable")

    assert let_through(refuse, "/no/1", "/no/2", "/no/3") == [True] * 3
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_one_robots_txt_a_host() -> None:
    urls = [f"https://{host}/no/1" for host in ("sina.cn", "finance.sina.cn", "sina.cn")]
    assert asyncio.run(_let_through(rules(), urls)) == [False] * 3


def test_robots_txt_itself_is_not_asked_for() -> None:
    async def ask() -> list[str]:
        site = Site(rules())
        await middleware(site).process_request(
            Request(f"{HOST}/no/1", meta={"dont_obey_robotstxt": True})
        )
        return site.asked

    assert asyncio.run(ask()) == []


def test_scrapys_own_is_replaced() -> None:
    own = settings.DOWNLOADER_MIDDLEWARES
    theirs = f"{robotstxt.RobotsTxtMiddleware.__module__}.RobotsTxtMiddleware"
    assert own[theirs] is None
    assert own[f"{RobotsMiddleware.__module__}.RobotsMiddleware"] == 100
    assert settings.ROBOTSTXT_OBEY is True
