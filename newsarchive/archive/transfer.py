"""The ledger as a whole, moved from one database to another: SQLite to PostgreSQL, and back."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from newsarchive import clock
from newsarchive.archive import schema
from newsarchive.archive.atomic import sync_folder, trouble_with
from newsarchive.archive.schema import about
from newsarchive.archive.upkeep import Upkeep
from newsarchive.exceptions import StorageError

#: What the archive is made of; what workers have in hand is worth nothing elsewhere.
_TABLES = [table for table in schema.metadata.sorted_tables if table in (about, *schema.SEALED)]
#: Rows that are in memory at once.
_BATCH = 500
#: PostgreSQL's integers end there; SQLite's do not.
_INTEGER_MAX = 2**31 - 1


@dataclass
class _Sum:
    """What rows are known by in whatever order they come: their number, the sum of their seals."""

    rows: int = 0
    seals: int = 0

    def of(self, table: sa.Table, rows: Iterable[schema.Row]) -> Generator[dict[str, Any]]:
        """*rows* as they pass. Raises StorageError for one that its seal does not fit."""
        for row in rows:
            seal = schema.seal(table, row)
            if row.get("seal", seal) != seal:
                raise StorageError(f"a row of {table.name} is not as it was written")
            self.rows += 1
            self.seals += int(seal, 16)
            yield dict(row)


class Transfer(Upkeep):
    """Takes over what another ledger holds, or is taken over."""

    def obstacles(self, target: Transfer) -> Iterator[str]:
        """What keeps this ledger from being moved to *target*, a line each: rows that are damaged,
        and those that it cannot hold."""
        for where, told in self.faults():
            yield f"{where} {told}: damaged"
        if not target.is_postgres:  # holds whatever it is given
            return
        for table in _TABLES:
            for key, row in self.rows(table):
                if row is None:  # told already
                    continue
                for column in table.columns:
                    if told := _unfit(column.type, row[column.name]):
                        yield f"{table.name} {key}: {column.name} {told}"

    def take_over(self, source: Transfer, moved: Callable[[int], object]) -> int:
        """Write all rows of *source* here, their seals as they are; returns how many those are.

        They are read back before they are committed, all of them or none. *moved* is told how many
        more were written. Raises StorageError, also where something is here already.
        """
        if not self.is_postgres and self._engine.url.database in (None, "", ":memory:"):
            raise StorageError(f"{self.url} is a database in memory: name a file")
        with self._transaction() as connection:
            # Whoever else moves a ledger here waits for this row, and then finds the other rows.
            same = sa.update(about).where(about.c.key == "version").values(value=about.c.value)
            connection.execute(same)
            count = 0
            for table in _TABLES:
                rows = sa.select(table).execution_options(yield_per=_BATCH)
                if table is about:  # the version is here
                    rows = rows.where(about.c.key != "version")
                if connection.execute(rows.limit(1)).first() is not None:
                    raise StorageError(f"{self.url} is not empty: a ledger moves to where none is")
                wanted, found = _Sum(), _Sum()
                with closing(wanted.of(table, source._whole(table))) as writing:
                    while batch := list(islice(writing, _BATCH)):
                        connection.execute(sa.insert(table), batch)
                        moved(len(batch))
                with connection.execute(rows) as result:
                    for _ in found.of(table, result.mappings()):
                        pass
                if found != wanted:
                    raise StorageError(f"{self.url} did not keep {table.name} as it was written")
                count += found.rows
            return count

    def _whole(self, table: sa.Table) -> Iterator[schema.Row]:
        for key, row in self.rows(table):
            if row is None:
                raise StorageError(f"{table.name} {key} is damaged")
            if (table, key) != (about, "version"):
                yield row

    def retire(self, target: str) -> str:
        """Close this ledger, which was moved to *target*: nobody takes it for the archive's again.

        Its rows stay: in a file that has another name from now on, which is returned, or in a
        database that says where they went. Raises StorageError.
        """
        if self.is_postgres:
            told = sa.update(about).where(about.c.key == "version")
            with self._transaction() as connection:
                connection.execute(told.values(value=f"{schema.MOVED}{target}"))
            self.close()
            return self.url
        file = Path(self._engine.url.database or "")
        aside = file.with_name(f"{file.name}.moved-{clock.now():%Y%m%dT%H%M%SZ}")
        self.close()
        with trouble_with(file):
            for ending in ("-wal", "-shm", ""):  # the first two while somebody else reads it
                if os.path.exists(f"{file}{ending}"):
                    os.replace(f"{file}{ending}", f"{aside}{ending}")
            sync_folder(file.parent)
        return str(aside)


def is_there(file: Path) -> bool:
    """Whether a ledger is in *file*. Raises StorageError where one was, and has moved away."""
    # An empty file: a crash of the machine can leave one, and SQLite would take it.
    if file.is_file() and file.stat().st_size > 0:
        return True
    if old := next(file.parent.glob(f"{file.name}.moved-*"), None):
        raise StorageError(f"the ledger of {file.parent} was moved ({old.name}): set LEDGER_URL")
    return False


def _unfit(kind: sa.types.TypeEngine[Any], value: object) -> str:
    """Why PostgreSQL would refuse *value* in a column of that *kind*; '' where it would not."""
    if isinstance(kind, sa.String) and isinstance(value, str):
        if "\0" in value:
            return "has a NUL character, which no text there can"
        if kind.length is not None and len(value) > kind.length:
            return f"has {len(value)} characters, {kind.length} is the most there"
    small = isinstance(kind, sa.Integer) and not isinstance(kind, sa.BigInteger)
    if small and isinstance(value, int) and abs(value) > _INTEGER_MAX:
        return f"is {value}, {_INTEGER_MAX} is the most there"
    return ""
