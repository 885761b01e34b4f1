"""`reprints.db`: which texts are reprints of each other. Derived: all of it is in posts and ledger.

What it knows of a post it knows by the SHA-256 of the file, and so for ever. Half of it is as sound
as all of it: what is missing is found missing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.engine import RowMapping

from newsarchive import __version__
from newsarchive.archive import sketch, sqlite_file
from newsarchive.archive.derived import Derived, Unusable, sqlite_trouble
from newsarchive.archive.sketch import Sketch

#: What a text is can change with each release, and then its sketch does.
RECIPE = f"{sketch.RECIPE} {__version__}"

#: A sketch is numbered by a hash of itself: the order in which posts came leaves no trace.
_SCHEMA = """
BEGIN;
CREATE TABLE about (key TEXT PRIMARY KEY, value NOT NULL);
CREATE TABLE sketch (id INTEGER PRIMARY KEY, signature BLOB NOT NULL, numbers BLOB NOT NULL);
CREATE TABLE post (sha256 TEXT PRIMARY KEY, sketch INTEGER) WITHOUT ROWID;
CREATE TABLE band (hash INTEGER, sketch INTEGER, PRIMARY KEY (hash, sketch)) WITHOUT ROWID;
CREATE TABLE alike (one INTEGER, other INTEGER, PRIMARY KEY (one, other)) WITHOUT ROWID;
COMMIT;
"""
_KNOWN = """
CREATE TEMP TABLE known (
    doc_id TEXT PRIMARY KEY, revision INTEGER, path TEXT, sha256 TEXT, date TEXT
)
"""


class Text(NamedTuple):
    """A version of an article, by what the ledger says of it."""

    doc_id: str
    revision: int
    path: str
    sha256: str  #: of the post
    date: str  #: something that sorts

    @classmethod
    def of(cls, row: RowMapping) -> Text:
        return cls(*(row[name] for name in cls._fields))


class Reprints(Derived):
    """Sketches of posts, and which of them are alike. Raises Unusable and StorageError."""

    def __init__(self, path: Path | None) -> None:
        """The file at *path*, made where it is missing; None: in memory, to be thrown away."""
        path = path or Path(":memory:")
        with sqlite_trouble(path):
            super().__init__(path, sqlite3.connect(path, isolation_level=None))
        try:
            with sqlite_trouble(path):
                self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        run = self._connection.execute
        run("PRAGMA busy_timeout=10000")
        run("PRAGMA cache_size=-65536")
        run("PRAGMA journal_mode=WAL")
        run("PRAGMA synchronous=NORMAL")
        if not run("SELECT 1 FROM sqlite_master").fetchone():
            self._connection.executescript(_SCHEMA)
            run("INSERT INTO about VALUES ('recipe', ?)", (RECIPE,))
        run(_KNOWN)
        self._check()

    def _check(self) -> None:
        query = "SELECT value FROM about WHERE key = 'recipe'"
        found = self._connection.execute(query).fetchone()
        if found != (RECIPE,):
            raise Unusable(f"it is of version {found and found[0]}, not {RECIPE}")

    def take_from(self, path: Path) -> None:
        """Take over all that another file has, which a process may be writing."""
        with sqlite_trouble(path):
            address = f"{path.absolute().as_uri()}?mode=ro"
            if not sqlite_file.may_write(path):
                address = sqlite_file.as_it_is(path)
            with closing(sqlite3.connect(address, uri=True)) as source:
                source.backup(self._connection)
            self._check()

    def compare(self, known: Iterable[Text]) -> int:
        """From now on *known* is what there is; returns how many posts of it have no sketch yet."""
        with sqlite_trouble(self._path), self._connection:
            run = self._connection.execute
            run("BEGIN")
            run("DELETE FROM temp.known")
            self._connection.executemany("INSERT INTO temp.known VALUES (?, ?, ?, ?, ?)", known)
            run("DROP TABLE IF EXISTS temp.todo")
            run(
                "CREATE TEMP TABLE todo AS SELECT known.* FROM temp.known "
                "WHERE sha256 NOT IN (SELECT sha256 FROM post) ORDER BY sha256"
            )
            return int(run("SELECT COUNT(*) FROM temp.todo").fetchone()[0])

    def todo(self, size: int) -> Iterator[list[Text]]:
        """What `compare` found, *size* at a time."""
        for rows in self._todo(size):
            yield [Text(*row) for row in rows]

    def put(self, sketches: Iterable[tuple[str, Sketch | None]]) -> None:
        """Keep what is known of posts, by their SHA-256: all of it or nothing."""
        with sqlite_trouble(self._path), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            for sha256, known in sketches:
                number = None if known is None else self._number(known)
                self._connection.execute(
                    "INSERT OR IGNORE INTO post VALUES (?, ?)", (sha256, number)
                )

    def _number(self, known: Sketch) -> int:
        digest = blake2b(known.signature + known.numbers, digest_size=8).digest()
        number = int.from_bytes(digest, "big", signed=True)
        run = self._connection.execute
        if not run("SELECT 1 FROM sketch WHERE id = ?", (number,)).fetchone():
            run("INSERT INTO sketch VALUES (?, ?, ?)", (number, *known))
            bands = list(sketch.bands(known))
            near = {
                other
                for band in bands
                for (other,) in run("SELECT sketch FROM band WHERE hash = ?", (band,))
            }
            for other in near:
                query = "SELECT signature, numbers FROM sketch WHERE id = ?"
                if sketch.alike(known, Sketch(*run(query, (other,)).fetchone())):
                    run("INSERT INTO alike VALUES (?, ?)", sorted((number, other)))
            pairs = ((band, number) for band in bands)
            self._connection.executemany("INSERT INTO band VALUES (?, ?)", pairs)
        return number

    def duplicates(self) -> dict[str, str]:
        """Of each document of what is known that has an earlier reprint, the first of them all.

        Whatever a chain of reprints joins is one cluster; its first is the earliest by date, among
        those of one date the first by id.
        """
        with sqlite_trouble(self._path):
            # The + lets SQLite go through the pairs that are alike, not through all that could be.
            pairs = self._connection.execute(
                "WITH there AS (SELECT sketch FROM temp.known JOIN post USING (sha256)) "
                "SELECT one, other FROM alike WHERE +one IN there AND +other IN there"
            )
            joined = _joined(pairs)
            firsts: dict[int, str] = {}
            found = {}
            for doc_id, number in self._connection.execute(
                "SELECT doc_id, sketch FROM temp.known JOIN post USING (sha256) "
                "WHERE sketch IS NOT NULL ORDER BY date, doc_id"
            ):
                first = firsts.setdefault(joined.get(number, number), doc_id)
                if first != doc_id:
                    found[doc_id] = first
        return found


def _joined(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Of each number in *pairs* the one that stands for all that are joined with it."""
    above: dict[int, int] = {}

    def top(number: int) -> int:
        while (next_one := above.setdefault(number, number)) != number:
            above[number] = above[next_one]
            number = above[number]
        return number

    for one, other in pairs:
        above[top(one)] = top(other)
    return {number: top(number) for number in list(above)}
