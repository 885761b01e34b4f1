"""The archived articles, read again from the pages that they were made of.

What comes out is a version of ours, not of Sina's: the page is the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

from scrapy import Spider

from newsarchive import settings
from newsarchive.archive import warc
from newsarchive.archive.schema import Row
from newsarchive.archive.selection import Choice
from newsarchive.archive.store import Store
from newsarchive.archive.tasks import Tasks
from newsarchive.archive.warc import Capture, Position
from newsarchive.exceptions import BadInput, Reason, StorageError
from newsarchive.extensions.run import Run
from newsarchive.items import Article, Miss
from newsarchive.sina import article, flash
from newsarchive.spiders import context, files, pages, replay
from newsarchive.spiders.captures import answer_of

#: What a version has of its lists and its fetch, whatever its page says now.
_KEPT = (
    "doc_id channel origin url warc_file warc_offset first_seen_at "
    "listed_at list_ctime list_mtime fetched_at served_at"
).split()
#: Seconds between two looks of a worker that waits for the others to come to their ends.
_WAIT = 2.0


class ReextractSpider(Spider):
    """Yields the current versions as today's layouts read their pages: captures, or saved pages.

    *choice*: of which articles; None: of those of which there are pages in *saved*, a folder, a
    file or a glob. *arguments*: what it was given, the same for all workers. It belongs to `scrapy
    reextract`.
    """

    name = "reextract"
    pages = None  #: that are asked for at most: it asks for none
    custom_settings = {
        "ITEM_PIPELINES": {
            **settings.ITEM_PIPELINES,
            "newsarchive.pipelines.compare.ComparePipeline": 800,
        },
    }

    def __init__(self, choice: Choice | None, saved: str, arguments: dict[str, str]) -> None:
        super().__init__()
        self.choice = choice
        self.saved = saved
        self.arguments = arguments

    async def start(self) -> AsyncIterator[Article | Miss]:
        """One item an article."""
        self.run = Run.of(self.crawler)
        crew = self.run.share.crew if self.run.share else None
        try:
            async for item in self._by_file(crew) if isinstance(crew, Tasks) else self._alone():
                if self.run.fault is not None:
                    return
                yield item
        except StorageError as error:
            self.run.stop(error)

    async def _alone(self) -> AsyncIterator[Article | Miss]:
        for item in self._saved() if self.choice is None else self._captured(self.choice):
            yield item

    async def _by_file(self, tasks: Tasks) -> AsyncIterator[Article | Miss]:
        """As long as there are files, also in the hands of others: these may die."""
        assert self.choice is not None
        while self.run.fault is None:
            if file := tasks.claim():
                for item in self._read(self.run.ledger.of_file(file, self.choice)):
                    yield item
                await self._stored()
                if self.run.fault is None:
                    tasks.finish(file)
            elif tasks.is_over():
                return
            else:
                await asyncio.sleep(_WAIT)

    async def _stored(self) -> None:
        """Until all that was read has gone through."""
        slot = self.crawler.engine.scraper.slot
        while slot is not None and not slot.is_idle():
            self.run.ledger.before()  # what waits to be stored with others waits no longer
            await asyncio.sleep(0)

    def _captured(self, choice: Choice) -> Iterator[Article | Miss]:
        if self.run.watched:
            self.run.expected = self.run.ledger.count(choice)
        return self._read(self.run.ledger.in_batches(choice))

    def _read(self, rows: Iterator[Row]) -> Iterator[Article | Miss]:
        for row in rows:
            if not row["warc_file"]:
                continue
            self.run.found(1)
            try:
                yield captured(self.run.store, row)
            except BadInput as error:
                yield Miss(row["path"], error.reason, error.detail)

    def _saved(self) -> Iterator[Article | Miss]:
        root, paths = files.named(self.saved)
        if self.run.watched:
            self.run.expected = sum(1 for _ in files.named(self.saved)[1])
        empty = True
        for path in paths:
            empty = False
            self.run.found(1)
            try:
                found = replay.read(path, root=root)
                if not found.layout:  # a post has not all that its page said
                    raise BadInput(Reason.UNKNOWN_FORMAT, "a post, not a saved page")
                row = self.run.ledger.article(found.doc_id)
                if row is not None:
                    yield _of_version(found, row)
            except BadInput as error:
                yield Miss(str(path), error.reason, error.detail)
        if empty:
            self.run.found(1)
            yield files.nothing(self.saved)


def captured(store: Store, row: Row) -> Article:
    """The article of a ledger's row, read again from its captures. Raises BadInput."""
    last = _found(store, Position(row["warc_file"], row["warc_offset"]))
    told = context.read(last.context or {})
    if told.channel is not None:
        return _of_version(_flash(last, row["doc_id"]), row)
    if told.link is None:
        return _of_version(article.parse(answer_of(last).text(), last.url), row)
    first = None
    for position in told.before:
        first = pages.page(answer_of(_found(store, position)), told.link, first)
    return _of_version(pages.page(answer_of(last, told.redirected), told.link, first), row)


def _found(store: Store, position: Position) -> Capture:
    found = warc.found(store.root, *position)
    if found is None:
        raise BadInput(Reason.UNREADABLE, "the archive does not have its page")
    return found


def _flash(capture: Capture, doc_id: str) -> Article:
    for item in flash.parse(answer_of(capture).text()).articles:
        if item.doc_id == doc_id:
            return item
    raise BadInput(Reason.NOT_FOUND, "no such flash on the page of the feed")


def _of_version(found: Article, row: Row) -> Article:
    """What is of the version, not of the page, stays."""
    for name in _KEPT:
        setattr(found, name, row[name])
    found.replaces = dict(row)
    return found
