"""The beats of a worker: what it hears with them, and a ledger that does not answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.settings import Settings

from newsarchive.exceptions import Blocked, NewsarchiveError, StorageError
from newsarchive.extensions.run import Run
from newsarchive.extensions.worker import Worker
from newsarchive.spiders.sina_finance import SinaFinanceSpider
from tests.fork import PATIENCE


def faults(
    monkeypatch: pytest.MonkeyPatch,
    beat: Callable[[Any], Any],
    *,
    lease: float,
    cut: Callable[[], None] = lambda: None,
    meanwhile: Callable[[Worker], None] = lambda worker: None,
) -> list[NewsarchiveError]:
    """What a run is stopped with whose worker says with *beat* that it is there."""
    settings = Settings({"CLUSTER_URL": "redis://127.0.0.1:1/0", "CLUSTER_LEASE": lease})
    found: list[NewsarchiveError] = []
    share = SimpleNamespace(crew=SimpleNamespace(beat=beat), counts=dict)
    run = SimpleNamespace(share=share, ledger=SimpleNamespace(cut=cut), stop=found.append)
    monkeypatch.setattr(Run, "of", lambda _: run)
    worker = Worker(Crawler(SinaFinanceSpider, settings))

    async def until_stopped() -> None:
        worker._opened()
        for _ in range(500):
            await asyncio.sleep(0.02)
            if found:
                break
            meanwhile(worker)
        worker._closed()

    asyncio.run(until_stopped())
    return found


def test_who_is_alone_says_nothing() -> None:
    with pytest.raises(NotConfigured):
        Worker(Crawler(SinaFinanceSpider, Settings({"CLUSTER_URL": ""})))


def test_a_stop_is_heard_of_with_a_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    told = iter([None, None, ("refused", 4)])
    (fault,) = faults(monkeypatch, lambda _: next(told), lease=0.2)
    assert isinstance(fault, Blocked)


def test_who_hears_of_a_stop_asks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    told = iter([None, ("refused", 4)])
    (fault,) = faults(monkeypatch, lambda _: next(told), lease=3600, meanwhile=Worker.hear)
    assert str(fault) == "refused"


def test_a_ledger_that_never_answers_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    cut = threading.Event()

    def beat(_: Any) -> None:
        told = "the connection was lost" if cut.wait(PATIENCE) else "nobody hung up"
        raise StorageError(told)

    (fault,) = faults(monkeypatch, beat, lease=0.2, cut=cut.set)
    assert str(fault) == "the connection was lost"
