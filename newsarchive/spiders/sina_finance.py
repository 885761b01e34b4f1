"""The live crawl: lists name links, links lead to pages, pages become articles."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request, Spider
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from newsarchive import clock
from newsarchive.exceptions import BadArgument, BadInput, Reason, StorageError
from newsarchive.extensions.run import Run
from newsarchive.items import Article, Link, Miss
from newsarchive.sina import article, channels, encoding, listing, urls
from newsarchive.sina.channels import Channel

#: Statuses that say: there is no such page. A list or page that answers 403 refuses us.
_GONE = (404, 410)
_REFUSED = (401, 403, 418, 451)


class SinaFinanceSpider(Spider):
    """Archives the articles that the chosen channels list.

    Arguments: `channels`, names with commas (all without it); `limit`, how many pages at most.
    Raises BadArgument for values that make no sense.
    """

    name = "sina_finance"
    allowed_domains = ["sina.com.cn", "sina.cn"]  # noqa: RUF012  # as Scrapy has it

    def __init__(self, channels: str | None = None, limit: str | None = None, **unknown: str):
        super().__init__()
        if unknown:
            raise BadArgument(f"no such argument: {', '.join(unknown)}. There are: channels, limit")
        self.channels = _channels(channels)
        self.pages_left = _limit(limit)

    async def start(self) -> AsyncIterator[Any]:
        """What earlier runs left to do, then the lists."""
        self.run = Run.of(self.crawler)
        try:
            left = self.run.ledger.todo()
        except StorageError as error:
            self.run.stop(error)
            return
        self.run.found(len(left))
        for request in self._page_requests(left):
            yield request
        for request in self._next_list():
            yield request

    def _next_list(self) -> Iterator[Request]:
        """The first page of the next channel.

        One list after another, in the table's order: so an article that several channels list
        belongs to the same one whatever arrives first.
        """
        if self.channels:
            channel = self.channels.pop(0)
            cut_short = self.run.ledger.begin_walk(channel.name, clock.now())
            yield self._list_request(channel, 1, cut_short)

    def _list_request(self, channel: Channel, page: int, to_the_end: bool) -> Request:
        return Request(
            channel.list_url(page, self.settings.getint("LIST_PAGE_SIZE")),
            self.parse_list,
            errback=self.list_failed,
            headers={"Referer": channels.REFERER, "Accept": "application/json, text/javascript"},
            cb_kwargs={"channel": channel, "page": page, "to_the_end": to_the_end},
            priority=10,  # lists before pages: what is listed now may be gone tomorrow
            dont_filter=True,
        )

    def _page_requests(self, links: list[Link]) -> Iterator[Request]:
        for link in links:
            if self.pages_left == 0:
                return
            if self.pages_left is not None:
                self.pages_left -= 1
            yield Request(
                link.url,
                self.parse_page,
                errback=self.page_failed,
                headers={"Referer": channels.REFERER},
                meta={"link": link},
                dont_filter=True,  # the ledger knows each document once
            )

    def parse_list(
        self, response: Response, channel: Channel, page: int, to_the_end: bool
    ) -> Iterator[Any]:
        """One page of a list: its new links, and the next page while there is something new.

        Where an earlier run was cut short, what is known says nothing of what lies behind it: the
        list is read *to the end*.
        """
        markup, _ = encoding.decode(response.body, _content_type(response))
        try:
            listed = listing.parse(markup, channel.name)
        except BadInput as error:
            yield Miss(response.url, error.reason, error.detail)
            yield from self._next_list()
            return
        for url in listed.foreign:
            yield Miss(url, Reason.FOREIGN_URL, f"listed in {channel.name}")
        new = self.run.ledger.add_links(listed.links, clock.now())
        self.run.found(len(new))
        yield from self._page_requests(new)
        more = listed.rows > 0 and (new or to_the_end)
        if not more or page >= self.settings.getint("LIST_PAGES_MAX"):
            self.run.ledger.finish_walk(channel.name, clock.now())
            yield from self._next_list()
        elif self.pages_left == 0:
            yield from self._next_list()
        else:
            yield self._list_request(channel, page + 1, to_the_end)

    def parse_page(self, response: Response) -> Iterator[Article | Miss]:
        """One page: the article on it, with the clocks of the list."""
        link: Link = response.meta["link"]
        moved = "redirect_urls" in response.meta
        if moved and urls.parse(response.url) is None:
            detail = f"leads to {response.url}"
            yield Miss(link.url, Reason.NOT_FOUND, detail, link.doc_id)
            return
        try:
            found = article.parse(response.body, response.url, _content_type(response))
        except BadInput as error:
            yield Miss(link.url, error.reason, error.detail, link.doc_id)
            return
        found.doc_id = found.doc_id or link.doc_id
        found.linked_as = link.doc_id
        found.channel = link.channel
        found.listed_at = link.listed_at
        found.list_ctime = link.list_ctime
        found.list_mtime = link.list_mtime
        found.first_seen_at = link.first_seen_at
        found.fetched_at = clock.now()
        yield found

    def list_failed(self, failure: Failure) -> Iterator[Miss | Request]:
        """A list that did not answer; the others may."""
        reason, detail = _explain(failure)
        url = failure.request.url  # type: ignore[attr-defined]
        yield Miss(url, Reason.HTTP_ERROR if reason is Reason.NOT_FOUND else reason, detail)
        yield from self._next_list()

    def page_failed(self, failure: Failure) -> Iterator[Miss]:
        """A page that did not answer."""
        reason, detail = _explain(failure)
        link: Link = failure.request.meta["link"]  # type: ignore[attr-defined]
        yield Miss(link.url, reason, detail, link.doc_id)


def _explain(failure: Failure) -> tuple[Reason, str]:
    error = failure.value
    if isinstance(error, HttpError):
        status = error.response.status
        if status in _GONE:
            return Reason.NOT_FOUND, f"status {status}"
        return (Reason.BLOCKED if status in _REFUSED else Reason.HTTP_ERROR), f"status {status}"
    if isinstance(error, IgnoreRequest):
        offsite = "offsite" in str(error).lower()
        return (Reason.FOREIGN_URL if offsite else Reason.ROBOTS), str(error)
    return Reason.NETWORK, f"{type(error).__name__}: {error}"[:300]


def _content_type(response: Response) -> str:
    return (response.headers.get("Content-Type") or b"").decode("latin-1")


def _channels(names: str | None) -> list[Channel]:
    return channels.choose(names)


def _limit(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or int(text) == 0:
        raise BadArgument(f"limit={text}: not a number above zero")
    return int(text)
