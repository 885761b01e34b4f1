"""The stage of `scrapy reextract`: what is as it was ends here; what is not is told."""

from __future__ import annotations

from collections import Counter

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from newsarchive import extraction
from newsarchive.archive.store import Outcome
from newsarchive.exceptions import StorageError
from newsarchive.extensions.run import Run
from newsarchive.items import Article
from newsarchive.log import visible
from newsarchive.pipelines.stage import Stage


class ComparePipeline(Stage):
    """Lets through what becomes a version of ours; nothing, with DRY_RUN, which prints it."""

    def __init__(self, run: Run, *, dry: bool) -> None:
        self.run = run
        self._dry = dry
        self._fields: Counter[str] = Counter()
        self._articles = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ComparePipeline:
        return cls(Run.of(crawler), dry=crawler.settings.getbool("DRY_RUN"))

    def process(self, article: Article) -> None:
        try:
            row = self.run.ledger.article(article.doc_id)
            assert row is not None, "the spider yields what is archived"
            changes = extraction.changes(row, self.run.store.read(row), article)
        except StorageError as error:
            self.run.stop(error)
            raise DropItem(str(error)) from error
        if not changes:
            self.run.archived(article, Outcome.UNCHANGED)
            raise DropItem("as it was")
        article.cause = "extraction"
        self._articles += 1
        self._fields.update(change.field for change in changes)
        if self._dry:
            print(visible(f"{article.doc_id}  {row['title']}"))
            for change in changes:
                print(f"  {change.field}:")
                print("".join(f"    {visible(line)}\n" for line in change.lines()), end="")
            raise DropItem("a dry run")

    def close_spider(self) -> None:
        """Say how many articles changed, and in what."""
        told = ", ".join(f"{name} {count}" for name, count in self._fields.most_common())
        would = "would change" if self._dry else "changed"
        print(f"{self._articles} articles {would}" + (f": {told}" if told else ""))
