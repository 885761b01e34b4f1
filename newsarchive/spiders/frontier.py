"""What is asked for, and by whom: by a run that is alone all that it finds, by one of several
workers what it claims."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from typing import Any

from scrapy import signals

from newsarchive import clock
from newsarchive.archive import schedule
from newsarchive.archive.leases import Leases
from newsarchive.cluster import GATES
from newsarchive.extensions.patience import stopped
from newsarchive.extensions.run import Dropped, Run
from newsarchive.items import Article, Link

#: Seconds that an idle worker waits for a word, before it looks for itself; while it still has
#: something in hand, which may be all that the crawl waits for.
_WAIT, _SHORT = 2.0, 0.2
#: What a worker claims at once, by how many requests may be on their way.
_CLAIM = 2

#: The requests that lists begin with, without those that are done.
Lists = Callable[[Collection[str]], Iterable[Any]]


class Frontier:
    """Of a run that is alone: at most *limit* pages. Methods raise StorageError."""

    def __init__(self, run: Run, limit: int | None) -> None:
        self._run = run
        self._left = limit
        self._asked = 0  #: lists and new pages

    async def feed(self, lists: Lists) -> AsyncIterator[Any]:
        """What the run begins with: what earlier ones left to do, and what *lists* gives."""
        requests = [*self.take(self._run.ledger.todo()), *lists(())]
        for request in requests:
            yield request

    async def leads(self) -> bool:
        """Whether this run reads the lists."""
        return True

    def take(self, links: list[Link]) -> list[Link]:
        """*links* were found, or are to do again: those of them that are asked for now."""
        self._run.found(len(links))
        taken = links[: self._left]
        if self._left is not None:
            self._left -= len(taken)
        self._asked += len(taken)
        return taken

    def is_full(self) -> bool:
        """Whether no more pages are wanted."""
        return self._left == 0

    def listed(self) -> None:
        """A page of a list is asked for."""
        self._asked += 1

    def rest(self, limit: int | None) -> int | None:
        """How many flashes are left of a *limit* of them; None: all."""
        return limit

    def took(self, count: int) -> None:
        """So many flashes are taken."""

    def read(self, channel: str) -> None:
        """The list of *channel* is read."""

    def rechecks(self, share: float) -> list[Link]:
        """All lists are read: the archived articles that are due to be asked for again, at most
        *share* of all requests."""
        allowed = schedule.allowance(self._asked, share)
        links = self._run.ledger.due(clock.now(), allowed) if allowed else []
        self._run.report.rechecks += len(links)
        return links


class SharedFrontier(Frontier):
    """Of one of several workers: what is found is told to all, and each claims its part."""

    def __init__(self, run: Run, leases: Leases) -> None:
        super().__init__(run, None)
        self._leases = leases
        self._gate = GATES[run.crawler]
        self._count = _CLAIM * run.crawler.settings.getint("CONCURRENT_REQUESTS")
        self._telling: set[asyncio.Task[None]] = set()
        connect = run.crawler.signals.connect
        connect(self._scraped, signals.item_scraped)
        connect(self._dropped, signals.item_dropped)
        connect(self._broke, signals.item_error)
        connect(self._broke, signals.spider_error)

    async def feed(self, lists: Lists) -> AsyncIterator[Any]:
        hints, idle = await self._gate.hints(self._count), True
        while self._run.fault is None:
            if idle and self._leases.lead():
                for request in lists(self._leases.done()):
                    yield request
            links = self._leases.claim(self._count, hints)
            rechecks = sum(link.archived for link in links)
            self._run.found(len(links) - rechecks)
            self._run.report.rechecks += rechecks
            for link in links:
                yield link
            idle = not links
            if links:
                await self._run.crawler.signals.wait_for(signals.scheduler_empty)
            elif self._leases.is_over():
                if told := self._leases.stopped():
                    self._run.stop(stopped(*told))
                return
            wait = _SHORT if self._leases.is_busy else _WAIT
            hints = await self._gate.hints(self._count, wait=wait if idle else 0)

    async def leads(self) -> bool:
        while not self._leases.lead():
            if self._run.fault is not None or self._leases.is_over():
                return False
            await asyncio.sleep(_WAIT)
        return True

    def take(self, links: list[Link]) -> list[Link]:
        if links:
            task = asyncio.ensure_future(self._gate.tell([link.doc_id for link in links]))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)
        return []

    def is_full(self) -> bool:
        return self._leases.left() == 0

    def listed(self) -> None:
        self._leases.listed()

    def rest(self, limit: int | None) -> int | None:
        return None if limit is None else max(0, limit - self._leases.taken())

    def took(self, count: int) -> None:
        self._leases.listed(count)

    def read(self, channel: str) -> None:
        self._leases.read(channel)

    def rechecks(self, share: float) -> list[Link]:
        self._leases.lists_read(schedule.allowance(self._leases.asked(), share))
        return []

    # What is done with

    def _scraped(self, item: Any) -> None:
        if isinstance(item, Article):
            self._leases.finish(item.linked_as or item.doc_id)

    def _dropped(self, exception: Exception) -> None:
        if isinstance(exception, Dropped):
            self._leases.finish(exception.miss.doc_id)

    def _broke(self, response: Any = None, item: Any = None) -> None:
        link = response.meta.get("link") if getattr(response, "request", None) else None
        self._leases.finish(getattr(link, "doc_id", "") or getattr(item, "linked_as", ""))


def frontier_of(run: Run, limit: int | None) -> Frontier:
    """That of *run*, which asks for at most *limit* pages, or is one of several workers."""
    crew = run.share.crew if run.share else None
    return SharedFrontier(run, crew) if isinstance(crew, Leases) else Frontier(run, limit)
