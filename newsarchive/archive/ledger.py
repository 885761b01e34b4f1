"""The ledger: what is to do, what is done, and every clock. The archive's memory between runs.

Links go to `todo` when they are found; `done` is written, in one transaction, after the post is
durable. So a killed run goes on where it was, and knows of nothing that is not there.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from newsarchive.archive.schema import run
from newsarchive.archive.upkeep import Upkeep


class Ledger(Upkeep):
    """What the archive knows. Every method is one transaction.

    Raises StorageError where the database cannot be read or written.
    """

    def begin_run(self, name: str, spider: str, moment: datetime) -> None:
        """A run has started; *name* is that of the report to come."""
        row = {"name": name, "spider": spider, "started_at": moment, "sha256": ""}
        with self._transaction() as connection:
            self._put(connection, run, row)

    def end_run(self, name: str, moment: datetime, exit_code: int, sha256: str) -> None:
        """A run has ended; *sha256* is of its report's bytes, '' where none could be written."""
        told = {"ended_at": moment, "exit_code": exit_code, "sha256": sha256}
        with self._transaction() as connection:
            self._change(connection, run, (run.c.name == name,), lambda _: told)

    def runs(self, count: int | None = None) -> list[RowMapping]:
        """The last *count* runs (all without it), newest first."""
        query = sa.select(run).order_by(run.c.started_at.desc(), run.c.name.desc()).limit(count)
        with self._transaction() as connection:
            return list(connection.execute(query).mappings())
