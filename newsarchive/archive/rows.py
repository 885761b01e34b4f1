"""The ledger's row of a version: what of an article goes into it, what of the one before stays."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.engine import RowMapping

from newsarchive.items import Article

#: What a row has of an article, under the same names.
COPIED = (
    "url title origin channel layout source editor keywords symbols original_title column_ids "
    "raw_clocks digest "
    "published_at updated_at listed_at list_ctime list_mtime fetched_at served_at "
    "warc_file warc_offset cause"
).split()

#: Of a version, not of the document: never taken over from the one before.
_OF_VERSION = frozenset(
    "updated_at fetched_at served_at original_title origin warc_file warc_offset cause".split()
)
#: What lists say and a page does not: taken over where a page is read again.
_OF_LISTS = frozenset(("url", "channel", "listed_at", "list_ctime", "list_mtime"))


def first(article: Article, date: datetime, seen_at: datetime, sha256: str) -> dict[str, Any]:
    """The ledger's row of a first version."""
    return {name: getattr(article, name) for name in COPIED} | {
        "doc_id": article.doc_id,
        "revision": 1,
        "path": article.path,
        "sha256": sha256,
        "date": date,
        "first_seen_at": article.first_seen_at or seen_at,
        "seen_at": seen_at,
    }


def following(
    known: RowMapping,
    article: Article,
    date: datetime,
    seen_at: datetime,
    sha256: str,
    *,
    stranger: bool,
) -> dict[str, Any]:
    """The ledger's row of the version after *known*.

    A replayed post says less than the page did: what it does not say stays.
    """
    row = first(article, date, seen_at, sha256)
    taken_over = _OF_LISTS if article.layout else set(COPIED) - _OF_VERSION
    row |= {name: row[name] or known[name] for name in taken_over}
    if stranger:
        row |= {name: known[name] or row[name] for name in _OF_LISTS}
    return row | {
        "raw_clocks": {**known["raw_clocks"], **article.raw_clocks},
        "revision": known["revision"] + 1,
        "first_seen_at": known["first_seen_at"],
    }
