"""The run: its lock, its archive, its counts, and what it tells in the end."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from scrapy.http import Response
from twisted.python.failure import Failure

from newsarchive import clock, pictures
from newsarchive.archive import schedule
from newsarchive.archive.entry import Outcome
from newsarchive.archive.image_captures import ImageCaptures
from newsarchive.archive.rechecks import Check
from newsarchive.compute.aside import Aside
from newsarchive.download import served
from newsarchive.exceptions import Blocked, ExitCode, NewsarchiveError, Reason, StorageError
from newsarchive.extensions.closing import drop_waiting
from newsarchive.extensions.hold import STATS, Part, Share, hold_of
from newsarchive.extensions.patience import Patience
from newsarchive.extensions.recording import Recording
from newsarchive.items import Article, Link, Miss
from newsarchive.log import visible

logger = logging.getLogger(__name__)
#: A signal, with the `fault`: the run ends before its time.
stopping = object()


class Dropped(DropItem):
    """An item that will be no post, with the Miss that is counted and reported."""

    def __init__(self, miss: Miss) -> None:
        super().__init__(
            f"{miss.reason.label}: {miss.detail}" if miss.detail else miss.reason.label
        )
        self.miss = miss


class Run:
    """What one `scrapy crawl` holds: opened before the first request, closed after the last post.

    Raises what `Hold` does.
    """

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self.crawler = crawler
        self.fault: NewsarchiveError | None = None
        self._attempts_max = settings.getint("LINK_ATTEMPTS_MAX")
        self._sightings = settings.getint("GONE_SIGHTINGS")
        self._pause = timedelta(hours=settings.getfloat("GONE_INTERVAL"))
        self._ages = [timedelta(hours=float(age)) for age in settings.getlist("RECHECK_AGES")]
        self.patience = Patience(settings)
        #: Whether the site is asked. A replay asks nobody: what it meets may be long past.
        self.live = hasattr(crawler.spidercls, "allowed_domains")
        self.aside = Aside(beside=self.live and settings.getbool("SECOND_PROCESS"))
        #: Whether somebody is shown how far it is; articles that are to come in all, where what
        #: is found does not tell.
        self.watched, self.expected = False, 0
        #: What a replay has of pictures.
        self.captured: ImageCaptures | None = None
        self.part: Part | None = settings.get("PART")
        self._hold = hold_of(crawler, self.part, asks=self.live)
        #: What it has of a crawl that several workers share.
        self.share = self._hold if isinstance(self._hold, Share) else None
        self.report, self.store = self._hold.report, self._hold.store
        self.ledger = self.store.ledger
        #: Asks the ledger: at once; or while others are fetched, see `pipelines/store.py`.
        self.in_turn: Callable[..., Awaitable[Any]] = Aside(beside=False)
        self.recording = Recording(settings, self.store, self.report.name, asks=self.live)
        connect = crawler.signals.connect
        connect(self._dropped, signals.item_dropped)
        connect(self._broke, signals.item_error)
        connect(self._broke, signals.spider_error)
        connect(self._answered, signals.response_received)
        connect(self._closed, signals.spider_closed)
        if self.part:
            connect(self._watch, signals.item_scraped)
            connect(self._watch, signals.item_dropped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Run:
        return cls(crawler)

    @classmethod
    def of(cls, crawler: Crawler) -> Run:
        """The run of *crawler*; its extensions are there before spiders start and stages open."""
        run = crawler.get_extension(cls)
        assert run is not None, "EXTENSIONS holds Run"
        return run

    @property
    def exit_code(self) -> ExitCode:
        """What the run ends with, as far as it has gone."""
        if self.fault is not None:
            return ExitCode(self.fault.exit_code)
        return ExitCode.SOME_FAILED if self.report.failed else ExitCode.DONE

    def found(self, count: int) -> None:
        """*count* links or files were found that were not known before."""
        self.report.found += count

    def archived(self, article: Article, outcome: Outcome) -> None:
        """An article went through."""
        self.report.put(article.channel, outcome.value)
        if outcome is not Outcome.UNCHANGED:
            self.report.layouts[article.layout or "post"] += 1
            self.report.replacements += (article.title + article.body).count("\ufffd")

    def missed(self, miss: Miss) -> None:
        """An input did not become a post: count it, remember it, tell the ledger."""
        self.report.miss(miss)
        level = logging.WARNING if miss.reason.failure else logging.INFO
        detail = f" ({miss.detail})" if miss.detail else ""
        logger.log(level, "%s", visible(f"{miss.reason.label}: {miss.subject}{detail}"))
        if miss.doc_id and miss.at is not None:
            try:
                self._remember(miss, miss.at)
            except StorageError as error:
                self.stop(error)
        if self.live and (fault := self.patience.missed(miss)):
            self.stop(fault)

    def stop(self, fault: NewsarchiveError) -> None:
        """End the run because of *fault*; the first one names the exit code."""
        if isinstance(fault, Blocked) and fault.until:
            try:
                self.ledger.wait(fault.until)
            except StorageError as error:
                logger.error("%s", visible(str(error)))
        if self.fault is None:
            self.fault = fault
            logger.error("%s", visible(str(fault)))
            # Not awaited: this is called from inside the work that closing waits for.
            self._closing = asyncio.ensure_future(
                self.crawler.engine.close_spider_async(reason=type(fault).__name__.lower())
            )
            drop_waiting(self.crawler)
            self.crawler.signals.send_catch_log(stopping, fault=fault)

    def check_at(self, date: str, now: datetime) -> datetime | None:
        """When an article of *date* (as in a post) that is there *now* is to be asked for again.

        None: never.
        """
        moment = clock.parse_http_date(date)
        return schedule.next_check(moment, now, self._ages) if moment else None

    def unchanged(self, link: Link, at: datetime) -> None:
        """A page was *at* a moment as it is archived. Raises StorageError."""
        known = self.ledger.article(link.doc_id)
        looked_at = self.ledger.looked_at(link.doc_id)
        if known is not None and (looked_at is None or looked_at < at):
            due_at = schedule.next_check(known["date"], at, self._ages)
            self.ledger.seen(known["doc_id"], link.doc_id, Check(at, due_at))

    def _remember(self, miss: Miss, now: datetime) -> None:
        """Tell the ledger of a link that is no post, or of an article that was not there again."""
        if miss.link:
            self.ledger.add_links([miss.link], miss.link.first_seen_at or now)
        self.ledger.missed(miss.doc_id, miss.reason, miss.detail, self._attempts_max, now)
        known = self.ledger.article(miss.doc_id)
        looked_at = None if self.live else self.ledger.looked_at(miss.doc_id)
        if known is None or (looked_at is not None and now <= looked_at):
            return  # what is replayed again was counted before
        if miss.reason is not Reason.NOT_FOUND:
            again_at = schedule.next_try(known["date"], now, self._pause, self._ages)
            self.ledger.postpone(miss.doc_id, again_at)
            return
        if self.ledger.missing(
            miss.doc_id,
            now,
            miss.detail,
            self._sightings,
            pause=self._pause,
            due_at=schedule.next_check(known["date"], now, self._ages),
        ):
            self.report.gone += 1
            self.report.of(known["channel"]).gone += 1

    def close(self, reason: str) -> None:
        """Write the report and let go of everything; nothing, where that is done."""
        if self.report.ended_at is not None:
            return
        self.aside.close()
        self.ledger.before()  # what a second signal left waiting counts, too
        report = self.report
        report.ended_at = clock.now()
        report.finish_reason = reason
        for name, stat in STATS.items():
            setattr(report, name, self.crawler.stats.get_value(stat, 0))
        report.exit_code = int(self.exit_code)
        try:
            self.recording.close()
        except StorageError as error:
            self._note(error)
        try:
            self._hold.close()
        except StorageError as error:
            self._note(error)

    def _note(self, error: StorageError) -> None:
        """Trouble at the end: nothing is left to stop."""
        logger.error("%s", visible(str(error)))
        self.fault = self.fault or error

    # Signals

    def _dropped(self, exception: Exception) -> None:
        if isinstance(exception, Dropped):
            self.missed(exception.miss)

    def _broke(self, failure: Failure, response: Any = None, item: Any = None) -> None:
        subject = getattr(response, "url", "") or getattr(item, "path", "") or "?"
        link = response.meta.get("link") if getattr(response, "request", None) else None
        doc_id = getattr(link, "doc_id", "") or getattr(item, "doc_id", "")
        channel = getattr(link, "channel", "") or getattr(item, "channel", "")
        if isinstance(failure.value, StorageError):
            self.stop(failure.value)
        else:
            detail = repr(failure.value)[:500]
            at = clock.now() if self.share else None  # else another worker would try it at once
            self.missed(Miss(subject, Reason.INTERNAL, detail, doc_id, channel, at))

    def _answered(self, response: Response) -> None:
        if pictures.address(response.url):
            return  # of other hosts, whose caches keep the Date of long ago
        if response.status < 400:
            self.patience.answered()
        if (served_at := served(response)) is not None:
            self.report.answered(served_at)

    def _watch(self) -> None:
        """Of a worker: the lock died with the process that held it."""
        assert self.part is not None
        if os.getppid() != self.part.parent:
            self.stop(StorageError("the process that holds the archive is gone"))

    def _closed(self, reason: str) -> None:
        self.close(reason)
