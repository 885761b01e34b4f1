"""The stage of `scrapy reextract`: what is as it was ends here; what is not is told."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from tqdm import tqdm

from newsarchive import clock
from newsarchive.archive.entry import Outcome
from newsarchive.archive.schema import Row
from newsarchive.exceptions import BadInput, Reason, StorageError
from newsarchive.extensions.run import Run
from newsarchive.items import Article
from newsarchive.log import visible
from newsarchive.pipelines.stage import Stage
from newsarchive.post import body
from newsarchive.printing import quiet_pipe
from newsarchive.sina import reading

#: What a layout can say otherwise, beside title and body.
_FIELDS = (
    "source editor keywords symbols original_title column_ids layout published_at updated_at"
).split()


class Change(NamedTuple):
    """A field that is otherwise now. Of a body its text, or, where that is the same, its HTML."""

    field: str
    before: str
    after: str

    def lines(self) -> Iterator[str]:
        """The lines that went (`-`) and came (`+`)."""
        texts = self.before.split("\n"), self.after.split("\n")
        for line in list(difflib.unified_diff(*texts, n=0, lineterm=""))[2:]:
            if not line.startswith("@@"):
                yield line


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
        row = article.replaces  # to ask the ledger would store what waits for others
        assert row is not None, "the spider yields what is archived"
        try:
            found = changes(row, self.run.store.read(row), article)
        except StorageError as error:  # its post is lost, or somebody edited it: `scrapy verify`
            raise BadInput(Reason.UNREADABLE, str(error)) from error
        if not found:
            self.run.archived(article, Outcome.UNCHANGED)
            raise DropItem("as it was")
        article.cause = "extraction"
        self._articles += 1
        self._fields.update(change.field for change in found)
        if self._dry:
            try:
                _print(f"{article.doc_id}  {row['title']}", found)
            except StorageError as error:
                self.run.stop(error)
            raise DropItem("a dry run")

    def close_spider(self) -> None:
        """Say how many articles changed, and in what."""
        told = ", ".join(f"{name} {count}" for name, count in self._fields.most_common())
        would = "would change" if self._dry else "changed"
        try:
            with tqdm.external_write_mode(), quiet_pipe():
                print(f"{self._articles} articles {would}" + (f": {told}" if told else ""))
        except StorageError as error:
            self.run.fault = self.run.fault or error  # it is ending already


def _print(title: str, found: list[Change]) -> None:
    with tqdm.external_write_mode(), quiet_pipe():
        print(visible(title))
        for change in found:
            print(f"  {change.field}:")
            print("".join(f"    {visible(line)}\n" for line in change.lines()), end="")


def changes(row: Row, post: Article, found: Article) -> list[Change]:
    """What *found*, on its way to a post, has otherwise than the row and post that are there."""
    pairs = [("title", post.title, found.title)]
    # Which pictures the archive has is nothing that a layout says.
    bodies = body.without_images(post.body), body.without_images(found.body)
    texts = reading.text(bodies[0]), reading.text(bodies[1])
    pairs.append(("body", *(texts if texts[0] != texts[1] else bodies)))
    pairs += [(name, _plain(row[name]), _plain(getattr(found, name))) for name in _FIELDS]
    return [Change(*pair) for pair in pairs if pair[1] != pair[2]]


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return clock.iso(value) or ""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
