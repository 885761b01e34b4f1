"""What `scrapy status` and `scrapy metrics` say of a crawl that workers share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from newsarchive.archive.crawls import Crawl
from newsarchive.archive.ledger import Ledger
from newsarchive.demo import SmallSina
from tests.cluster.servers import Redis
from tests.commands.archives import command
from tests.fork import PATIENCE, Process
from tests.running import command as line
from tests.running import started

pytest.importorskip("prometheus_client", reason="no prometheus-client here")


@contextmanager
def working(*args: str, archive: Path, port: int) -> Iterator[Process]:
    """A worker."""
    with started(line("crawl", "sina_finance", *args, archive=archive, port=port)) as process:
        yield process


def crawls(ledger: Ledger) -> list[Crawl]:
    return [crawl for crawl in ledger.crawls() if crawl.total("requests")]


def test_a_crawl_from_its_beats_to_its_end(
    database: str, redis_server: Redis, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    told = ("-s", f"LEDGER_URL={database}")
    slowly = ("-a", "limit=20", "-s", "DOWNLOAD_DELAY=0.2")  # seconds enough to look at it
    shared = (*told, "-s", f"CLUSTER_URL={redis_server.url}", "-s", "CLUSTER_LEASE=4")
    ledger = Ledger(database)
    with SmallSina(slow=0.1) as site:
        with working(*shared, *slowly, archive=archive, port=site.port) as worker:
            while not crawls(ledger):  # a beat that tells of some
                assert worker.poll() is None
            done = command("status", *told, archive=archive)
            assert re.search("workers: 1 alive, 0 silent, 0 ended; [1-9][0-9]* requests", done.out)
            assert "killed" not in done.out
            other = f"sqlite:///{tmp_path / 'other.db'}"
            assert command("ledger", "move", other, *told, archive=archive).code == 75
            worker.wait(PATIENCE)
        asked = len(site.requests)
    (crawl,) = crawls(ledger)
    assert crawl.ended_at is not None
    assert crawl.states() == {"alive": 0, "silent": 0, "ended": 1}
    assert crawl.total("requests") == asked
    assert crawl.by("answers").total() == asked
    assert crawl.by("archived").total() == ledger.article_count()
    ledger.close()
    numbers = command("metrics", *told, archive=archive).out
    assert f'newsarchive_requests_total{{worker="{crawl.workers[0].name}"}} {asked}.0' in numbers
