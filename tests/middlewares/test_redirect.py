"""Redirects: inside Sina, and each to the queue of its own host."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.settings import Settings

from newsarchive.middlewares.redirect import SinaRedirectMiddleware

HERE = "https://finance.sina.com.cn/china/2021-08-05/doc-ikqtesta0000501.shtml"


def led_to(location: str) -> Request | Response:
    middleware = SinaRedirectMiddleware(Settings())
    middleware.crawler = cast("Crawler", SimpleNamespace(spider=None))
    request = Request(HERE, meta={"download_slot": "finance.sina.com.cn", "link": "x"})
    response = Response(HERE, status=302, headers={"Location": location}, request=request)
    return middleware.process_response(request, response)


def test_it_waits_with_those_for_its_own_host() -> None:
    found = led_to("https://k.sina.com.cn/article_9900417726_24e1b7c3e00100q4zt.html")
    assert isinstance(found, Request)
    assert "download_slot" not in found.meta
    assert found.meta["link"] == "x"


@pytest.mark.parametrize("location", ["http://example.org/", "http://[half", "javascript:x(1)"])
def test_it_stays_on_sina(location: str) -> None:
    with pytest.raises(IgnoreRequest, match="leads"):
        led_to(location)


def test_another_scheme_is_not_followed() -> None:
    found = led_to("file:///etc/passwd")
    assert isinstance(found, Response)
    assert found.status == 302
