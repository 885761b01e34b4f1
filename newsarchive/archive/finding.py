"""What `scrapy verify` finds, and how it looks at a file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from newsarchive.archive import schema
from newsarchive.archive.store import Store
from newsarchive.exceptions import StorageError

#: Files whose names the ledger is asked for at once.
BATCH = 500


class Trouble(Enum):
    """What can be wrong. *Damage* is never the trace of a kill, which leaves loose ends only."""

    # label, damage, meaning
    LEDGER = ("ledger", True, "the ledger contradicts itself, or a row of it was changed")
    MISSING = ("missing", True, "a file that the ledger names is not there")
    CHANGED = ("changed", True, "a file that is not as it was written")
    FORMAT = ("format", True, "a post that is not in the format, or not what its row says")
    STRAY = ("stray", False, "a file that the ledger does not know")
    AHEAD = ("ahead", False, "post and row are of two versions: a run was killed between them")
    ORPHAN = ("orphan", False, "a link that is done, and has no article")
    UNREADABLE = ("unreadable", True, "a file that may not be read: nothing can be said of it")
    LEFTOVER = ("leftover", False, "a half-written file of a killed run")

    def __init__(self, label: str, damage: bool, meaning: str) -> None:
        self.label = label
        self.damage = damage
        self.meaning = meaning


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. *row*: what the ledger says of the file."""

    trouble: Trouble
    subject: str  #: a path in the archive, a document id, or a table with a key
    detail: str = ""
    row: schema.Row | None = None


#: None: another file was looked at.
Findings = Iterator[Finding | None]


def look(store: Store, path: str, row: schema.Row) -> tuple[bytes, Finding | None]:
    """A file's bytes, and what is wrong with them, whatever they say; None where nothing is."""
    try:
        data = read(store, path)
    except StorageError as error:
        return b"", Finding(Trouble.UNREADABLE, path, str(error))
    if data is None:
        return b"", Finding(Trouble.MISSING, path, row=row)
    same = hashlib.sha256(data).hexdigest() == row["sha256"]
    return data, None if same else Finding(Trouble.CHANGED, path, row=row)


def read(store: Store, path: str) -> bytes | None:
    """The bytes of a file of the archive; None where it cannot be read.

    Raises StorageError where it may not be read: that says nothing of the file.
    """
    try:
        file = store.root / path
        return file.read_bytes() if file.is_file() else None  # a FIFO would never end
    except PermissionError as error:
        raise StorageError(f"{store.root / path}: {error.strerror}") from error
    except (OSError, ValueError):  # ValueError: NUL in a path that was damaged
        return None


def walk(folder: Path) -> Iterator[Path]:
    """Every file below *folder*, sorted, links to folders not followed."""
    for root, folders, files in os.walk(folder):
        folders.sort()
        yield from (Path(root) / name for name in sorted(files))
