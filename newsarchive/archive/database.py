"""The database behind the ledger: opened, checked, spoken to in its dialect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from newsarchive.archive import schema
from newsarchive.exceptions import StorageError


class Database:
    """One SQLAlchemy URL, its tables made where they are missing.

    Raises StorageError where it cannot be opened, or is of another version than this code.
    """

    def __init__(self, url: str) -> None:
        try:
            self._engine = sa.create_engine(url)
        except (sa.exc.SQLAlchemyError, ImportError, ValueError) as error:
            raise StorageError(f"LEDGER_URL is not usable: {error}") from error
        self.url = self._engine.url.render_as_string(hide_password=True)
        if self._engine.dialect.name not in ("sqlite", "postgresql"):
            raise StorageError(f"LEDGER_URL: SQLite or PostgreSQL, not {self._engine.dialect.name}")
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine, "connect", _set_pragmas)
        try:
            self._open()
        except StorageError:
            self.close()
            raise

    def _open(self) -> None:
        with self._transaction() as connection:
            if self._engine.dialect.name == "sqlite":
                # All tables and indexes or none: SQLite's driver commits each of them otherwise,
                # and an index whose table is there is never made.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
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


def _set_pragmas(connection: Any, _record: Any) -> None:
    """SQLite: readers beside the writer, and a commit that is on the disk when it returns."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
