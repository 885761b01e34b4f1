"""WARC files: an archive made again of its own, and what both have to have in common."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from newsarchive.archive.warc import FOLDER, Capture, captures
from newsarchive.exceptions import BadInput
from tests.running import Completed, replay, scrapy, tree

#: What the ledger knows of articles. Not of runs, walks and files: those were, and are, of a run.
TABLES = ("article", "revision", "listing", "link", "recheck", "tombstone")


def rebuilt(archive: Path, target: Path, *args: str) -> Completed:
    """Nothing but the WARC files of *archive* in *target*, replayed there."""
    shutil.copytree(archive / FOLDER, target / FOLDER)
    return replay(target, target / FOLDER / "*.warc.gz", *args)


def known(archive: Path, *tables: str) -> dict[str, dict[str, dict[str, Any]]]:
    """The ledger's rows, by table and by their key."""
    found = {}
    with closing(sqlite3.connect(archive / "ledger.db")) as connection:
        connection.row_factory = sqlite3.Row
        for table in tables or TABLES:
            rows = [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
            found[table] = {_key(row): row for row in rows}
    return found


def _key(row: dict[str, Any]) -> str:
    names = ("doc_id", "channel" if "seen_at" in row and "path" not in row else "", "gone_at")
    return " ".join(str(row.get(name, "")) for name in (*names, "revision"))


def versions(archive: Path) -> dict[str, bytes]:
    """Posts and revisions, by path."""
    return tree(archive / "posts") | {
        f"revisions/{name}": data for name, data in tree(archive / "revisions").items()
    }


def exported(archive: Path, as_of: str = "") -> str:
    """What `scrapy export` writes."""
    done = scrapy("export", *(("--as-of", as_of) if as_of else ()), archive=archive)
    assert (done.code, done.err) == (0, "")
    return done.out


def read(path: Path) -> list[Capture | BadInput]:
    """The captures in a file."""
    with open(path, "rb") as file:
        return list(captures(file, path.name))


def files(archive: Path) -> list[Path]:
    """The WARC files of an archive, oldest first."""
    return sorted((archive / FOLDER).iterdir())
