"""The archive's own WARC files: what a run leaves of them, however it ended."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import BinaryIO, NamedTuple

from newsarchive.archive import atomic
from newsarchive.archive.warc import ENDING, FOLDER, OPEN
from newsarchive.archive.warc_stream import Damaged, members

_CHUNK = 1 << 20
_KIND = re.compile(rb"\nWARC-Type: (\w+)")


class Closed(NamedTuple):
    """A file that will not change any more."""

    name: str
    size: int  #: bytes
    sha256: str


def settle(root: Path, known: set[str], run: str = "") -> list[Closed]:
    """Close what killed runs left open, cut behind its last whole capture; files not *known*.

    *run*: only what that one left. Hold the lock. Raises OSError.
    """
    files = f"{run}-*{ENDING}" if run else f"*{ENDING}"
    folder = root / FOLDER
    if not folder.is_dir():
        return []
    for path in sorted(folder.glob(files + OPEN)):
        if path.is_symlink() or not path.is_file():
            continue  # no run leaves such a thing, and what a link leads to is not ours to cut
        with open(path, "r+b") as file:
            size = whole(file)
            file.truncate(size)
            os.fsync(file.fileno())
        name = f"{FOLDER}/{path.name}"
        if size:
            atomic.move(root, (name, name.removesuffix(OPEN)))
        else:
            path.unlink()
    there = (path for path in folder.glob(files) if path.is_file())
    names = sorted(path.name for path in there if path.name not in known)
    return [closed(folder / name) for name in names]


def closed(path: Path) -> Closed:
    """A file as it is now. Raises OSError."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while part := file.read(_CHUNK):
            digest.update(part)
        return Closed(path.name, file.tell(), digest.hexdigest())


def whole(file: BinaryIO) -> int:
    """The length up to the end of the last whole capture in a file of our own.

    A kill, or a disk that was full, cuts a file anywhere: what is behind that is worth nothing.
    """
    end = size = 0
    file.seek(0)
    try:
        for member in members(file):
            size += member.size
            kind = _KIND.search(member.head)
            if kind and kind[1] in (b"metadata", b"warcinfo"):
                end = size
    except Damaged:
        pass  # nothing of it is a whole capture
    return end
