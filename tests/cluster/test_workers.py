"""What several workers of one crawl agree on: the limit, the rate, a block, who may join."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from newsarchive.demo.site import Answer
from tests.cluster.crowd import Crowd
from tests.cluster.servers import Postgres, Redis
from tests.running import Site

CHINA = ("-a", "channels=china")


class Clocked(Site):
    """Notes when each page was asked for."""

    def __init__(self) -> None:
        super().__init__(self._when, slow=0)
        self.times: list[tuple[float, str]] = []
        self.says: Answer | None = None
        self.after = 0  #: so many pages are answered before it says that

    def _when(self, host: str, path: str, query: str) -> Answer | None:
        if host != "finance.sina.com.cn" or path == "/robots.txt":
            return None
        self.times.append((time.monotonic(), path))
        return self.says if len(self.times) > self.after else None


@pytest.fixture
def site() -> Iterator[Clocked]:
    with Clocked() as opened:
        yield opened


@pytest.fixture
def crowd(
    tmp_path: Path, site: Clocked, postgres_server: Postgres, redis_server: Redis
) -> Iterator[Crowd]:
    made = Crowd(tmp_path, site, postgres_server, redis_server)
    yield made
    made.end()


def test_the_limit_is_of_all_together(crowd: Crowd) -> None:
    for _ in range(2):
        crowd.start(*CHINA, "-a", "limit=7")
    assert set(crowd.wait()) == {0}, crowd.log()
    assert len(crowd.site.pages()) == 7
    assert crowd.rows("SELECT pages_left FROM crawl") == [(0,)]


def test_a_block_ends_the_crawl_for_all(crowd: Crowd, site: Clocked) -> None:
    """The third refusal in sum; and nobody asks afterwards."""
    crowd.rate = 0.1
    site.says, site.after = Answer(403, {"Content-Type": "text/plain"}, b"no"), 3
    for _ in range(2):
        crowd.start("-s", "BLOCKS_MAX=3")
    assert crowd.wait() == [4, 4], crowd.log()
    assert len(site.times) <= 3 + 3 + 2  # what was on its way
    asked = len(site.requests)
    crowd.start()
    assert crowd.wait() == [4]
    assert len(site.requests) == asked


def test_the_rate_is_of_all_together_and_a_pause_is_everybody_s(
    crowd: Crowd, site: Clocked
) -> None:
    crowd.rate = 0.25
    site.says, site.after = Answer(503, {"Retry-After": "2"}, b""), 3
    for _ in range(2):
        crowd.start(*CHINA, "-a", "limit=6")
    while len(site.times) <= site.after and crowd.processes[0].poll() is None:
        time.sleep(0.01)
    site.says = None
    assert set(crowd.wait()) == {0}, crowd.log()
    gaps = [after - before for (before, _), (after, _) in pairwise(site.times)]
    assert min(gaps) >= 0.25 - 0.05  # what the way takes
    assert max(gaps) >= 2 - 0.05
    assert len(gaps) >= 4


def test_who_joins_has_the_same_arguments_and_no_single_run_joins(crowd: Crowd) -> None:
    crowd.rate = 0.5
    crowd.start(*CHINA)
    while not crowd.rows("SELECT to_regclass('worker')")[0][0] or not crowd.rows(
        "SELECT 1 FROM worker"
    ):
        time.sleep(0.05)
    other, single = crowd.start("-a", "channels=hk"), crowd.start(*CHINA, "-s", "CLUSTER_URL=")
    assert (other.wait(30), single.wait(30)) == (2, 75), crowd.log()
    assert "is at work as sina_finance channels=china: join it as that" in crowd.log()


def test_one_worker_reads_the_feed(crowd: Crowd, site: Clocked) -> None:
    for _ in range(2):
        crowd.start(spider="sina_live")
    assert crowd.wait() == [0, 0], crowd.log()
    feeds = [path for _, path in site.requests if "/zhibo/feed" in path]
    assert len(feeds) == len(set(feeds)) > 0
    assert crowd.rows("SELECT count(*) FROM article")[0][0] > 0


def test_archived_articles_are_asked_for_again_once(
    crowd: Crowd, make: Callable[[str], None]
) -> None:
    crowd.start("-a", "channels=hk")
    assert set(crowd.wait()) <= {0, 1}, crowd.log()
    make("UPDATE recheck SET due_at = '2021-01-01T00:00:00.000Z'")
    asked = len(crowd.site.pages())
    for _ in range(2):
        crowd.start("-a", "channels=hk", "-s", "RECHECK_SHARE=0.9")
    assert set(crowd.wait()) == {0}, crowd.log()
    again = crowd.site.pages()[asked:]
    (others, left), *_ = crowd.rows("SELECT asked, rechecks FROM crawl")
    rechecks = sum(report["rechecks"] for report in crowd.reports())
    assert len(again) == len(set(again)) >= rechecks > 0
    assert rechecks == 9 * others - left or left == 0


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (("LEDGER_URL=",), "CLUSTER_URL needs a LEDGER_URL of PostgreSQL"),
        (("CLUSTER_LEASE=0",), "CLUSTER_LEASE=0: at least 1"),
    ],
)
def test_settings_that_make_no_sense(crowd: Crowd, settings: tuple[str], why: str) -> None:
    crowd.start(*(word for setting in settings for word in ("-s", setting)))
    assert crowd.wait() == [2]
    assert why in crowd.log()
