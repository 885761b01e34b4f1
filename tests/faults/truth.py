"""What is true of an archive: its files are whole, its ledger says what is there."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from newsarchive.archive import warc
from newsarchive.exceptions import BadInput

#: Of the runs, not of the article.
_CLOCKS = frozenset(
    (
        "first_seen_at fetched_at served_at seen_at finished_at replaced_at checked_at due_at "
        "attempts seal warc_file warc_offset"
    ).split()
)
#: What may lie in an archive that nobody works on.
_OWN = ("posts/", "revisions/", "reports/", "warc/", "ledger.db", "run.lock")

Files = Mapping[str, bytes]


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below *folder*: its relative path and its bytes."""
    found: dict[str, bytes] = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            found[os.path.relpath(path, folder)] = Path(path).read_bytes()
    return found


@contextmanager
def _ledger(archive: Path) -> Iterator[sqlite3.Connection]:
    """A copy of the ledger: opening the ledger itself would repair it."""
    with tempfile.TemporaryDirectory() as folder:
        for file in archive.glob("ledger.db*"):
            shutil.copy(file, folder)
        with closing(sqlite3.connect(Path(folder) / "ledger.db")) as connection:
            connection.row_factory = sqlite3.Row
            yield connection


def _rows(connection: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
    try:
        return [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):  # killed before it was made
            raise
        return []


def posts(archive: Path) -> dict[str, bytes]:
    """Every post and every revision, by its path."""
    folders = ("posts", "revisions")
    return {f"{name}/{key}": data for name in folders for key, data in tree(archive / name).items()}


def torn(archive: Path, *wholes: Files) -> list[str]:
    """The files that are not as one of *wholes* has them, and reports that cannot be read."""
    found = posts(archive).items()
    wrong = [path for path, data in found if all(whole.get(path) != data for whole in wholes)]
    for path in (archive / "reports").glob("*"):
        try:
            json.loads(path.read_bytes())
        except ValueError:
            wrong.append(f"reports/{path.name}")
    return wrong


def untrue(archive: Path, *, settled: bool = True) -> list[str]:
    """The ledger's rows whose file is not there with their sha256.

    Not *settled*: a version that the next run puts in its place may lie aside.
    """
    files = posts(archive)
    aside = {hashlib.sha256(data).hexdigest() for data in tree(archive / ".newsarchive").values()}
    wrong = []
    with _ledger(archive) as connection:
        if problem := connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            return [f"ledger: {problem}"]
        for table in ("article", "revision"):
            for row in _rows(connection, table):
                found = hashlib.sha256(files.get(row["path"], b"")).hexdigest()
                if found != row["sha256"] and (settled or row["sha256"] not in aside):
                    wrong.append(f"{table} {row['doc_id']}: {row['path']}")
                wrong += uncaptured(archive, row)
    return wrong


def uncaptured(archive: Path, row: Mapping[str, Any]) -> list[str]:
    """A row whose capture is not where it says, whole; that of a run that was killed lies open."""
    if row["warc_offset"] is None:
        return []
    name = row["warc_file"]
    closed, being_written = (archive / "warc" / f"{name}{ending}" for ending in ("", ".open"))
    path = closed if closed.is_file() else being_written
    try:
        found = warc.capture(path, row["warc_offset"])
    except (OSError, BadInput) as error:
        return [f"{name}: {error}"]
    same = found.context is not None and found.body
    return [] if same else [f"{name}: another capture at {row['warc_offset']}: {found.url}"]


def contents(archive: Path) -> dict[str, Any]:
    """All that two runs must agree on: files, and the ledger but for the clocks of the run."""
    with _ledger(archive) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master")]
        tables = [
            row[0]
            for row in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        ledger: dict[str, Any] = {
            f"ledger: {table}": sorted(
                repr([(key, row[key]) for key in row if key not in _CLOCKS])
                for row in _rows(connection, table)
            )
            for table in tables
            if table not in ("run", "warc")  # they tell of the kills
        }
    return {"ledger": sorted(names), **ledger, **posts(archive)}


def unlike(archive: Path, wanted: Mapping[str, Any]) -> list[str]:
    """Where *archive* differs from the *contents* of one that was left alone."""
    found = contents(archive)
    return [name for name in sorted({*found, *wanted}) if found.get(name) != wanted.get(name)]


def leftovers(archive: Path) -> list[str]:
    """What lies in the archive and should not, where nobody works on it."""
    return [
        name
        for name in tree(archive)
        if not name.startswith(_OWN) or name.startswith("ledger.db-") or name.endswith(".open")
    ]
