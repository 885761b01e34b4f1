"""What `index.db` and `reprints.db` have in common: SQLite files that are made of posts and ledger.

What is wrong with one of them costs time, no more: it is made anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from newsarchive.exceptions import StorageError

#: SQLite's complaints that are not about the file's content.
_PASSING = ("locked", "full", "readonly", "disk i/o", "unable to open", "interrupted", "too big")


class Unusable(Exception):
    """It is no such file, a damaged one, or one of another version: it has to be made anew."""


@contextmanager
def sqlite_trouble(path: Path) -> Iterator[None]:
    """What SQLite complains of becomes Unusable, or StorageError where the file may be sound."""
    try:
        yield
    except sqlite3.Error as error:
        operational = isinstance(error, sqlite3.OperationalError)
        if operational and any(sign in str(error).lower() for sign in _PASSING):
            raise StorageError(f"{path}: {error}") from error
        raise Unusable(str(error)) from error


class Derived:
    """Such a file that is open. Raises Unusable, and StorageError for trouble with the disk."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path, self._connection = path, connection

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def _todo(self, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of `temp.todo`, *size* at a time: the file may be written between them."""
        start = 0
        while True:
            with sqlite_trouble(self._path):
                rows = self._connection.execute(
                    "SELECT * FROM temp.todo WHERE rowid > ? ORDER BY rowid LIMIT ?", (start, size)
                ).fetchall()
            if not rows:
                return
            yield rows
            start += size
