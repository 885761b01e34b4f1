"""The database behind the ledger: opened, checked, spoken to in its dialect, its rows sealed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, RowMapping

from newsarchive.archive import schema, shared
from newsarchive.archive.access import MAKE, Access
from newsarchive.archive.moments import Moment, moment_of, moment_text
from newsarchive.exceptions import StorageError


class _Statements(NamedTuple):
    """Of one table, for rows that are given when it is executed."""

    add: Any
    put: Any


class Database(Access):
    """Its tables, made where they are missing.

    *read_only*: it is there, and is left as it is. Raises StorageError where it cannot be opened,
    or is of another version than this code.
    """

    def __init__(self, url: str | sa.URL, *, read_only: bool = False) -> None:
        super().__init__(url, read_only=read_only)
        self._results: set[sa.Result[Any]] = set()  # that are being read
        self._statements = {table: _prepared(table, self.is_postgres) for table in schema.SEALED}
        try:
            if not read_only:
                self._make()
            self._check()
        except StorageError:
            self.close()
            raise

    def _make(self) -> None:
        with self._transaction() as connection:
            if self.is_postgres:  # two workers that make the same table end with an error
                connection.execute(MAKE)
                shared.metadata.create_all(connection)
            else:
                # All tables and indexes or none: SQLite's driver commits each of them otherwise,
                # and an index whose table is there is never made.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            schema.metadata.create_all(connection)
            if self.is_postgres:  # a table that was there before got none
                schema.by_file.create(connection, checkfirst=True)
            connection.execute(
                insert(schema.about, self.is_postgres)
                .values(key="version", value=str(schema.VERSION))
                .on_conflict_do_nothing()
            )

    def _check(self) -> None:
        with self._transaction() as connection:
            version = connection.execute(
                sa.select(schema.about.c.value).where(schema.about.c.key == "version")
            ).scalar_one()
        if version.startswith(schema.MOVED):
            raise StorageError(f"the ledger {self.url} was {version}: set LEDGER_URL to that")
        if version != str(schema.VERSION):
            raise StorageError(
                f"{self.url} is of version {version}, this newsarchive knows {schema.VERSION}"
            )

    def faults(self) -> Iterator[tuple[str, str]]:
        """(table or file, what is wrong) wherever the database contradicts itself.

        A row whose seal does not fit was changed by something else than this code. SQLite also
        checks its own structure.
        """
        if not self.is_postgres:
            try:
                with self._transaction() as connection:
                    told = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
                yield from (("ledger.db", str(line)) for line in told if line != "ok")
            except StorageError as error:
                yield "ledger.db", str(error)
        for table in (schema.about, *schema.SEALED):
            try:
                damaged = [key for key, row in self.rows(table) if row is None]
                yield from ((table.name, key) for key in damaged)
            except StorageError as error:
                yield table.name, str(error)

    def rows(self, table: sa.Table) -> Iterator[tuple[str, RowMapping | None]]:
        """Every row with its key as text; None for one that something else than this code changed.

        Raises StorageError where not even the keys can be read.
        """
        query, count = sa.select(table).order_by(*table.primary_key), 0
        try:
            for row in self._read(query):
                count += 1
                yield (
                    _named([row[column.name] for column in table.primary_key]),
                    _intact(table, row),
                )
        except StorageError:
            # One of its values cannot even be read: row by row, to name it.
            key = [raw(column) for column in table.primary_key]
            for values in list(self._read(sa.select(*key).order_by(*key)))[count:]:
                same = [column == value for column, value in zip(key, values.values())]
                try:
                    for row in self._read(query.where(*same)):
                        yield _named(list(values.values())), _intact(table, row)
                except StorageError:
                    yield _named(list(values.values())), None

    @contextmanager
    def at_one_moment(self) -> Iterator[None]:
        """Inside, all that is read is as it was at one moment, whatever a run writes meanwhile.

        For who only reads.
        """
        assert self._pinned is None, "not one inside another, nor in two threads"
        with self._told():
            connection = self._engine.connect()
            if self.is_postgres:
                connection.execution_options(isolation_level="REPEATABLE READ").begin()
            else:
                connection.exec_driver_sql("BEGIN")  # which its driver says before a write only
        self._pinned = connection
        try:
            yield
        finally:
            self._pinned = None
            with suppress(sa.exc.SQLAlchemyError):  # it was lost: there is nothing to end
                for result in list(self._results):
                    result.close()
                connection.close()

    def _read(self, query: sa.Select[Any]) -> Iterator[RowMapping]:
        with (
            self._transaction() as connection,
            connection.execution_options(yield_per=500).execute(query) as result,
        ):
            self._results.add(result)
            try:
                yield from result.mappings()
            finally:
                self._results.discard(result)

    def _add(
        self, connection: Connection, table: sa.Table, rows: Sequence[schema.Row]
    ) -> list[RowMapping]:
        """Insert *rows*; returns those whose keys were not there."""
        sealed = self._sealed(table, rows)
        return list(connection.execute(self._statements[table].add, sealed).mappings())

    def _put(self, connection: Connection, table: sa.Table, *rows: schema.Row) -> None:
        """Insert *rows*, or write each over the one with its key."""
        if rows:
            connection.execute(self._statements[table].put, self._sealed(table, rows))

    def _sealed(self, table: sa.Table, rows: Sequence[schema.Row]) -> list[dict[str, Any]]:
        """*rows* as they are written: by several workers in one order, lest they wait in a ring."""
        sealed = [schema.sealed(table, row) for row in rows]
        if self.worker:
            sealed.sort(key=lambda row: [str(row[column.name]) for column in table.primary_key])
        return sealed

    def _change(
        self,
        connection: Connection,
        table: sa.Table,
        where: Sequence[sa.ColumnElement[bool]],
        change: Callable[[RowMapping], Mapping[str, Any]],
    ) -> list[dict[str, Any]]:
        """Read the rows that fit, and write them back with what *change* makes of each."""
        query = sa.select(table).where(*where).with_for_update()
        found = connection.execute(query.order_by(*table.primary_key) if self.worker else query)
        changed = []
        for before in found.mappings():
            row = schema.sealed(table, {**before, **change(before)})
            if _intact(table, before) is None:
                row["seal"] = before["seal"]  # what is damaged must not look whole by that
            changed.append(row)
        if changed:
            connection.execute(self._statements[table].put, changed)
        return changed


def insert(table: sa.Table, is_postgres: bool) -> Any:
    """INSERT of the dialect at hand: both know ON CONFLICT, the standard does not."""
    dialect = postgresql if is_postgres else sqlite
    return dialect.insert(table)


@cache
def _prepared(table: sa.Table, is_postgres: bool) -> _Statements:
    """Made once: to build a statement takes longer than to execute it."""
    fresh, key = insert(table, is_postgres), list(table.primary_key)
    others = {
        column.name: fresh.excluded[column.name] for column in table.columns if column not in key
    }
    return _Statements(
        add=fresh.on_conflict_do_nothing().returning(*key),
        put=fresh.on_conflict_do_update(index_elements=key, set_=others),
    )


def _intact(table: sa.Table, row: RowMapping) -> RowMapping | None:
    """*row* if it is as it was written."""
    if table is schema.about:  # no seal: all that it may hold is known
        if row["key"] == "version":
            return row if row["value"] == str(schema.VERSION) else None
        return row if row["key"] == "wait_until" and moment_of(row["value"]) else None
    return row if row["seal"] == schema.seal(table, row) else None


def raw(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A time as the text that it is kept as: also one that is none."""
    return sa.type_coerce(column, sa.String) if isinstance(column.type, Moment) else column


def _named(key: Sequence[object]) -> str:
    return " ".join(moment_text(v) if isinstance(v, datetime) else str(v) for v in key)
