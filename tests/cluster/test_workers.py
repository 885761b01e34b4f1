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
from tests.fork import PATIENCE
from tests.running import ARTICLES, Site

LIVE = ("crawl", "sina_live")
CHINA = ("-a", "channels=china")


class Clocked(Site):
    """Notes when each page was asked for."""

    def __init__(self) -> None:
        super().__init__(self._when, slow=0)
        self.times: list[tuple[float, str]] = []
        self.all: list[tuple[float, str, str]] = []
        self.says: Answer | None = None
        self.after = 0  #: so many pages are answered before it says that
        self.once = False

    def _when(self, host: str, path: str, query: str) -> Answer | None:
        self.all.append((time.monotonic(), host, path))
        if not path.endswith("html"):
            return None
        self.times.append((time.monotonic(), path))
        number = len(self.times) - 1
        says = number == self.after if self.once else number >= self.after
        return self.says if says else None


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
    """While one worker is told to wait, the other has enough to do."""
    crowd.rate = 0.15
    site.says, site.after, site.once = Answer(503, {"Retry-After": "2"}, b""), 6, True
    for _ in range(2):
        crowd.start("-a", "channels=stock", "-a", "limit=16")
    assert set(crowd.wait()) <= {0, 1}, crowd.log()
    times = [moment for moment, _ in site.times]
    told = times[site.after]
    assert [moment - told for moment in times if told < moment < told + 1.95] == []
    assert len([moment for moment in times if moment > told]) >= 6
    assert min(after - before for before, after in pairwise(times)) >= 0.15 - 0.05


def test_failures_in_a_row_are_of_all_together(crowd: Crowd, site: Clocked, tmp_path: Path) -> None:
    """Of given addresses on one host: a list, or a robots.txt, that answers well begins anew."""
    addresses = [item.url for item in ARTICLES.values() if "//finance.sina.com.cn/" in item.url]
    (tmp_path / "urls").write_text("\n".join(addresses))
    crowd.rate = 0.1
    site.says, site.after = Answer(500, {"Content-Type": "text/plain"}, b"no"), 3
    for _ in range(2):
        given = ("-a", f"urls={tmp_path / 'urls'}")
        crowd.start(*given, "-s", "FAILURES_MAX=6", "-s", "RETRY_TIMES=0")
    assert crowd.wait() == [1, 1], crowd.log()
    assert len(site.times) <= 3 + 6 + 4
    assert "6 failures in a row" in crowd.rows("SELECT stopped FROM crawl")[0][0]


def test_who_joins_has_the_same_arguments_and_no_single_run_joins(crowd: Crowd) -> None:
    crowd.rate = 0.5
    crowd.start(*CHINA)
    while not crowd.rows("SELECT to_regclass('worker')")[0][0] or not crowd.rows(
        "SELECT 1 FROM worker"
    ):
        time.sleep(0.05)
    other, single = crowd.start("-a", "channels=hk"), crowd.start(*CHINA, "-s", "CLUSTER_URL=")
    assert (other.wait(PATIENCE), single.wait(PATIENCE)) == (2, 75), crowd.log()
    assert "is at work as sina_finance channels=china: join it as that" in crowd.log()


def test_one_worker_reads_the_feed(crowd: Crowd, site: Clocked) -> None:
    for _ in range(2):
        crowd.start(words=LIVE)
    assert crowd.wait() == [0, 0], crowd.log()
    feeds = [path for _, path in site.requests if "/zhibo/feed" in path]
    assert len(feeds) == len(set(feeds)) > 0
    assert crowd.rows("SELECT count(*) FROM article")[0][0] > 0


def test_who_takes_the_feed_over_takes_what_the_limit_leaves(
    crowd: Crowd, make: Callable[[str], None]
) -> None:
    crowd.start("-a", "limit=5", words=LIVE)
    assert crowd.wait() == [0], crowd.log()
    make("DELETE FROM article WHERE doc_id IN (SELECT doc_id FROM article LIMIT 2)")
    make("UPDATE crawl SET ended_at = NULL, rechecks = NULL, asked = 3")  # as if it had died then
    crowd.start("-a", "limit=5", words=LIVE)
    assert crowd.wait() == [0], crowd.log()
    assert [report["found"] for report in crowd.reports()] == [5, 2]


def test_a_re_extraction_goes_on_beside_a_crawl(crowd: Crowd) -> None:
    crowd.start("-a", "channels=hk")
    assert set(crowd.wait()) <= {0, 1}, crowd.log()
    crowd.rate = 0.05
    crowd.start("-a", "channels=us-china")
    for _ in range(2):
        crowd.start(words=("reextract",))
    assert set(crowd.wait()) <= {0, 1}, crowd.log()
    read = [told["archived"] for told in crowd.reports() if told["spider"] == "reextract"]
    assert {name for told in read for name in told} == {"unchanged"}
    assert crowd.rows("SELECT DISTINCT cause FROM article") == [("site",)]


def test_whatever_is_asked_for_takes_its_turn(crowd: Crowd, site: Clocked) -> None:
    """robots.txt and pictures, too; and a check of the channels beside a worker."""
    crowd.rate = 0.15
    check = crowd.start("--check", "--only", "hk,us-china", words=("channels",))
    worker = crowd.start("-a", "channels=hk", "-a", "limit=6", "-s", "IMAGES_ENABLED=1")
    assert worker.wait(PATIENCE) in (0, 1), crowd.log()
    assert check.wait(PATIENCE) in (0, 1), crowd.log()
    kinds = [path.rpartition(".")[2] for _, _, path in site.all]
    assert {"txt", "jpg"} <= set(kinds) or {"txt", "png"} <= set(kinds)
    assert kinds.count("txt") > len({host for _, host, _ in site.all})  # both asked
    for host in {host for _, host, _ in site.all}:
        times = [moment for moment, asked, _ in site.all if asked == host]
        assert min((b - a for a, b in pairwise(times)), default=1) >= 0.15 - 0.05, host


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
        (("CLUSTER_URL=localhost",), "CLUSTER_URL is not usable"),
    ],
)
def test_settings_that_make_no_sense(crowd: Crowd, settings: tuple[str], why: str) -> None:
    crowd.start(*(word for setting in settings for word in ("-s", setting)))
    assert crowd.wait() == [2]
    assert why in crowd.log()
    assert crowd.rows("SELECT to_regclass('worker')") == [(None,)]  # nobody joined the crawl
