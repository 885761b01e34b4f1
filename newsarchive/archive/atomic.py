"""Writing a file so that it is there whole or not at all, whatever dies when.

Temporary file, fsync, rename, fsync of the folder. The temporary files have a folder of their own
on the same file system, so that sweeping after a kill does not walk the archive.
"""

from __future__ import annotations

import os
from pathlib import Path

#: A name of our own: what is in it is removed.
TEMPORARY = ".newsarchive"


def write(root: Path, relative: str, data: bytes) -> None:
    """Write *data* to *relative* under *root*; durable when it returns. Raises OSError."""
    target = root / relative
    temporary = root / TEMPORARY / f"{target.name}.tmp"
    _make_folder(temporary.parent)
    _make_folder(target.parent)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(temporary, flags, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def move(root: Path, *moves: tuple[str, str]) -> None:
    """Move durable files, each to where another one may lie. Raises OSError."""
    for source, target in moves:
        os.replace(root / source, root / target)
    for _, target in moves:
        _sync_folder((root / target).parent)


def beside(root: Path, *endings: str) -> list[str]:
    """The files with these endings in the temporaries' folder, relative to *root*, sorted."""
    try:
        names = os.listdir(root / TEMPORARY)
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [f"{TEMPORARY}/{name}" for name in sorted(names) if name.endswith(endings)]


def sweep(root: Path) -> int:
    """Remove what a killed run left half written; returns how many files that were."""
    leftovers = beside(root, ".tmp")
    for leftover in leftovers:
        (root / leftover).unlink(missing_ok=True)
    return len(leftovers)


def _make_folder(folder: Path) -> None:
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        new.mkdir(exist_ok=True)
        _sync_folder(new.parent)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # Windows cannot open a folder
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
