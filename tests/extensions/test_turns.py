"""The turns of a worker: the pace is the gate's, and no other waiting comes on top of it."""

from __future__ import annotations

import pytest
from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.settings import Settings

from newsarchive.cluster import GATES
from newsarchive.extensions.turns import Turns
from newsarchive.spiders.replay import ReplaySpider
from newsarchive.spiders.sina_finance import SinaFinanceSpider

SHARED = {"CLUSTER_URL": "redis://127.0.0.1:1/0", "DOWNLOAD_DELAY": 3, "EXTENSIONS": {}}


def test_the_delay_is_the_gate_s() -> None:
    pytest.importorskip("redis", reason="no redis here")
    crawler = Crawler(SinaFinanceSpider, Settings(SHARED))
    Turns(crawler)
    assert GATES[crawler]._delay == 3
    assert crawler.settings.getfloat("DOWNLOAD_DELAY") == 0


@pytest.mark.parametrize(
    ("spider", "url"), [(SinaFinanceSpider, ""), (ReplaySpider, SHARED["CLUSTER_URL"])]
)
def test_who_asks_nobody_or_is_alone_takes_none(spider: type[Spider], url: str) -> None:
    crawler = Crawler(spider, Settings(SHARED | {"CLUSTER_URL": url}))
    with pytest.raises(NotConfigured):
        Turns(crawler)
    assert crawler not in GATES
