"""WARC files, replayed: captures of our own crawls with their clocks, and pages that others saved.

A capture of ours says what the crawl knew when it asked (`context.py`): from that, links, articles,
versions and tombstones become again what they were. Of another's, only the page itself counts.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from newsarchive import clock
from newsarchive.archive.warc import Capture, Position
from newsarchive.exceptions import BadInput, Reason
from newsarchive.extensions.run import Run
from newsarchive.items import Article, Link, Miss
from newsarchive.sina import article, channels, flash, listing, pager, urls
from newsarchive.spiders import context, pages
from newsarchive.spiders.pages import Answer

#: How many articles in several pages may be unfinished at once: a crawl has as many as requests.
_UNFINISHED_MAX = 100


class Share:
    """The documents that one of several workers sees to: all captures of a document are one's."""

    def __init__(self, number: int = 0, workers: int = 1) -> None:
        self._number, self._workers = number, workers

    def holds(self, doc_id: str) -> bool:
        """Whether a document is one of them. Of an old id only the last part is sure."""
        key = doc_id.rpartition("-")[2].encode()
        return zlib.crc32(key) % self._workers == self._number


class Captures:
    """Reads captures in the order in which they were made.

    *run* is told what they say beside articles: links, and what is unchanged.
    """

    def __init__(self, run: Run, share: Share) -> None:
        self._run = run
        self._share = share
        #: Of articles in several pages what has come so far, by the id under which they are linked.
        self._first: OrderedDict[str, Article] = OrderedDict()

    def items(self, capture: Capture, *, own: bool) -> Iterator[Article | Miss]:
        """What a capture becomes. Raises StorageError.

        *own*: whether it is in a file of the archive's own, which its ledger may name.
        """
        told = capture.context or {}
        position = capture.position if own else Position()
        named = urls.parse(capture.url)
        mine = self._share.holds(named.doc_id if named else capture.url)
        try:
            if "list" in told:
                yield from self._list(capture, context.read(told), position)
            elif "link" in told:
                link = context.read(told)
                assert link.link is not None
                mine = self._share.holds((named or link.link).doc_id)
                if mine:
                    yield from self._linked(capture, link.link, link, position)
            elif capture.context is None and mine:
                yield from self._page(capture, position)
        except BadInput as error:
            if mine:
                self._run.found(1)
                yield Miss(capture.url, error.reason, error.detail)

    def _list(
        self, capture: Capture, told: context.Read, position: Position
    ) -> Iterator[Article | Miss]:
        """A list: its links, or the flashes that it consists of."""
        channel = told.channel
        if channel is None or not _went_well(capture):
            return
        answer, ledger = answer_of(capture), self._run.ledger
        if isinstance(channel.place, channels.Live):
            feed = flash.parse(answer.text())
            new, known = pages.flashes(feed, answer, channel.name, ledger, past=True)
            for item in (*(item for item in new if item.doc_id in told.taken), *known):
                if self._share.holds(item.doc_id):
                    item.warc_file, item.warc_offset = position
                    self._run.found(1)
                    yield item
            return
        links = pages.links(listing.parse(answer.text(), channel), told.days)
        ledger.add_links([link for link in links if self._share.holds(link.doc_id)], capture.at)

    def _linked(
        self, capture: Capture, link: Link, told: context.Read, position: Position
    ) -> Iterator[Article | Miss]:
        """The page of a link."""
        at = clock.to_milliseconds(capture.at)
        new = None if link.archived else replace(link, first_seen_at=link.first_seen_at or at)
        gone = capture.status in pages.GONE and not told.before
        if capture.revisit or not (gone or _went_well(capture)):
            self._know(new)
            if capture.revisit:
                self._run.unchanged(link, at)
            return  # a redirect, a refusal, a fault of the site: nothing is known by it
        first = self._first.pop(link.doc_id, None)
        try:
            if gone:
                raise BadInput(Reason.NOT_FOUND, f"status {capture.status}")
            if told.before and first is None:
                raise BadInput(Reason.TRUNCATED, "its first pages were not replayed")
            found = pages.page(answer_of(capture, told.redirected), link, first)
        except BadInput as error:
            self._run.found(1)
            yield Miss(link.url, error.reason, error.detail, link.doc_id, link.channel, at, new)
            return
        if found.next_url and len(told.before) + 1 < pager.PAGES_MAX:
            self._know(new)
            self._first[link.doc_id] = found
            if len(self._first) > _UNFINISHED_MAX:
                self._first.popitem(last=False)
            return
        found.warc_file, found.warc_offset = position
        found.link = new  # it becomes known together with the article: for itself it costs as much
        self._run.found(1)
        yield found

    def _know(self, link: Link | None) -> None:
        """Let the ledger know a link."""
        if link is not None and not self._run.ledger.is_link(link.doc_id):
            assert link.first_seen_at is not None, "`_linked` sees to it"
            self._run.ledger.add_links([link], link.first_seen_at)

    def _page(self, capture: Capture, position: Position) -> Iterator[Article]:
        """A page that others captured: what it says of itself, and when they did."""
        html = "html" in capture.headers.get("content-type", "html")
        if capture.revisit or capture.status != 200 or not html:
            return
        named = urls.parse(capture.url)
        if named and named.url != urls.canonical_url(capture.url):
            raise BadInput(Reason.NOT_ARTICLE, "a further page of one")
        answer = answer_of(capture)
        if answer.at > clock.now() + timedelta(days=1):
            raise BadInput(Reason.UNKNOWN_FORMAT, f"captured in the future: {answer.at:%Y-%m-%d}")
        found = article.parse(answer.text(), answer.url)
        self._run.found(1)
        found.origin = "replay"
        found.fetched_at, found.served_at = answer.at, answer.served_at
        found.warc_file, found.warc_offset = position
        yield found


def _went_well(capture: Capture) -> bool:
    """Whether its status says so: what the spiders of a crawl are given."""
    return 200 <= capture.status < 300


def answer_of(capture: Capture, redirected: bool = False) -> Answer:
    """Raises BadInput where the payload is not there."""
    if capture.trouble is not None:
        raise capture.trouble
    return Answer(
        body=capture.body,
        content_type=capture.headers.get("content-type", ""),
        url=capture.url,
        at=clock.to_milliseconds(capture.at),
        served_at=clock.server_time(capture.headers.get("date", "")),
        redirected=redirected,
    )
