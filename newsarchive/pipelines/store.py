"""The last stage: the post becomes durable, then the ledger says so.

To make one file durable takes longer than all that was done for it, and several take hardly longer
than one. So articles that arrive within a moment are stored together, in a thread: while it waits
for the disk, others are fetched and read. Each is only told as archived when it is.
"""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, NamedTuple, TypeVar

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from newsarchive.archive.entry import Entry, Outcome
from newsarchive.archive.store import Store
from newsarchive.exceptions import BadInput, StorageError
from newsarchive.extensions.run import Run
from newsarchive.items import Article
from newsarchive.pipelines.stage import dropped
from newsarchive.sina import flash

_T = TypeVar("_T")
#: Seconds that an article waits for others, and how many are stored together at most.
_MOMENT, _MOST = 0.25, 32


class _Waiting(NamedTuple):
    entry: Entry
    stored: asyncio.Future[None]


class StorePipeline:
    """Hands articles to the store. Trouble with the storage ends the run.

    Who asks the ledger anything meanwhile sees what waits here: it is stored first, so that the
    ledger never hears two at once.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self._waiting: list[_Waiting] = []
        self._due = False  # the first that waits has waited long enough
        self._thread = ThreadPoolExecutor(1, "store")
        #: What the thread is at.
        self._batch: tuple[list[_Waiting], Future[list[Outcome | Exception]]] | None = None
        self._owner = threading.get_ident()
        #: What the ledger is asked in the thread.
        self._asked: set[Future[Any]] = set()
        run.ledger.before, run.in_turn = self.flush, self.in_turn

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StorePipeline:
        return cls(Run.of(crawler))

    async def process_item(self, item: Any) -> Any:
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[None] = loop.create_future()
        if not self._waiting:
            loop.call_later(_MOMENT, self._ring)
        self._waiting.append(_Waiting(self._entry(item), stored))
        self._look()
        try:
            await stored
        except BadInput as error:
            raise dropped(item, error) from error
        except StorageError as error:
            raise DropItem(str(error)) from error
        return item

    def _entry(self, article: Article) -> Entry:
        again = None
        if article.layout != flash.LAYOUT and article.fetched_at:
            again = self.run.check_at(article.date, article.fetched_at)
        # Another worker may have fetched it since.
        late = not self.run.live or bool(self.run.ledger.worker)
        return Entry(article, article.linked_as, again, late=late)

    def flush(self) -> None:
        """Store what waits, and wait for that. What the thread itself asks waits for nothing."""
        if threading.get_ident() != self._owner:
            return
        while self._batch or self._waiting:
            self._begin()
            self._end()
        wait(self._asked.copy())

    async def in_turn(self, function: Callable[..., _T], *arguments: object) -> _T:
        """Ask the ledger in the thread, once that has stored what it is at: the crawl goes on."""
        asked = self._thread.submit(function, *arguments)
        self._asked.add(asked)
        asked.add_done_callback(self._asked.discard)
        return await asyncio.wrap_future(asked)

    def _ring(self) -> None:
        self._due = bool(self._waiting)  # else it was stored meanwhile, for one who asked
        self._look()

    def _look(self) -> None:
        """Take from the thread what it has done, and give it what has waited long enough.

        Where as many wait as it has in hand, so does the run: what is read must not pile up.
        """
        if self._batch and (self._batch[1].done() or len(self._waiting) >= _MOST):
            self._end()
        if not self._batch and (self._due or len(self._waiting) >= _MOST):
            self._begin()
            if self._batch:
                ended = functools.partial(
                    asyncio.get_running_loop().call_soon_threadsafe, self._look
                )
                self._batch[1].add_done_callback(lambda _: ended())

    def _begin(self) -> None:
        if self._batch or not self._waiting:
            return
        waiting, self._waiting, self._due = self._waiting, [], False
        entries = [each.entry for each in waiting]
        try:
            sync = self.run.recording.syncing()
            done = self._thread.submit(_stored, self.run.store, entries, sync)
        except (StorageError, RuntimeError) as error:  # RuntimeError: no thread can be begun
            self._told(waiting, [error] * len(waiting))
            return
        self._batch = waiting, done

    def _end(self) -> None:
        """Wait for the thread, and let its articles go on."""
        if self._batch:
            (waiting, done), self._batch = self._batch, None
            self._told(waiting, done.result())

    def _told(self, waiting: list[_Waiting], outcomes: Sequence[Outcome | Exception]) -> None:
        for fault in {each: None for each in outcomes if isinstance(each, StorageError)}:
            self.run.stop(fault)
        for (entry, stored), outcome in zip(waiting, outcomes):
            if isinstance(outcome, Outcome):
                self.run.archived(entry.article, outcome)
            if stored.done():  # nobody may wait any more where the run is being cut off
                continue
            if isinstance(outcome, Outcome):
                stored.set_result(None)
            else:
                stored.set_exception(outcome)


def _stored(
    store: Store, entries: Sequence[Entry], sync: Callable[[], None]
) -> list[Outcome | Exception]:
    """What becomes of each; a fault of ours is told, too."""
    try:
        sync()  # what the ledger says of a capture is true before it says so
        return [*store.put_all(entries)]
    except StorageError as error:
        return [error] * len(entries)
    except Exception as error:  # Scrapy tells of it; the others may be stored
        if len(entries) == 1:
            return [error]
        return [each for entry in entries for each in _stored(store, [entry], lambda: None)]
