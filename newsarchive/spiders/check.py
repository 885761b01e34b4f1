"""The check of the channels: each list once, and one article of it; nothing is archived."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure

from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import Article
from newsarchive.sina import article, flash, listing, reading, urls
from newsarchive.sina.channels import Channel, Live
from newsarchive.sina.walk import is_stale
from newsarchive.spiders.answers import answered, explain

_FIELDS = ("doc_id", "published_at", "updated_at", "source", "editor", "keywords", "symbols")


@dataclass
class Finding:
    """What was found of one channel."""

    channel: Channel
    state: str = ""  #: fresh, stale, empty, refused, broken
    rows: int = 0
    newest: datetime | None = None
    layout: str = ""  #: of the one article that was asked for
    fields: list[str] = field(default_factory=list)  #: those that it has
    detail: str = ""  #: what went wrong, with the list or with the article


class CheckSpider(Spider):
    """Yields one Finding a channel.

    *ledger*: which one it is, where workers may ask the site at the same time: it takes turns.
    """

    name = "check"
    allowed_domains = list(urls.DOMAINS)
    #: Nothing is archived: no lock, no ledger, no stages.
    custom_settings = {
        "ITEM_PIPELINES": {},
        "EXTENSIONS": {
            "scrapy.extensions.logstats.LogStats": None,
            "newsarchive.extensions.turns.Turns": 2,  # with CLUSTER_URL
        },
    }

    def __init__(self, channels: list[Channel], ledger: str = ""):
        super().__init__()
        self.channels = channels
        self.ledger = ledger

    async def start(self) -> AsyncIterator[Any]:
        for channel in self.channels:
            yield Request(
                channel.place.url(1, self.settings.getint("LIST_PAGE_SIZE")),
                self.parse_list,
                errback=self.list_failed,
                meta={"finding": Finding(channel)},
            )

    def parse_list(self, response: Response) -> Iterator[Finding | Request]:
        finding: Finding = response.meta["finding"]
        first: str | Article = ""
        try:
            if isinstance(finding.channel.place, Live):
                feed = flash.parse(answered(response).text())
                finding.rows, times = feed.rows, feed.times
                first = feed.articles[0] if feed.articles else ""
            else:
                listed = listing.parse(answered(response).text(), finding.channel)
                finding.rows, times = listed.rows, listed.times
                first = listed.links[0].url if listed.links else ""
        except BadInput as error:
            finding.state, finding.detail = "broken", error.detail
            yield finding
            return
        finding.newest = max(filter(None, times.values()), default=None)
        finding.state = state(finding, self.settings.getint("LIST_STALE_DAYS"))
        if isinstance(first, Article):
            _describe(finding, first)
        if not isinstance(first, str) or not first:
            yield finding
            return
        yield Request(
            first,
            self.parse_page,
            errback=self.page_failed,
            meta={"finding": finding},
        )

    def parse_page(self, response: Response) -> Iterator[Finding]:
        finding: Finding = response.meta["finding"]
        try:
            _describe(finding, article.parse(answered(response).text(), response.url))
        except BadInput as error:
            finding.detail = f"{response.url}: {error}"
        yield finding

    def list_failed(self, failure: Failure) -> Iterator[Finding]:
        finding: Finding = failure.request.meta["finding"]  # type: ignore[attr-defined]
        reason, finding.detail = explain(failure)
        finding.state = "refused" if reason in (Reason.BLOCKED, Reason.ROBOTS) else "broken"
        yield finding

    def page_failed(self, failure: Failure) -> Iterator[Finding]:
        finding: Finding = failure.request.meta["finding"]  # type: ignore[attr-defined]
        reason, detail = explain(failure)
        finding.detail = f"{failure.request.url}: {reason.label} {detail}"  # type: ignore[attr-defined]
        yield finding


def state(finding: Finding, stale_days: int) -> str:
    """`fresh`, `stale` or `empty`; stale: the newest row is older than *stale_days*."""
    if not finding.rows:
        return "empty"
    return "stale" if is_stale(finding.newest, stale_days) else "fresh"


def _describe(finding: Finding, found: Article) -> None:
    finding.layout = found.layout
    finding.fields = [name for name in _FIELDS if getattr(found, name)]
    if reading.text(found.body):
        finding.fields.append("body")
