"""The last stage: the post becomes durable, then the ledger says so."""

from __future__ import annotations

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from newsarchive.exceptions import StorageError
from newsarchive.extensions.run import Run
from newsarchive.items import Article
from newsarchive.pipelines.stage import Stage
from newsarchive.sina import flash


class StorePipeline(Stage):
    """Hands the article to the store. Trouble with the storage ends the run."""

    def __init__(self, run: Run) -> None:
        self.run = run

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StorePipeline:
        return cls(Run.of(crawler))

    def process(self, article: Article) -> None:
        try:
            again = None
            if article.layout != flash.LAYOUT and article.fetched_at:
                again = self.run.check_at(article.date, article.fetched_at)
            self.run.recording.sync()  # what the ledger says of a capture is true before it says so
            late = not self.run.live
            outcome = self.run.store.put(article, article.linked_as, again, late=late)
        except StorageError as error:
            self.run.stop(error)
            raise DropItem(str(error)) from error
        self.run.archived(article, outcome)
