"""The ledger: what is to do, what is done, and every clock. The archive's memory between runs.

Links go to `todo` when they are found; `done` is written, in one transaction, after the post is
durable. So a killed run goes on where it was, and knows of nothing that is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, RowMapping

from newsarchive.archive import schema
from newsarchive.archive.schema import article, link, listing, revision, walk
from newsarchive.exceptions import Reason, StorageError
from newsarchive.items import Link

#: Rows in one INSERT: databases take some 30,000 values in a statement.
_ROWS = 500
_LINK_FIELDS = ("doc_id", "url", "title", "channel", "listed_at", "list_ctime", "list_mtime")


class Ledger:
    """The ledger behind one SQLAlchemy URL. Every method is one transaction.

    Raises StorageError where the database cannot be opened, read or written.
    """

    def __init__(self, url: str) -> None:
        try:
            self._engine = sa.create_engine(url)
        except (sa.exc.SQLAlchemyError, ImportError, ValueError) as error:
            raise StorageError(f"LEDGER_URL is not usable: {error}") from error
        self.url = self._engine.url.render_as_string(hide_password=True)
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine, "connect", _set_pragmas)
        try:
            self._open()
        except StorageError:
            self.close()
            raise

    def _open(self) -> None:
        with self._transaction() as connection:
            schema.metadata.create_all(connection)
            connection.execute(
                self._insert(schema.about)
                .values(key="version", value=str(schema.VERSION))
                .on_conflict_do_nothing()
            )
            version = connection.execute(
                sa.select(schema.about.c.value).where(schema.about.c.key == "version")
            ).scalar_one()
        if version != str(schema.VERSION):
            raise StorageError(
                f"{self.url} is of version {version}, this newsarchive knows {schema.VERSION}"
            )

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    # Links

    def add_links(self, links: Iterable[Link], seen_at: datetime) -> list[Link]:
        """Remember what a list named; returns the links that were not known, now `todo`."""
        found = {item.doc_id: item for item in links}
        items = list(found.values())
        new: set[str] = set()
        with self._transaction() as connection:
            for start in range(0, len(items), _ROWS):
                new |= self._add_links(connection, items[start : start + _ROWS], seen_at)
        for doc_id in new:
            found[doc_id].first_seen_at = seen_at
        return [found[doc_id] for doc_id in found if doc_id in new]

    def begin_walk(self, channel: str, moment: datetime) -> bool:
        """A run begins to read a list; returns whether the walk before this one was cut short."""
        query = sa.select(walk.c.finished_at).where(walk.c.channel == channel)
        fresh = self._insert(walk).values(channel=channel, begun_at=moment, finished_at=None)
        with self._transaction() as connection:
            before = connection.execute(query).one_or_none()
            connection.execute(
                fresh.on_conflict_do_update(
                    index_elements=[walk.c.channel],
                    set_={"begun_at": moment, "finished_at": None},
                )
            )
        return before is not None and before.finished_at is None

    def finish_walk(self, channel: str, moment: datetime) -> None:
        """The list was read until it held nothing new, or as far as a run goes."""
        with self._transaction() as connection:
            connection.execute(
                sa.update(walk).where(walk.c.channel == channel).values(finished_at=moment)
            )

    def todo(self) -> list[Link]:
        """What was found and is neither done nor given up, oldest first."""
        columns = [link.c[name] for name in (*_LINK_FIELDS, "first_seen_at")]
        query = sa.select(*columns).where(link.c.state == "todo").order_by(link.c.first_seen_at)
        with self._transaction() as connection:
            return [Link(**row) for row in connection.execute(query).mappings()]

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

    def articles(self, *conditions: sa.ColumnElement[bool]) -> Iterator[RowMapping]:
        """The rows of the archived articles, by date and id, read as they are asked for."""
        query = sa.select(article).where(*conditions).order_by(article.c.date, article.c.doc_id)
        with self._transaction() as connection:
            with connection.execution_options(yield_per=500).execute(query) as result:
                yield from result.mappings()

    # Inside

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except (sa.exc.SQLAlchemyError, ValueError) as error:  # ValueError: text it cannot encode
            cause = getattr(error, "orig", None) or error
            raise StorageError(f"the ledger {self.url}: {cause}") from error

    def _insert(self, table: sa.Table) -> Any:
        """INSERT of the dialect at hand: both know ON CONFLICT, the standard does not."""
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        return dialect.insert(table)

    def _add_links(self, connection: Connection, items: list[Link], seen_at: datetime) -> set[str]:
        new = connection.execute(
            self._insert(link)
            .values([self._new_link(item, seen_at) for item in items])
            .on_conflict_do_nothing()
            .returning(link.c.doc_id)
        ).scalars()
        known = set(new)
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
        return known

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
    def _close_links(connection: Connection, doc_ids: set[str]) -> None:
        connection.execute(
            sa.update(link)
            .where(link.c.doc_id.in_(doc_ids), link.c.state != "done")
            .values(state="done", reason="", detail="")
        )


def _set_pragmas(connection: Any, _record: Any) -> None:
    """SQLite: readers beside the writer, and a commit that is on the disk when it returns."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
