"""`index.db`: every article's words, in SQLite's FTS5. Derived: all of it is in posts and ledger.

The rows of the full-text table are numbered by the articles' dates, so that the newest hits are the
first of a backward scan (docs/search.md). It keeps no text: what it finds are document ids.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from typing import NamedTuple

from newsarchive import clock
from newsarchive.archive import query, tokens
from newsarchive.archive.derived import sqlite_trouble
from newsarchive.archive.index_file import IndexFile

#: Characters after which, at the end of a paragraph, an article's beginning ends.
LEAD = 100
#: The columns in which a hit counts, the best first; the last are all that a query looks at.
TIERS = ("title", "title lead", "title lead body")
_EPOCH = datetime(1, 1, 1, tzinfo=clock.UTC)

_HITS = """
SELECT doc.id, doc.date, doc.doc_id FROM words CROSS JOIN doc ON doc.id = words.rowid
WHERE words MATCH ? AND words.rowid >= ? AND words.rowid < ?
AND doc.doc_id IS NOT NULL AND doc.date >= ? AND doc.date < ? ORDER BY words.rowid DESC
"""


class Entry(NamedTuple):
    """What is indexed of an article; *mark*: whatever changes when anything of it does."""

    doc_id: str
    date: datetime  #: aware
    mark: int  #: 64 bits, signed
    title: str
    text: str  #: a paragraph a line
    facets: frozenset[str]  #: what it can be filtered by


class Known(NamedTuple):
    """What is known of an article before it is read."""

    doc_id: str
    date: str  #: something that sorts
    mark: int
    channels: str  #: that listed it, with blanks between them


class Wanted(NamedTuple):
    """Which hits: since <= date < until, with all of *facets*."""

    since: datetime | None = None
    until: datetime | None = None
    facets: frozenset[str] = frozenset()


class Index(IndexFile):
    """What is indexed, and what is asked. Raises Unusable and StorageError, as IndexFile does."""

    # What is to be indexed

    def compare(self, known: Iterable[Known]) -> int:
        """Hold the index against all that is *known* of the archive.

        Returns how many articles are not in it, or not as they are. Changes nothing of it.
        """
        with sqlite_trouble(self._path), self._connection:
            run = self._connection.execute
            run("BEGIN")
            for table in ("todo", "gone"):
                run(f"DROP TABLE IF EXISTS temp.{table}")
            run("DELETE FROM temp.known")
            self._connection.executemany("INSERT INTO temp.known VALUES (?, ?, ?, ?)", known)
            run(
                "CREATE TEMP TABLE todo AS SELECT known.* FROM temp.known LEFT JOIN doc "
                "USING (doc_id) WHERE doc.mark IS NOT known.mark ORDER BY known.date, doc_id"
            )
            run(
                "CREATE TEMP TABLE gone AS SELECT id FROM doc LEFT JOIN temp.known USING (doc_id) "
                "WHERE doc.doc_id IS NOT NULL AND known.doc_id IS NULL"
            )
            return int(self._one("SELECT COUNT(*) FROM temp.todo")[0])

    def todo(self, size: int) -> Iterator[list[Known]]:
        """What `compare` found, by date, *size* at a time."""
        for rows in self._todo(size):
            yield [Known(*row) for row in rows]

    def forget(self) -> None:
        """Drop what `compare` did not find in the archive any more."""
        with sqlite_trouble(self._path):
            self._connection.execute(
                "UPDATE doc SET doc_id = NULL WHERE id IN (SELECT id FROM temp.gone)"
            )

    def put(self, entries: Iterable[Entry]) -> None:
        """Index articles, in the place of what was known of them: all of them or none."""
        with sqlite_trouble(self._path), self._connection:
            run = self._connection.execute
            run("BEGIN IMMEDIATE")
            shift = self._about("shift")
            for entry in entries:
                date = _seconds(entry.date)
                run("UPDATE doc SET doc_id = NULL WHERE doc_id = ?", (entry.doc_id,))
                number = self._free(date)
                shift = max(shift, number - date)
                run("INSERT INTO doc VALUES (?, ?, ?, ?)", (number, entry.doc_id, date, entry.mark))
                lead, body = _parted(entry.text)
                columns = map(tokens.stream, (entry.title, lead, body))
                facets = " ".join(map(_facet, sorted(entry.facets)))
                run(
                    "INSERT INTO words(rowid, title, lead, body, facets) VALUES (?, ?, ?, ?, ?)",
                    (number, *columns, facets),
                )
            run("UPDATE about SET value = ? WHERE key = 'shift'", (shift,))

    def _free(self, date: int) -> int:
        """The first number from *date* on that no row has."""
        if self._connection.execute("SELECT 1 FROM doc WHERE id = ?", (date,)).fetchone() is None:
            return date
        return int(
            self._one(
                "SELECT id + 1 FROM doc WHERE id >= ? AND NOT EXISTS "
                "(SELECT 1 FROM doc AS next WHERE next.id = doc.id + 1) ORDER BY id LIMIT 1",
                date,
            )[0]
        )

    # What is asked of it

    def find(
        self, asked: query.Query | None, wanted: Wanted, limit: int, *, ranked: bool = False
    ) -> list[str]:
        """The document ids of at most *limit* hits, newest first.

        Nothing *asked*: all that have the facets wanted, of which there must be one. *ranked*:
        before them those that have all of it in their beginnings, and first of all those that have
        it in their titles.
        """
        found: list[str] = []
        with sqlite_trouble(self._path), self._connection:
            run = self._connection.execute
            run("BEGIN")
            low = _seconds(wanted.since) if wanted.since else 0
            high = _seconds(wanted.until) if wanted.until else 1 << 62
            bounds = (low, high + self._about("shift"), low, high)
            facets = [f'{{facets}} : "{_facet(name)}"' for name in wanted.facets]
            for columns in TIERS if ranked and asked else TIERS[-1:]:
                words = [f"({query.expression(asked, columns, TIERS[-1])})"] if asked else []
                match = " AND ".join(facets + words)
                with closing(run(_HITS, (match, *bounds))) as hits:
                    found += _newest(hits, limit - len(found), set(found))
        return found


def _newest(hits: Iterable[tuple[int, int, str]], limit: int, known: set[str]) -> list[str]:
    """The *limit* newest of *hits*, whose numbers fall and are never below their dates."""
    best: list[tuple[int, str]] = []
    for number, date, doc_id in hits:
        if len(best) >= limit and (not best or number < best[0][0]):
            break  # what comes now is older
        if doc_id not in known:
            add = heapq.heappush if len(best) < limit else heapq.heappushpop
            add(best, (date, doc_id))
    return [doc_id for _, doc_id in sorted(best, reverse=True)]


def _parted(text: str) -> tuple[str, str]:
    """The beginning, whole paragraphs, and the rest."""
    end = text.find("\n", LEAD)
    return (text, "") if end < 0 else (text[:end], text[end:])


def _facet(name: str) -> str:
    """One token, whatever the name."""
    return name.casefold().encode("utf-8", "replace").hex()


def _seconds(moment: datetime) -> int:
    """Since the year 1: never below zero."""
    return int((moment - _EPOCH).total_seconds())
