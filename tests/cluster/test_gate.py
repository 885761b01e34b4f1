"""The gate: one request at a time to a host, for all workers, whatever the server forgets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from newsarchive.exceptions import BadArgument, Stopped, StorageError
from tests.cluster.servers import Redis, started

if TYPE_CHECKING:
    from newsarchive.cluster.gate import Gate

HOST = "finance.sina.com.cn"
#: What timers may be off by.
EARLY = 0.03


@pytest.fixture
def server(redis_server: Redis) -> Redis:
    forget(redis_server)
    return redis_server


def forget(server: Redis) -> None:
    import redis

    with redis.Redis(port=server.port) as client:
        client.flushall()


def a_gate(server: Redis, delay: float = 0.1, crawl: str = "one", patience: float = 5) -> Gate:
    from newsarchive.cluster.gate import Gate, connect

    gate = Gate(connect(server.url), delay=delay, jitter=0, patience=patience)
    gate.open("archive", crawl)
    return gate


def run(server: Redis, work: Callable[..., Awaitable[None]], *gates: Gate) -> None:
    async def all_of_it() -> None:
        try:
            await work(*gates)
        finally:
            for gate in gates:
                await gate.close()

    asyncio.run(all_of_it())


async def passing(gate: Gate, seconds: float, passed: list[float]) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        await gate.enter(HOST)
        passed.append(time.monotonic())


@pytest.mark.parametrize("crawls", [["one"] * 4, ["one", "two"] * 2])
def test_many_workers_keep_one_rate(server: Redis, crawls: list[str]) -> None:
    """Those of two crawls, too: the host is the same."""
    passed: list[float] = []

    async def work(*gates: Gate) -> None:
        await asyncio.gather(*(passing(gate, 1.5, passed) for gate in gates))

    run(server, work, *(a_gate(server, crawl=crawl) for crawl in crawls))
    gaps = [after - before for before, after in pairwise(passed)]
    assert len(passed) >= 8
    assert min(gaps) >= 0.1 - EARLY


def test_a_server_that_forgets_lets_nobody_through_early(server: Redis) -> None:
    passed: list[float] = []

    async def work(*gates: Gate) -> None:
        async def forgetting() -> None:
            for _ in range(12):
                await asyncio.sleep(0.13)
                await asyncio.to_thread(forget, server)

        await asyncio.gather(forgetting(), *(passing(gate, 1.5, passed) for gate in gates))

    run(server, work, a_gate(server), a_gate(server))
    assert passed
    assert min(after - before for before, after in pairwise(passed)) >= 0.1 - EARLY


def test_another_host_does_not_wait(server: Redis) -> None:
    async def work(gate: Gate) -> None:
        began = time.monotonic()
        await asyncio.gather(gate.enter("one"), gate.enter("two"), gate.enter("three"))
        assert time.monotonic() - began < 0.6

    run(server, work, a_gate(server, 0.3))


@pytest.mark.parametrize("forgets", [False, True])
def test_a_pause_is_everybody_s(server: Redis, forgets: bool) -> None:
    async def work(one: Gate, two: Gate) -> None:
        one.pause(HOST, 1.8)
        until = time.monotonic() + 1.8
        await asyncio.sleep(0.1)
        if forgets:
            await asyncio.to_thread(forget, server)
        await two.enter(HOST)
        assert time.monotonic() >= until - EARLY

    run(server, work, a_gate(server, 0.9 if forgets else 0), a_gate(server, 0.9 if forgets else 0))


def test_a_stop_is_heard_of(server: Redis) -> None:
    async def work(one: Gate, two: Gate, other: Gate) -> None:
        await one.stop()
        with pytest.raises(Stopped):
            await two.enter(HOST)
        await other.enter(HOST)  # of another crawl

    run(server, work, *(a_gate(server, 0, crawl) for crawl in ("one", "one", "two")))


def test_a_run_that_ends_waits_no_longer(server: Redis) -> None:
    async def work(gate: Gate) -> None:
        gate.pause(HOST, 60)
        waiting = asyncio.ensure_future(gate.enter(HOST))
        await asyncio.sleep(0.1)
        gate.closed = lambda: True
        with pytest.raises(Stopped):
            await asyncio.wait_for(waiting, 2)

    run(server, work, a_gate(server))


@pytest.fixture
def mortal() -> Iterator[Redis]:
    yield from started(Redis, "redis")


def test_nobody_asks_while_the_server_is_down(
    mortal: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    async def work(patient: Gate, hasty: Gate) -> None:
        await patient.enter(HOST)
        mortal.kill()
        waiting = asyncio.ensure_future(patient.enter(HOST))
        with pytest.raises(StorageError, match="CLUSTER_URL"):
            await hasty.enter(HOST)
        assert not waiting.done()
        assert await hasty.count("refused") == 0
        assert await hasty.hints(3) == []
        mortal.start()
        await asyncio.wait_for(waiting, 8)

    run(mortal, work, a_gate(mortal, 0, patience=30), a_gate(mortal, 0, patience=0.5))
    told = [record.getMessage().partition("not asked")[2] for record in caplog.records]
    assert sorted(told) == [
        f" until it answers, {patience} s at most" for patience in ("0.5", "30")
    ]


def test_refusals_and_failures_are_the_crawl_s(server: Redis) -> None:
    async def work(one: Gate, two: Gate) -> None:
        assert await one.count("refused") == 1
        assert await two.count("refused") == 2
        assert await one.count("failed") == 1
        two.answered()
        await two.enter(HOST)
        assert await one.count("failed") == 1  # in a row
        assert await one.count("refused") == 3  # in sum

    run(server, work, a_gate(server, 0), a_gate(server, 0))


def test_what_is_ready_is_told(server: Redis) -> None:
    async def work(one: Gate, two: Gate) -> None:
        waiting = asyncio.ensure_future(two.hints(2, wait=2))
        await asyncio.sleep(0.1)
        await one.tell(["a", "b", "c"])
        assert await waiting == ["a", "b"]
        assert await one.hints(5) == ["c"]
        assert await one.hints(5) == []

    run(server, work, a_gate(server), a_gate(server))


def test_a_url_that_is_none() -> None:
    pytest.importorskip("redis", reason="no redis here")
    from newsarchive.cluster.gate import connect

    with pytest.raises(BadArgument, match="CLUSTER_URL"):
        connect("http://nowhere")
