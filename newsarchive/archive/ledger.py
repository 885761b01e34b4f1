"""The ledger: what is to do, what is done, and every clock. The archive's memory between runs.

Links go to `todo` when they are found; `done` is written, in one transaction, after the post is
durable. So a killed run goes on where it was, and knows of nothing that is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from newsarchive.archive.database import Database
from newsarchive.archive.schema import article, link, listing, revision, walk
from newsarchive.exceptions import Reason
from newsarchive.items import Link

#: Rows in one INSERT: databases take some 30,000 values in a statement.
_ROWS = 500
_LINK_FIELDS = (
    "doc_id url title channel origin listed_at list_ctime list_mtime raw_clocks"
).split()


class Ledger(Database):
    """What the archive knows. Every method is one transaction.

    Raises StorageError where the database cannot be read or written.
    """

    # Links

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
                self._close_links(connection, archived)
                new |= added - archived
        for doc_id in new:
            found[doc_id].first_seen_at = seen_at
        return [found[doc_id] for doc_id in found if doc_id in new]

    def finish_walk(self, channel: str, moment: datetime, newest: datetime | None) -> None:
        """The list was read back to what was known; *newest* is the time of its newest row."""
        values = {"finished_at": moment} | ({"newest_at": newest} if newest else {})
        fresh = self._insert(walk).values(channel=channel, **values)
        with self._transaction() as connection:
            connection.execute(
                fresh.on_conflict_do_update(index_elements=[walk.c.channel], set_=values)
            )

    def walks(self) -> dict[str, RowMapping]:
        """By channel: when its list was read last, and how new its newest row was."""
        with self._transaction() as connection:
            rows = connection.execute(sa.select(walk)).mappings().all()
        return {row["channel"]: row for row in rows}

    def todo(self) -> list[Link]:
        """What was found and is neither done nor given up, oldest first."""
        columns = [link.c[name] for name in (*_LINK_FIELDS, "first_seen_at")]
        query = sa.select(*columns).where(link.c.state == "todo").order_by(link.c.first_seen_at)
        with self._transaction() as connection:
            return [Link(**row) for row in connection.execute(query).mappings()]

    def reopen(self, doc_ids: set[str]) -> list[Link]:
        """Put links that were skipped or given up back to `todo`; returns them."""
        given_up = (link.c.doc_id.in_(doc_ids), link.c.state.in_(("skipped", "failed")))
        columns = [link.c[name] for name in (*_LINK_FIELDS, "first_seen_at")]
        with self._transaction() as connection:
            rows = connection.execute(sa.select(*columns).where(*given_up)).mappings().all()
            connection.execute(
                sa.update(link).where(*given_up).values(state="todo", reason="", attempts=0)
            )
        return [Link(**row) for row in rows]

    def missed(self, doc_id: str, reason: Reason, detail: str, attempts_max: int) -> None:
        """A link did not become a post. A passing failure stays `todo` until the attempts are used.

        A document that is already archived keeps its state: nothing that is there is forgotten.
        """
        attempts = link.c.attempts + 1
        state: Any = "failed" if reason.failure else "skipped"
        if reason.passing:
            state = sa.case((attempts >= attempts_max, "failed"), else_="todo")
        with self._transaction() as connection:
            connection.execute(
                sa.update(link)
                .where(link.c.doc_id == doc_id, link.c.state != "done")
                .values(state=state, reason=reason.label, detail=detail[:500], attempts=attempts)
            )

    # Articles

    def article(self, doc_id: str) -> RowMapping | None:
        """The row of an archived article, None where it is not archived."""
        with self._transaction() as connection:
            query = sa.select(article).where(article.c.doc_id == doc_id)
            return connection.execute(query).mappings().one_or_none()

    def done(
        self, row: dict[str, Any], linked_as: str, replaced: dict[str, Any] | None = None
    ) -> None:
        """An article is durable on disk: write its row and close its link, together.

        *linked_as* is the id under which a list named it, *replaced* the row of the version that
        went to `revisions/`.
        """
        with self._transaction() as connection:
            if replaced:
                connection.execute(self._insert(revision).values(replaced).on_conflict_do_nothing())
            fresh = self._insert(article).values(row)
            connection.execute(
                fresh.on_conflict_do_update(
                    index_elements=[article.c.doc_id],
                    set_={key: fresh.excluded[key] for key in row if key != "doc_id"},
                )
            )
            self._close_links(connection, {row["doc_id"], linked_as})

    def seen(self, doc_ids: set[str]) -> None:
        """The documents were met again and are as archived: their links are done."""
        with self._transaction() as connection:
            self._close_links(connection, doc_ids)

    def archived(self, doc_ids: set[str]) -> set[str]:
        """Those of *doc_ids* that are archived."""
        with self._transaction() as connection:
            return self._archived(connection, doc_ids)

    def articles(self, *conditions: sa.ColumnElement[bool]) -> Iterator[RowMapping]:
        """The rows of the archived articles, by date and id, read as they are asked for."""
        query = sa.select(article).where(*conditions).order_by(article.c.date, article.c.doc_id)
        with (
            self._transaction() as connection,
            connection.execution_options(yield_per=500).execute(query) as result,
        ):
            yield from result.mappings()

    # Inside

    def _add_links(self, connection: Connection, items: list[Link], seen_at: datetime) -> set[str]:
        new = connection.execute(
            self._insert(link)
            .values([self._new_link(item, seen_at) for item in items])
            .on_conflict_do_nothing()
            .returning(link.c.doc_id)
        ).scalars()
        added = set(new)
        connection.execute(
            self._insert(listing)
            .values(
                [
                    {
                        "doc_id": item.doc_id,
                        "channel": item.channel,
                        "url": item.url,
                        "listed_at": item.listed_at,
                        "seen_at": seen_at,
                    }
                    for item in items
                ]
            )
            .on_conflict_do_nothing()
        )
        return added

    @staticmethod
    def _new_link(item: Link, seen_at: datetime) -> dict[str, Any]:
        values = {name: getattr(item, name) for name in _LINK_FIELDS}
        return values | {
            "state": "todo",
            "reason": "",
            "detail": "",
            "attempts": 0,
            "first_seen_at": seen_at,
        }

    @staticmethod
    def _archived(connection: Connection, doc_ids: set[str]) -> set[str]:
        query = sa.select(article.c.doc_id).where(article.c.doc_id.in_(doc_ids))
        return set(connection.execute(query).scalars()) if doc_ids else set()

    @staticmethod
    def _close_links(connection: Connection, doc_ids: set[str]) -> None:
        connection.execute(
            sa.update(link)
            .where(link.c.doc_id.in_(doc_ids), link.c.state != "done")
            .values(state="done", reason="", detail="")
        )
