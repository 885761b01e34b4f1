"""The 7x24 feed: its rows are the articles."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure

from newsarchive import pictures
from newsarchive.archive.warc import Position
from newsarchive.exceptions import BadInput, StorageError
from newsarchive.extensions.run import Run
from newsarchive.items import Article, Miss
from newsarchive.sina import flash, urls
from newsarchive.sina.channels import choose
from newsarchive.sina.walk import Walk
from newsarchive.spiders import arguments, pages
from newsarchive.spiders.answers import answered, explain_list
from newsarchive.spiders.context import of_list
from newsarchive.spiders.frontier import frontier_of
from newsarchive.spiders.lists import finish, walk_of


class SinaLiveSpider(Spider):
    """Archives the flashes of the chosen 7x24 feeds, newest first, until they are known.

    One that was corrected becomes a revision, as long as it is on the pages that are read.

    Arguments: `channels`, names of feeds with commas (the usual one without it); `limit`, how many
    flashes at most. Raises BadArgument for values that make no sense.
    """

    name = "sina_live"
    allowed_domains = [*urls.DOMAINS, *pictures.DOMAINS]

    def __init__(self, channels: str | None = None, limit: str | None = None, **unknown: str):
        super().__init__()
        arguments.refuse(unknown, "channels, limit")
        self.channels = choose(channels, live=True)
        self.left = arguments.number("limit", limit)
        self.arguments = arguments.given(channels=channels, limit=limit)
        self.pages = 0  #: that are asked for: none, the flashes stand in the feed

    async def start(self) -> AsyncIterator[Any]:
        """The first page of the first feed."""
        self.run = Run.of(self.crawler)
        self.frontier = frontier_of(self.run, self.pages)
        try:
            if not await self.frontier.leads():
                return  # another worker reads the feeds
            self.left = self.frontier.rest(self.left)
            self.walks = [walk_of(channel, self.run) for channel in self.channels]
        except StorageError as error:
            self.run.stop(error)
            return
        for request in self._next_feed():
            yield request

    def _next_feed(self) -> Iterator[Request]:
        """One feed after another."""
        if self.walks and self.left != 0:
            yield self._request(self.walks.pop(0))
        else:
            self.frontier.rechecks(0)

    def _request(self, walk: Walk) -> Request:
        return Request(
            walk.url,
            self.parse_feed,
            errback=self.feed_failed,
            meta={"context": of_list(walk.channel.name), "recorded_later": True},
            cb_kwargs={"walk": walk},
        )

    def parse_feed(self, response: Response, walk: Walk) -> Iterator[Any]:
        """One page of a feed: its new flashes, and the next page where the walk goes on."""
        answer = answered(response)
        try:
            feed = flash.parse(answer.text())
        except BadInput as error:
            self._record(response.meta, walk, [])
            yield Miss(response.url, error.reason, error.detail, channel=walk.channel.name)
            yield from self._next_feed()
            return
        yield from feed.misses
        new, known = pages.flashes(feed, answer, walk.channel.name, self.run.ledger)
        new = new[: self.left]
        self.frontier.took(len(new))  # before they are: who takes the feed over takes no more
        self.run.found(len(new))
        self.run.report.of(walk.channel.name).listed += feed.rows
        position = self._record(response.meta, walk, new)
        for item in (*new, *known):
            item.warc_file, item.warc_offset = position
            yield item
        if self.left is not None:
            self.left -= len(new)
        if walk.turn(feed.times, len(new)) and self.left != 0:
            yield self._request(walk)
            return
        if self.left != 0:  # else the limit cut it short
            finish(walk, self.run)
        yield from self._next_feed()

    def _record(self, meta: dict[str, Any], walk: Walk, new: list[Article]) -> Position:
        """Record a page of a feed, with which of its flashes were taken: a limit leaves some."""
        taken = [item.doc_id for item in new]
        context = of_list(walk.channel.name, taken=taken)
        return self.run.recording.record(replace(meta["transfer"], context=context))

    def feed_failed(self, failure: Failure) -> Iterator[Miss | Request]:
        """A feed that did not answer; the others may."""
        request: Request = failure.request  # type: ignore[attr-defined]
        walk: Walk = request.cb_kwargs["walk"]
        yield explain_list(failure, walk.channel.name)
        yield from self._next_feed()
