"""Where exports go: a file or folder that is there whole or not at all, or what takes a stream."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from newsarchive.archive.atomic import sync_folder, trouble_with


@contextmanager
def text(name: str) -> Iterator[TextIO]:
    """UTF-8 to the file *name*; `-`, a pipe or a device is written to as it comes.

    Raises StorageError.
    """
    if name == "-":
        sys.stdout.reconfigure(encoding="utf-8", errors="replace", newline="\n")  # type: ignore[union-attr]
        yield sys.stdout
        return
    target = Path(name)
    if target.exists() and not target.is_file():
        with trouble_with(target), _opened(target) as file:
            yield file
        return
    with replacing(name) as part, _opened(part) as file:
        yield file


@contextmanager
def replacing(name: str) -> Iterator[Path]:
    """A path for a file or folder that, once it is whole, takes the place of *name*.

    A folder that was there is removed, with all that is in it. Raises StorageError.
    """
    target = Path(os.path.realpath(name))  # a link stays a link
    part, old = (target.with_name(f".{target.name}.{os.getpid()}.{end}") for end in ("part", "old"))
    try:
        with trouble_with(Path(name)):
            part.touch()  # where nothing can be written, that is told before the work
            part.unlink()
            yield part
            _make_durable(part)
            if part.is_dir() and target.is_dir():
                os.replace(target, old)
            os.replace(part, target)
    finally:
        if old.is_dir() and not target.exists():
            os.replace(old, target)
        for path in (part, old):
            with suppress(OSError):
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _make_durable(path: Path) -> None:
    if path.is_dir():
        for inside in path.iterdir():
            _make_durable(inside)
        sync_folder(path)
    else:
        with path.open("rb") as file:  # what was kept may be there to be read only
            os.fsync(file.fileno())


def _opened(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", errors="replace", newline="\n")
