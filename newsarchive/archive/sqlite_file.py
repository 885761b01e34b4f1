"""SQLite's files: whether they changed, and where nothing can be written, as in a backup."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl

import sqlalchemy as sa

from newsarchive import clock

#: Seconds. File systems are less exact about when a file was changed; the coarsest by two.
_JUST_NOW = 3


def may_write(file: Path) -> bool:
    """Whether the file can be changed; SQLite then writes beside it, too."""
    return os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)


def url(file: Path, *, read_only: bool) -> sa.URL:
    """The file for SQLAlchemy: no text, for in a URL `?` and `%` are something else than here."""
    if not read_only:
        return sa.URL.create("sqlite", database=str(file))
    address, _, how = as_it_is(file).partition("?")
    query = {"uri": "true", **dict(parse_qsl(how))}
    return sa.URL.create("sqlite", database=address, query=query)


def as_it_is(file: Path) -> str:
    """The file as a URI that SQLite only reads, and needs nothing beside it.

    Unless there is a writer, or one has left something in `-wal`, which has to be read, too.
    """
    wal, shared = (file.with_name(f"{file.name}{end}") for end in ("-wal", "-shm"))
    beside = wal.exists() and (wal.stat().st_size > 0 or shared.exists())
    return f"{file.absolute().as_uri()}?mode=ro{'' if beside else '&immutable=1'}"


def stamp(file: str) -> str:
    """What is another whenever the database in *file* has changed; '' where that cannot be told:
    where it was changed just now, a change to come may look the same."""
    told = ""
    for path in (file, f"{file}-wal"):
        try:
            found = os.stat(path)
        except OSError:
            continue
        if found.st_size:  # an empty -wal comes and goes with who opens the database
            if abs(clock.now().timestamp() - found.st_mtime) < _JUST_NOW:
                return ""
            told += f"{found.st_ino} {found.st_size} {found.st_mtime_ns} "
    return told
