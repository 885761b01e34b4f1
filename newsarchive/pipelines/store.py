"""The last stage: the post becomes durable, then the ledger says so.

To make one file durable takes longer than all that was done for it, and several take hardly longer
than one. So articles that arrive within a moment are stored together; each is only told as archived
when it is.
"""

from __future__ import annotations

import asyncio
from typing import Any

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from newsarchive.archive.entry import Entry
from newsarchive.exceptions import BadInput, StorageError
from newsarchive.extensions.run import Run
from newsarchive.items import Article
from newsarchive.pipelines.stage import dropped
from newsarchive.sina import flash

#: Seconds that an article waits for others, and how many are stored together at most.
_MOMENT, _MOST = 0.25, 32

_Waiting = tuple[Entry, "asyncio.Future[None]"]


class StorePipeline:
    """Hands articles to the store. Trouble with the storage ends the run.

    Who asks the ledger anything meanwhile sees what waits here: it is stored first.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self._waiting: list[_Waiting] = []
        run.ledger.before = self.flush

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StorePipeline:
        return cls(Run.of(crawler))

    async def process_item(self, item: Any) -> Any:
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[None] = loop.create_future()
        self._waiting.append((self._entry(item), stored))
        if len(self._waiting) >= _MOST:
            self.flush()
        elif len(self._waiting) == 1:
            loop.call_later(_MOMENT, self.flush)
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
        """Store what waits."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._store(waiting)

    def _store(self, waiting: list[_Waiting]) -> None:
        try:
            self.run.recording.sync()  # what the ledger says of a capture is true before it says so
            outcomes = self.run.store.put_all([entry for entry, _ in waiting])
        except StorageError as error:
            self.run.stop(error)
            for _, stored in waiting:
                _tell(stored, error)
        except Exception as error:  # a fault of ours, which Scrapy tells: the others may be stored
            if len(waiting) == 1:
                _tell(waiting[0][1], error)
                return
            for each in waiting:
                self._store([each])
        else:
            for (entry, stored), outcome in zip(waiting, outcomes):
                if isinstance(outcome, BadInput):
                    _tell(stored, outcome)
                else:
                    self.run.archived(entry.article, outcome)
                    _tell(stored)


def _tell(stored: asyncio.Future[None], error: Exception | None = None) -> None:
    """Let the article go on; nobody may wait any more where the run is being cut off."""
    if stored.done():
        return
    if error is None:
        stored.set_result(None)
    else:
        stored.set_exception(error)
