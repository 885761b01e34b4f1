"""The file of the index: SQLite with FTS5, opened and checked."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from newsarchive.archive import sqlite_file
from newsarchive.archive.derived import Derived, Unusable, sqlite_trouble
from newsarchive.exceptions import StorageError

VERSION = 1
#: `doc.doc_id` is null where the article was replaced: FTS5 forgets a text only if it is told it.
#: The body comes first: places in the first column cost the least, a fifth of the whole.
_SCHEMA = """
CREATE TABLE about (key TEXT PRIMARY KEY, value NOT NULL);
CREATE TABLE doc (id INTEGER PRIMARY KEY, doc_id TEXT UNIQUE, date INTEGER NOT NULL, mark INTEGER);
CREATE VIRTUAL TABLE words USING fts5(
    body, lead, title, facets, content='', columnsize=0, tokenize='ascii'
);
"""
_KNOWN = """
CREATE TEMP TABLE known (doc_id TEXT PRIMARY KEY, date TEXT, mark INTEGER, channels TEXT)
"""


class IndexFile(Derived):
    """An index file that is open. Raises Unusable and StorageError, as Derived does."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        super().__init__(path, _connected(path, create=create))
        try:
            with sqlite_trouble(path):
                self._open(create=create)
        except BaseException:
            self.close()
            raise

    def _open(self, *, create: bool) -> None:
        run = self._connection.execute
        run("PRAGMA cache_size=-32768")
        run("PRAGMA busy_timeout=10000")
        if create:
            # Nothing looks at it before it is whole, and a half one is thrown away.
            run("PRAGMA journal_mode=OFF")
            run("PRAGMA synchronous=OFF")
            self._connection.executescript(_SCHEMA)
            run("INSERT INTO about VALUES ('version', ?), ('shift', 0), ('stamp', '')", (VERSION,))
        else:
            version = self._about("version")
            if version != VERSION:
                raise Unusable(f"it is of version {version}, this newsarchive knows {VERSION}")
            if sqlite_file.may_write(self._path):
                run("PRAGMA journal_mode=WAL")
                run("PRAGMA synchronous=NORMAL")
        run(_KNOWN)

    def finish(self) -> None:
        """Bring a new index into its last form: for readers beside a writer."""
        with sqlite_trouble(self._path):
            self._connection.execute("INSERT INTO words(words) VALUES ('optimize')")
            self._connection.execute("PRAGMA journal_mode=WAL")

    @property
    def stamp(self) -> str:
        """Of the ledger that the index has all of; '' where that cannot be told."""
        with sqlite_trouble(self._path):
            return str(self._about("stamp"))

    @stamp.setter
    def stamp(self, stamp: str) -> None:
        with sqlite_trouble(self._path):
            self._connection.execute("UPDATE about SET value = ? WHERE key = 'stamp'", (stamp,))

    def counts(self) -> tuple[int, int]:
        """How many articles it has, and how many rows of replaced ones besides."""
        with sqlite_trouble(self._path):
            rows, live = self._one("SELECT COUNT(*), COUNT(doc_id) FROM doc")
        return live, rows - live

    def _about(self, key: str) -> Any:
        return self._one("SELECT value FROM about WHERE key = ?", key)[0]

    def _one(self, statement: str, *values: object) -> tuple[Any, ...]:
        row: tuple[Any, ...] | None = self._connection.execute(statement, values).fetchone()
        if row is None:
            raise Unusable("it has lost a row")
        return row


def _connected(path: Path, *, create: bool) -> sqlite3.Connection:
    with closing(sqlite3.connect(":memory:")) as probe:
        try:
            probe.execute("CREATE VIRTUAL TABLE probe USING fts5(text)")
        except sqlite3.OperationalError as error:
            raise StorageError(f"this Python's SQLite has no FTS5: {error}") from error
    with sqlite_trouble(path):
        mode = "rwc" if create else "rw"
        address = f"{path.absolute().as_uri()}?mode={mode}"
        if not create and path.exists() and not sqlite_file.may_write(path):
            address = sqlite_file.as_it_is(path)
        return sqlite3.connect(address, uri=True, isolation_level=None)
