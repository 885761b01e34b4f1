"""The ledger's links and lists: what is to do, what was found where, how far lists were read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from newsarchive import clock
from newsarchive.archive import retries
from newsarchive.archive.database import Database
from newsarchive.archive.schema import article, link, listing, walk
from newsarchive.exceptions import Reason
from newsarchive.items import Link

#: Rows in one INSERT: databases take some 30,000 values in a statement.
_ROWS = 500
LINK_FIELDS = (
    "doc_id url title channel origin listed_at list_ctime list_mtime raw_clocks first_seen_at"
).split()
#: A link that nothing was tried of yet.
FRESH: dict[str, Any] = {"state": "todo", "reason": "", "detail": "", "attempts": 0, "due_at": None}
#: What a link's `detail` says where the page was another document.
ALIAS = "archived as "


class Links(Database):
    """Links go to `todo` when they are found; what becomes of them is their state."""

    def add_links(self, links: Iterable[Link], seen_at: datetime) -> list[Link]:
        """Remember what a list named; returns the links that were not known, now `todo`.

        What is archived already, by a replay or from a feed, is not new.
        """
        found = {item.doc_id: item for item in links}
        items = list(found.values())
        new: set[str] = set()
        with self._transaction() as connection:
            for start in range(0, len(items), _ROWS):
                added = self._add_links(connection, items[start : start + _ROWS], seen_at)
                archived = self._archived(connection, added)
                self._close_links(connection, {doc_id: doc_id for doc_id in archived})
                new |= added - archived
        for doc_id in new:
            found[doc_id].first_seen_at = seen_at
        return [found[doc_id] for doc_id in found if doc_id in new]

    def is_link(self, doc_id: str) -> bool:
        """Whether a list named a document, or a run was given it."""
        query = sa.select(link.c.doc_id).where(link.c.doc_id == doc_id)
        with self._transaction() as connection:
            return connection.execute(query).first() is not None

    def todo(self) -> list[Link]:
        """What was found, is neither done nor given up, and is due now; oldest first."""
        columns = [link.c[name] for name in LINK_FIELDS]
        due = sa.or_(link.c.due_at.is_(None), link.c.due_at <= clock.now())
        query = sa.select(*columns).where(link.c.state == "todo", due)
        query = query.order_by(link.c.first_seen_at)
        with self._transaction() as connection:
            return [Link(**row) for row in connection.execute(query).mappings()]

    def states(self) -> dict[str, int]:
        """How many links are in which state."""
        query = sa.select(link.c.state, sa.func.count()).group_by(link.c.state)
        with self._transaction() as connection:
            return {state: count for state, count in connection.execute(query)}

    def reopen(self, doc_ids: set[str]) -> list[Link]:
        """Put links that were skipped, given up or are not due yet to `todo`; returns them."""
        closed = link.c.state.in_(("skipped", "failed"))
        resting = sa.and_(link.c.state == "todo", link.c.due_at > clock.now())
        with self._transaction() as connection:
            these = (link.c.doc_id.in_(doc_ids), sa.or_(closed, resting))
            rows = self._change(connection, link, these, lambda _: FRESH)
        return [_link_of(row) for row in rows]

    def missed(
        self, doc_id: str, reason: Reason, detail: str, attempts_max: int, now: datetime
    ) -> None:
        """A link did not become a post, *now*.

        A passing failure stays `todo` until the attempts are used. A refusal uses none up: the link
        is not to blame. A document that is already archived keeps
        its state: nothing that is there is forgotten.
        """

        def changed(row: RowMapping) -> dict[str, Any]:
            attempts = row["attempts"] + retries.counts(reason)
            state = "failed" if reason.failure else "skipped"
            if reason.passing and (attempts < attempts_max or not retries.counts(reason)):
                state = "todo"
            due_at = now + retries.pause(reason, attempts, now - row["first_seen_at"])
            told = {"reason": reason.label, "detail": detail[:500]}
            return {"state": state, "attempts": attempts, "due_at": due_at} | told

        with self._transaction() as connection:
            # What is replayed again was counted before.
            new = sa.or_(link.c.due_at.is_(None), link.c.due_at < now)
            open_ones = (link.c.doc_id == doc_id, link.c.state != "done", new)
            self._change(connection, link, open_ones, changed)

    def layouts(self, doc_ids: set[str], before: datetime | None = None) -> dict[str, str]:
        """By document id the layout of those that are archived; seen *before* a moment."""
        query = sa.select(article.c.doc_id, article.c.layout).where(article.c.doc_id.in_(doc_ids))
        if before is not None:
            query = query.where(article.c.first_seen_at < before)
        with self._transaction() as connection:
            return {doc_id: layout for doc_id, layout in connection.execute(query)}

    def finish_walk(self, channel: str, moment: datetime, newest: datetime | None) -> None:
        """The list was read back to what was known; *newest* is the time of its newest row.

        That does not go back: of several workers one may tell late of what it read.
        """
        told = {"finished_at": moment, "newest_at": newest}

        def later(row: RowMapping) -> dict[str, datetime | None]:
            times = filter(None, (row["newest_at"], newest))
            return told | {"newest_at": max(times, default=None)}

        with self._transaction() as connection:
            if not self._add(connection, walk, [{"channel": channel, **told}]):
                self._change(connection, walk, (walk.c.channel == channel,), later)

    def walks(self) -> dict[str, RowMapping]:
        """By channel: when its list was read last, and how new its newest row was."""
        with self._transaction() as connection:
            rows = connection.execute(sa.select(walk)).mappings().all()
        return {row["channel"]: row for row in rows}

    # Inside

    def _add_links(
        self, connection: Connection, items: list[Link], seen_at: datetime | None = None
    ) -> set[str]:
        """*seen_at*: when those were seen that do not say it themselves."""
        new = self._add(connection, link, [_new_link(item, seen_at) for item in items])
        listed = [
            {
                "doc_id": item.doc_id,
                "channel": item.channel,
                "url": item.url,
                "listed_at": item.listed_at,
                "seen_at": item.first_seen_at or seen_at,
            }
            for item in items
            if item.channel  # a file of addresses is no list
        ]
        if listed:
            self._add(connection, listing, listed)
        return {row["doc_id"] for row in new}

    @staticmethod
    def _archived(connection: Connection, doc_ids: set[str]) -> set[str]:
        query = sa.select(article.c.doc_id).where(article.c.doc_id.in_(doc_ids))
        return set(connection.execute(query).scalars()) if doc_ids else set()

    def _close_links(self, connection: Connection, archived_as: Mapping[str, str]) -> None:
        """*archived_as*: by the id of a link that of the document that is archived.

        A document of its own counts for more than another one to which its link led, whichever a
        replay by several workers stores first.
        """

        def closed(row: RowMapping) -> dict[str, Any]:
            doc_id = archived_as[row["doc_id"]]
            alias = "" if row["doc_id"] == doc_id else ALIAS + doc_id
            if alias and row["state"] == "done":
                return {}
            return {"state": "done", "reason": "", "detail": alias}

        open_ones = sa.or_(link.c.state != "done", link.c.detail != "")
        self._change(connection, link, (link.c.doc_id.in_(archived_as), open_ones), closed)


def _new_link(item: Link, seen_at: datetime | None) -> dict[str, Any]:
    values = {name: getattr(item, name) for name in LINK_FIELDS}
    return values | FRESH | {"first_seen_at": item.first_seen_at or seen_at}


def _link_of(row: dict[str, Any]) -> Link:
    return Link(**{name: row[name] for name in LINK_FIELDS})
