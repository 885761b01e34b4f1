"""What the ledger's articles are counted and listed by, for who looks at the archive as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from newsarchive.archive.database import raw
from newsarchive.archive.schema import article, listing, tombstone
from newsarchive.archive.selection import ALL, Choice, current
from newsarchive.archive.transfer import Transfer


class Census(Transfer):
    """Counts of current versions. None of these reads a post."""

    def latest(self, limit: int, offset: int = 0, choice: Choice = ALL) -> list[RowMapping]:
        """Current versions with `gone_at`, newest first: *limit* of them behind the first ones."""
        query = current(choice).order_by(None)
        query = query.order_by(article.c.date.desc(), article.c.doc_id.desc())
        with self._transaction() as connection:
            return list(connection.execute(query.limit(limit).offset(offset)).mappings())

    def gone(self, doc_ids: Sequence[str]) -> dict[str, datetime]:
        """Since when the site has these articles no more; only of those that it has not."""
        since = sa.func.max(tombstone.c.gone_at, type_=tombstone.c.gone_at.type)
        query = sa.select(tombstone.c.doc_id, since).group_by(tombstone.c.doc_id)
        here = (tombstone.c.doc_id.in_(doc_ids), tombstone.c.returned_at.is_(None))
        with self._transaction() as connection:
            return {doc_id: at for doc_id, at in connection.execute(query.where(*here))}

    def listings(self, doc_id: str) -> list[RowMapping]:
        """Which lists named a document, in the order in which that was seen."""
        query = sa.select(listing).where(listing.c.doc_id == doc_id)
        with self._transaction() as connection:
            found = connection.execute(query.order_by(listing.c.seen_at, listing.c.channel))
            return list(found.mappings())

    def by_hour(self) -> list[tuple[str, str, int]]:
        """(hour of its date as `2021-08-05T07`, UTC; channel that named it first; how many)."""
        hour = sa.func.substr(raw(article.c.date), 1, 13).label("hour")
        query = sa.select(hour, article.c.channel, sa.func.count()).group_by(
            hour, article.c.channel
        )
        with self._transaction() as connection:
            return [(at, channel, count) for at, channel, count in connection.execute(query)]

    def by_channel(self) -> dict[str, int]:
        """How many articles each channel listed; one that several did counts in each."""
        named = sa.select(article.c.doc_id, article.c.channel).where(article.c.channel != "")
        listed = sa.select(listing.c.doc_id, listing.c.channel).join(
            article, article.c.doc_id == listing.c.doc_id
        )
        both = sa.union(named, listed).subquery()
        query = sa.select(both.c.channel, sa.func.count()).group_by(both.c.channel)
        with self._transaction() as connection:
            return {channel: count for channel, count in connection.execute(query)}

    def by_symbols(self) -> list[tuple[str, int]]:
        """(a list of symbols as JSON, how many articles have just these)."""
        text = sa.cast(article.c.symbols, sa.Text).label("text")
        query = sa.select(text, sa.func.count()).where(text != "[]").group_by(text)
        with self._transaction() as connection:
            return [(symbols, count) for symbols, count in connection.execute(query)]

    def sightings(self, limit: int) -> list[tuple[datetime, datetime]]:
        """(published, first seen) of the *limit* newest articles that a crawl of lists found."""
        query = (
            sa.select(article.c.published_at, article.c.first_seen_at)
            .where(article.c.origin == "crawl", article.c.published_at.is_not(None))
            .order_by(article.c.date.desc())
            .limit(limit)
        )
        with self._transaction() as connection:
            return [(published, seen) for published, seen in connection.execute(query)]
