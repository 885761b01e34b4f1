"""One run at a time."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from newsarchive.exceptions import Locked, StorageError


def acquire(root: Path) -> FileLock:
    """The lock of the archive in *root*, held; the folder is made where it is missing.

    It dies with its holder: the kernel gives it back, not the file. Waits a second: `scrapy status`
    holds it for a moment. Raises Locked, StorageError.
    """
    lock = FileLock(root / "run.lock", timeout=1)
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise Locked(f"another run works on {root}") from error
    except OSError as error:
        raise StorageError(f"{root}: {error.strerror or error}") from error
    return lock
