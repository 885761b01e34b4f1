"""The archived articles, read again from the pages that they were made of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from scrapy import Spider

from newsarchive import extraction, settings
from newsarchive.archive.selection import Choice
from newsarchive.exceptions import BadInput, StorageError
from newsarchive.extensions.run import Run
from newsarchive.items import Article, Miss
from newsarchive.spiders import files, replay


class ReextractSpider(Spider):
    """Yields the current versions as today's layouts read their pages: captures, or saved pages.

    *pages*: a folder, a file or a glob of saved pages, instead of captures. It belongs to `scrapy
    reextract`.
    """

    name = "reextract"
    custom_settings = {
        "ITEM_PIPELINES": {
            **settings.ITEM_PIPELINES,
            "newsarchive.pipelines.compare.ComparePipeline": 800,
        },
    }

    def __init__(self, choice: Choice, pages: str | None) -> None:
        super().__init__()
        self.choice = choice
        self.pages = pages

    async def start(self) -> AsyncIterator[Article | Miss]:
        """One item an article."""
        self.run = Run.of(self.crawler)
        try:
            for item in self._captured() if self.pages is None else self._saved(self.pages):
                if self.run.fault is not None:
                    return
                yield item
        except StorageError as error:
            self.run.stop(error)

    def _captured(self) -> Iterator[Article | Miss]:
        for row in self.run.ledger.in_batches(self.choice):
            if not row["warc_file"]:
                continue
            self.run.found(1)
            try:
                yield extraction.captured(self.run.store, row)
            except BadInput as error:
                yield Miss(row["path"], error.reason, error.detail)

    def _saved(self, pages: str) -> Iterator[Article | Miss]:
        root, paths = files.named(pages)
        for path in paths:
            self.run.found(1)
            try:
                found = replay.read(path, root=root)
                row = self.run.ledger.article(found.doc_id)
                if row is not None:
                    yield extraction.saved(found, row)
            except BadInput as error:
                yield Miss(str(path), error.reason, error.detail)
