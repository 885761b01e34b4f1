"""Articles, extracted anew from the pages that they were made of: what another layout says.

What comes out is a version of ours, not of Sina's: the page is the same.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from newsarchive import clock
from newsarchive.archive import warc
from newsarchive.archive.schema import Row
from newsarchive.archive.store import Store
from newsarchive.archive.warc import Capture, Position
from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import Article
from newsarchive.post import body
from newsarchive.sina import article, flash, reading
from newsarchive.spiders import context, pages
from newsarchive.spiders.captures import answer_of

#: What a layout can say otherwise, beside title and body.
FIELDS = (
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


def captured(store: Store, row: Row) -> Article:
    """The article of a ledger's row, read again from its captures. Raises BadInput."""
    last = _found(store, Position(row["warc_file"], row["warc_offset"]))
    told = context.read(last.context or {})
    if told.channel is not None:
        return _of_version(_flash(last, row["doc_id"]), row)
    if told.link is None:
        return _of_version(article.parse(answer_of(last).text, last.url), row)
    first = None
    for position in told.before:
        first = pages.page(answer_of(_found(store, position)), told.link, first)
    return _of_version(pages.page(answer_of(last, told.redirected), told.link, first), row)


def saved(found: Article, row: Row) -> Article:
    """A page that was saved, as the page of a ledger's row."""
    for name in ("listed_at", "list_ctime", "list_mtime", "fetched_at", "served_at"):
        setattr(found, name, row[name])
    return _of_version(found, row)


def changes(row: Row, post: Article, found: Article) -> list[Change]:
    """What *found*, on its way to a post, has otherwise than the row and post that are there."""
    pairs = [("title", post.title, found.title)]
    # Which pictures the archive has is nothing that a layout says.
    bodies = body.without_images(post.body), body.without_images(found.body)
    texts = reading.text(bodies[0]), reading.text(bodies[1])
    pairs.append(("body", *(texts if texts[0] != texts[1] else bodies)))
    pairs += [(name, _plain(row[name]), _plain(getattr(found, name))) for name in FIELDS]
    return [Change(*pair) for pair in pairs if pair[1] != pair[2]]


def _found(store: Store, position: Position) -> Capture:
    found = warc.found(store.root, *position)
    if found is None:
        raise BadInput(Reason.UNREADABLE, "the archive does not have its page")
    return found


def _flash(capture: Capture, doc_id: str) -> Article:
    for item in flash.parse(answer_of(capture).text).articles:
        if item.doc_id == doc_id:
            return item
    raise BadInput(Reason.NOT_FOUND, "no such flash on the page of the feed")


def _of_version(found: Article, row: Row) -> Article:
    """What is of the version, not of the page, stays."""
    for name in ("doc_id", "channel", "origin", "url", "warc_file", "warc_offset", "first_seen_at"):
        setattr(found, name, row[name])
    return found


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return clock.iso(value) or ""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
