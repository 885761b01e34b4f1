"""SQLite's files where nothing can be written: a mounted backup, somebody else's archive."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl

import sqlalchemy as sa


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
