"""The live crawl: lists name links, links lead to pages, pages become articles."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure

from newsarchive import clock, pictures
from newsarchive.archive.warc import Position
from newsarchive.exceptions import BadArgument, BadInput, Reason, StorageError
from newsarchive.extensions.run import Run
from newsarchive.items import Article, Link, Miss
from newsarchive.sina import listing, pager
from newsarchive.sina import urls as sina_urls
from newsarchive.sina.channels import choose
from newsarchive.sina.walk import Walk
from newsarchive.spiders import arguments, pages
from newsarchive.spiders.answers import answered, explain, explain_list
from newsarchive.spiders.context import of_link, of_list
from newsarchive.spiders.frontier import frontier_of
from newsarchive.spiders.lists import finish, walk_of

#: Addresses of a file that the ledger is asked for at once.
_BATCH = 500
#: The given addresses, as if they were a list.
_GIVEN = "urls="


class SinaFinanceSpider(Spider):
    """Archives the articles that the chosen channels list.

    Arguments: `channels`, names with commas (the usual ones without it); `limit`, how many articles
    at most; `since` and `until`, days in China; `urls`, a file with addresses, instead of lists.
    Raises BadArgument for values that make no sense.
    """

    name = "sina_finance"
    allowed_domains = [*sina_urls.DOMAINS, *pictures.DOMAINS]

    def __init__(
        self,
        channels: str | None = None,
        limit: str | None = None,
        since: str | None = None,
        until: str | None = None,
        urls: str | None = None,
        **unknown: str,
    ):
        super().__init__()
        arguments.refuse(unknown, "channels, limit, since, until, urls")
        self.addresses = arguments.lines(urls)
        if self.addresses is not None and (channels or since or until):
            raise BadArgument("urls= goes without channels=, since= and until=")
        self.channels = [] if self.addresses is not None else choose(channels)
        self.pages = arguments.number("limit", limit)
        self.foreign: set[str] = set()
        self.days = arguments.days(since, until)
        self.arguments = arguments.given(
            channels=channels, limit=limit, since=since, until=until, urls=urls
        )

    async def start(self) -> AsyncIterator[Any]:
        """What earlier runs left to do, then the lists or the given addresses."""
        self.run = Run.of(self.crawler)
        self.frontier = frontier_of(self.run, self.pages)
        try:
            async for each in self.frontier.feed(self._lists):
                yield self._page_request(each) if isinstance(each, Link) else each
        except StorageError as error:
            self.run.stop(error)

    def _lists(self, done: Collection[str]) -> Iterator[Request | Miss]:
        """The given addresses, then the first of the lists; without those that are *done*."""
        self.channels = [channel for channel in self.channels if channel.name not in done]
        if self.addresses is not None and _GIVEN not in done:
            yield from self._given()
            self.frontier.read(_GIVEN)
        yield from self._next_list()

    def _given(self) -> Iterator[Request | Miss]:
        """The addresses of `urls=`: those that are articles and not archived yet."""
        links = []
        for address in self.addresses or ():
            named = sina_urls.parse(address)
            if named is None:
                yield Miss(address, Reason.FOREIGN_URL, "in the file of addresses")
            else:
                links.append(Link(named.doc_id, named.url, origin="backfill"))
        for start in range(0, len(links), _BATCH):
            batch = links[start : start + _BATCH]
            again = self.run.ledger.reopen({link.doc_id for link in batch})
            yield from self._page_requests(again)
            yield from self._page_requests(self.run.ledger.add_links(batch, clock.now()))

    def _next_list(self) -> Iterator[Request]:
        """The first page of the next channel.

        One list after another, in the table's order: so an article that several channels list
        belongs to the same one whatever arrives first.
        """
        if self.channels:
            channel = self.channels.pop(0)
            yield self._list_request(walk_of(channel, self.run, self.days))
            return
        # All lists are read: only now is known how many requests the rest is.
        alone = self.days is not None or self.addresses is not None or self.pages is not None
        share = 0 if alone else self.settings.getfloat("RECHECK_SHARE")
        for link in self.frontier.rechecks(share):
            yield self._page_request(link)

    def _list_request(self, walk: Walk) -> Request:
        self.frontier.listed()
        return Request(
            walk.url,
            self.parse_list,
            errback=self.list_failed,
            meta={"context": of_list(walk.channel.name, self.days)},
            cb_kwargs={"walk": walk},
            priority=10,  # lists before pages: what is listed now may be gone tomorrow
        )

    def _page_requests(self, links: list[Link]) -> Iterator[Request]:
        for link in self.frontier.take(links):
            yield self._page_request(link)

    def _page_request(self, link: Link) -> Request:
        return Request(
            link.url,
            self.parse_page,
            errback=self.page_failed,
            meta={"link": link, "context": of_link(link)},
            priority=-10 if link.archived else 0,  # new articles first
        )

    def _further_request(self, link: Link, first: Article, captures: list[Position]) -> Request:
        """The next page of *first*, of which there are *captures* by now."""
        return Request(
            first.next_url,
            self.parse_page,
            errback=self.page_failed,
            meta={"link": link, "context": of_link(link, captures), "captures": captures},
            cb_kwargs={"first": first},
            priority=5,
        )

    async def parse_list(self, response: Response, walk: Walk) -> AsyncIterator[Any]:
        """One page of a list: its new links, and the next page where the walk goes on."""
        answer = answered(response)
        try:
            listed = listing.parse(answer.text(), walk.channel)
        except BadInput as error:
            yield Miss(response.url, error.reason, error.detail, channel=walk.channel.name)
            for request in self._after(walk):
                yield request
            return
        for url in listed.foreign:
            if url not in self.foreign:  # the same row stands in many lists
                self.foreign.add(url)
                detail = f"listed in {walk.channel.name}"
                yield Miss(url, Reason.FOREIGN_URL, detail, channel=walk.channel.name)
        self.run.report.of(walk.channel.name).listed += listed.rows
        links = pages.links(listed, self.days)
        new = await self.run.in_turn(self.run.ledger.add_links, links, answer.at)
        for request in self._page_requests(new):
            yield request
        cut_short = self.frontier.is_full()  # by the limit
        # All rows say how far the list has come, those outside the range, too.
        if walk.turn(listed.times, len(new)) and not cut_short:
            yield self._list_request(walk)
            return
        if not cut_short:
            finish(walk, self.run)
        for request in self._after(walk):
            yield request

    def _after(self, walk: Walk) -> Iterator[Request]:
        """The list of *walk* is read, as far as it can be: the next one."""
        self.frontier.read(walk.channel.name)
        yield from self._next_list()

    async def parse_page(
        self, response: Response, first: Article | None = None
    ) -> AsyncIterator[Article | Miss | Request]:
        """One page: the article on it, with its list's clocks; or a further page of *first*."""
        meta = response.meta
        link: Link = meta["link"]
        answer = answered(response)
        try:
            found = await self.run.aside(pages.page, answer, link, first)
        except BadInput as error:
            detail = error.detail
            yield Miss(link.url, error.reason, detail, link.doc_id, link.channel, answer.at)
            return
        captures = [*meta.get("captures", []), meta.get("capture", Position())]
        if found.next_url and len(captures) < pager.PAGES_MAX:
            yield self._further_request(link, found, captures)
            return
        found.warc_file, found.warc_offset = captures[-1]
        yield found

    def list_failed(self, failure: Failure) -> Iterator[Miss | Request]:
        """A list that did not answer; the others may."""
        walk: Walk = failure.request.cb_kwargs["walk"]  # type: ignore[attr-defined]
        yield explain_list(failure, walk.channel.name)
        yield from self._after(walk)

    def page_failed(self, failure: Failure) -> Iterator[Miss]:
        """A page that did not answer."""
        reason, detail = explain(failure)
        meta = failure.request.meta  # type: ignore[attr-defined]
        link: Link = meta["link"]
        if reason is Reason.NOT_FOUND and "captures" in meta:
            reason = Reason.HTTP_ERROR  # a further page is missing, not the article
        at = clock.to_milliseconds(meta.get("received_at") or clock.now())
        yield Miss(link.url, reason, detail, link.doc_id, link.channel, at)
