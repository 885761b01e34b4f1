"""Several workers, and what happens to them: NEWSARCHIVE_CLUSTER_CHAOS says how many rounds
(`make chaos-cluster`: 50)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.chaos import Chaos
from tests.cluster.crowd import Crowd
from tests.cluster.servers import Postgres, Redis, Unavailable
from tests.running import Site

ROUNDS = int(os.environ.get("NEWSARCHIVE_CLUSTER_CHAOS", "1"))
#: Where the rounds begin: each of so many kinds of trouble has its turn.
FIRST = int(os.environ.get("NEWSARCHIVE_CLUSTER_CHAOS_FIRST", "0"))
#: Three lists with some sixty articles, or two with a dozen.
CHANNELS = "china,stock,banking" if ROUNDS > 4 else "us-china,hk"


@pytest.fixture
def keeping() -> Iterator[Redis]:
    """One that is killed comes back with its data; it forgets where it is emptied."""
    pytest.importorskip("redis", reason="no redis here")
    try:
        server = Redis(keeps=True)
    except Unavailable as error:
        pytest.skip(str(error))
    yield server
    server.close()


def test_nothing_is_lost_or_twice_whatever_happens_to_workers_and_servers(
    tmp_path: Path, postgres_server: Postgres, keeping: Redis
) -> None:
    with Site(slow=0.02) as site:
        crowd = Crowd(tmp_path, site, postgres_server, keeping)
        chaos = Chaos(crowd, 20210806 + ROUNDS, FIRST, "-a", f"channels={CHANNELS}")
        try:
            for _ in range(ROUNDS):
                chaos.round()
                print(f"\n{chaos.tally}", *chaos.tally.failures().values(), flush=True)
        finally:
            crowd.end()
    assert chaos.tally.failures() == {}
