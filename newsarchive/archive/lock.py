"""One run at a time, and one that writes the index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from newsarchive.exceptions import Locked, StorageError


def acquire(root: Path, name: str = "run") -> FileLock:
    """A lock of the archive in *root*, held; the folder is made where it is missing.

    `run`: of who changes the archive; `index`, `reprints`: of who brings that file up to date.
    It dies with its holder: the kernel gives it back, not the file. Waits a second: `scrapy status`
    holds it for a moment. Raises Locked, StorageError.
    """
    lock = FileLock(root / f"{name}.lock", timeout=1)
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        what = root if name == "run" else f"the {name} of {root}"
        raise Locked(f"another run works on {what}") from error
    except OSError as error:
        raise StorageError(f"{root}: {error.strerror or error}") from error
    return lock


@contextmanager
def at_rest(root: Path) -> Iterator[bool]:
    """Whether a run is at work in *root*; if not, none begins meanwhile."""
    try:
        held = acquire(root) if root.is_dir() else None
    except Locked:
        yield True
        return
    except StorageError:  # a copy that only can be read
        held = None
    try:
        yield False
    finally:
        if held is not None:
            held.release()
