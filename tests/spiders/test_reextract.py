"""When a worker says that a WARC file is read: all that it does is in tests/cluster."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scrapy.crawler import Crawler

from newsarchive.archive.selection import ALL
from newsarchive.exceptions import StorageError
from newsarchive.extensions.run import Run
from newsarchive.spiders import reextract
from newsarchive.spiders.reextract import ReextractSpider


class Shared:
    """A run of two files, of which another worker has one, and the scraper of its articles."""

    def __init__(self, fault_at: int = 0) -> None:
        self.happened: list[str] = []
        self.fault: StorageError | None = None
        self.ledger = SimpleNamespace(of_file=self._of_file, before=self._before)
        self._fault_at = fault_at
        self._stored = 0
        self._claims = iter(["mine.warc.gz", None, "left.warc.gz", None])
        self._over = iter([False, True])

    def _of_file(self, file: str, _: object) -> list[Any]:
        self._stored = 0
        self.happened.append(f"read {file}")
        return []

    def _before(self) -> None:
        self._stored += 1
        if self._stored == self._fault_at:
            self.fault = StorageError("disk full")

    def is_idle(self) -> bool:
        if self._stored == 3:
            self.happened.append("stored")
        return self._stored == 3

    def claim(self) -> str | None:
        return next(self._claims)

    def finish(self, file: str) -> None:
        self.happened.append(f"finished {file}")

    def is_over(self) -> bool:
        return next(self._over)


def happened(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(reextract, "_WAIT", 0)
    spider = ReextractSpider(ALL, "", {})
    spider.run = cast("Run", shared)
    engine = SimpleNamespace(scraper=SimpleNamespace(slot=shared))
    spider.crawler = cast("Crawler", SimpleNamespace(engine=engine))

    async def read() -> None:
        assert [item async for item in spider._by_file(cast("Any", shared))] == []

    asyncio.run(read())
    return shared.happened


def test_a_file_is_done_when_all_that_it_tells_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """And who finds none waits for those of the others, which may die."""
    of_file = ("read {}", "stored", "finished {}")
    files = ("mine.warc.gz", "left.warc.gz")
    assert happened(Shared(), monkeypatch) == [
        each.format(file) for file in files for each in of_file
    ]


def test_a_file_that_could_not_be_stored_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    assert happened(Shared(fault_at=2), monkeypatch) == ["read mine.warc.gz", "stored"]
