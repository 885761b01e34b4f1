"""What an answer to a link, to a list or to a feed becomes: the same live and in a replay."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from newsarchive.archive.http_payload import unpacked
from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import Article, Link
from newsarchive.sina import article, encoding, flash, pager
from newsarchive.sina.listing import Listing, row_time
from newsarchive.sina.walk import Range

if TYPE_CHECKING:  # `page` is called in a process of its own, which needs no database
    from newsarchive.archive.ledger import Ledger

#: Statuses that say: there is no such page.
GONE = (404, 410)
_DOOR = re.compile(r"login|passport|verify|captcha", re.IGNORECASE)


class Answer(NamedTuple):
    """What the site gave."""

    body: bytes
    content_type: str  #: of the answer's head; '' where it says none
    url: str
    at: datetime  #: when it was there
    served_at: datetime | None = None  #: the site's own clock then
    redirected: bool = False  #: another address had been asked for
    codings: str = ""  #: of the body, as a Content-Encoding header names them

    def text(self) -> str:
        """What the bytes stand for; each time read anew. Raises BadInput(TOO_LARGE)."""
        return encoding.decode(unpacked(self.body, self.codings), self.content_type)[0]


def page(answer: Answer, link: Link, first: Article | None = None) -> Article:
    """The article on the page of *link*; *first*: what the pages before it have.

    Where the article goes on, its `next_url` says so. Raises BadInput.
    """
    try:
        found = article.parse(answer.text(), answer.url)
    except BadInput as error:
        if error.reason is Reason.NOT_ARTICLE and answer.redirected:
            # A page that is gone leads home; one that is kept from us leads to a login.
            reason = Reason.BLOCKED if _DOOR.search(answer.url) else Reason.NOT_FOUND
            raise BadInput(reason, f"leads to {answer.url}") from error
        raise
    if first is not None:
        first.body = pager.join(first.body, found.body)
        first.next_url = found.next_url
        found = first
    found.fetched_at, found.served_at = answer.at, answer.served_at
    return _linked(found, link)


def _linked(found: Article, link: Link) -> Article:
    """The article with what its list knows of it."""
    found.doc_id = found.doc_id or link.doc_id
    found.linked_as = link.doc_id
    found.origin = link.origin
    if link.archived and found.doc_id != link.doc_id:
        return found  # what was asked for again is another article now: its clocks are its own
    found.channel = link.channel
    found.listed_at = link.listed_at
    found.list_ctime = link.list_ctime
    found.list_mtime = link.list_mtime
    found.raw_clocks |= link.raw_clocks
    found.first_seen_at = link.first_seen_at
    return found


def links(listed: Listing, days: Range | None) -> list[Link]:
    """The links of a list that count; of a range those in it, which are marked as a backfill."""
    if days is None:
        return listed.links
    found = [link for link in listed.links if days.holds(row_time(link))]
    for link in found:
        link.origin = "backfill"
    return found


def flashes(
    feed: flash.Feed, answer: Answer, channel: str, ledger: Ledger, *, past: bool = False
) -> tuple[list[Article], list[Article]]:
    """The flashes of a feed that are not archived, and those that are and may have been corrected.

    What is archived as its page, not as a flash, is neither. Of a feed of the *past* what counts is
    what was archived then. Raises StorageError.
    """
    layouts = ledger.layouts(set(feed.times), answer.at if past else None)
    for item in feed.articles:
        item.linked_as = item.doc_id
        item.channel = channel
        item.first_seen_at = item.fetched_at = answer.at
        item.served_at = answer.served_at
    new = [item for item in feed.articles if item.doc_id not in layouts]
    known = [item for item in feed.articles if layouts.get(item.doc_id) == flash.LAYOUT]
    return new, known
