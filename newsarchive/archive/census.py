"""What the ledger's articles are counted and listed by, for who looks at the archive as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from newsarchive.archive.crawls import Crawl, Worker
from newsarchive.archive.crew import DB_NOW
from newsarchive.archive.database import raw
from newsarchive.archive.schema import article, listing, run, tombstone, walk, warc
from newsarchive.archive.selection import ALL, Choice, current
from newsarchive.archive.shared import crawl, lease, task, worker
from newsarchive.archive.transfer import Transfer

_CRAWL = "name spider opened_at ended_at stopped files".split()
_WORKER = "name run host skew counts in_hand".split()
#: Seconds. A worker may have joined a crawl so long before it was opened, by their clocks.
_CLOCKS = 60


class Census(Transfer):
    """Counts of current versions, of runs and workers. None of these reads a post."""

    #: Seconds that a worker may be silent before others do its work.
    lease = 60.0

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

    def article_count(self) -> int:
        """How many articles are archived."""
        with self._transaction() as connection:
            query = sa.select(sa.func.count()).select_from(article)
            return int(connection.execute(query).scalar_one())

    def newest_rows(self) -> dict[str, datetime]:
        """Of each list that was read, the time of its newest row."""
        query = sa.select(walk.c.channel, walk.c.newest_at).where(walk.c.newest_at.is_not(None))
        with self._transaction() as connection:
            return {channel: newest for channel, newest in connection.execute(query)}

    def warc_bytes(self) -> int:
        """Of the WARC files that are closed."""
        with self._transaction() as connection:
            return int(connection.execute(sa.select(sa.func.sum(warc.c.size))).scalar() or 0)

    def successes(self) -> dict[str, datetime]:
        """When the last run of each spider ended that went through (exit code 0 or 1)."""
        last = sa.func.max(run.c.ended_at, type_=run.c.ended_at.type)
        query = sa.select(run.c.spider, last).where(run.c.exit_code.in_((0, 1)))
        with self._transaction() as connection:
            return {spider: at for spider, at in connection.execute(query.group_by(run.c.spider))}

    def leases(self) -> dict[str, int]:
        """How many things of which kind workers have in hand."""
        if not self.is_postgres:
            return {}
        query = sa.select(lease.c.kind, sa.func.count()).where(lease.c.until > DB_NOW)
        with self._transaction() as connection:
            return {kind: n for kind, n in connection.execute(query.group_by(lease.c.kind))}

    def crawls(self) -> list[Crawl]:
        """The crawls that workers share, or shared last, each with its workers by name."""
        if not self.is_postgres:
            return []
        silence = (DB_NOW - worker.c.beat).label("silence")
        held = sa.select(sa.func.count()).where(
            lease.c.owner == worker.c.name,
            lease.c.kind.in_(("page", "check", "file")),
            lease.c.until > DB_NOW,
        )
        in_hand = held.scalar_subquery().label("in_hand")
        left = sa.select(sa.func.count()).where(task.c.crawl == crawl.c.name)
        known = sa.select(crawl, left.scalar_subquery().label("files")).order_by(crawl.c.name)
        with self._transaction() as connection:
            found = connection.execute(known).mappings().all()
            rows = connection.execute(sa.select(worker, silence, in_hand).order_by(worker.c.name))
            workers = rows.mappings().all()
        return [self._crawl(row, workers) for row in found]

    def _crawl(self, row: RowMapping, workers: Sequence[RowMapping]) -> Crawl:
        opened = row["opened_at"].timestamp() - _CLOCKS
        return Crawl(
            **{name: row[name] for name in _CRAWL},
            workers=[
                Worker(
                    **{name: one[name] for name in _WORKER},
                    silence=(silence := max(0.0, one["silence"])),
                    state="ended" if one["ended"] else _state(silence, self.lease),
                )
                for one in workers
                if one["crawl"] == row["name"] and one["beat"] >= opened
            ],
        )


def _state(silence: float, lease: float) -> str:
    return "silent" if silence > lease else "alive"
