"""Writing a file so that it is there whole or not at all, whatever dies when.

Temporary file, fsync, rename, fsync of the folder. The temporary files have a folder of their own
on the same file system, so that sweeping after a kill does not walk the archive.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from pathlib import Path

from newsarchive.exceptions import StorageError

#: A name of our own: what is in it is removed.
TEMPORARY = ".newsarchive"
#: So many files are synced at once.
_SYNCS = 8
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
_FLAGS |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)  # of systems that have them
#: The worker whose temporaries these are; '': of this process. Machines share process numbers.
_owner = ""


def belong_to(worker: str) -> None:
    """What this process leaves half written is told by this name: see `sweep`."""
    global _owner
    _owner = worker


def write(root: Path, relative: str, data: bytes, sure: Callable[[], None] = lambda: None) -> None:
    """Write *data* to *relative* under *root*, as `write_all` does."""
    write_all(root, [(relative, data)], sure)


def write_all(
    root: Path, files: Sequence[tuple[str, bytes]], sure: Callable[[], None] = lambda: None
) -> None:
    """Write each file's data to its place under *root*; durable when it returns. Raises OSError.

    Each is there whole or not at all, but of several those before the one that failed may be there.
    Right before one takes its place, *sure* is called, and may raise StorageError instead.
    """
    targets = [root / relative for relative, _ in files]
    folders = {target.parent for target in targets}
    # Of its own: two workers may store the same picture at the same moment.
    mine = f"-{_owner or os.getpid()}.tmp"
    temporaries = [root / TEMPORARY / (target.name + mine) for target in targets]
    for folder in (root / TEMPORARY, *folders):
        make_folder(folder)
    descriptors: list[int] = []
    try:
        with ExitStack() as opened:
            for temporary, (_, data) in zip(temporaries, files):
                descriptors.append(os.open(temporary, _FLAGS, 0o666))
                opened.callback(os.close, descriptors[-1])
                _write(descriptors[-1], data)
            _sync(descriptors)
        for temporary, target in zip(temporaries, targets):
            sure()
            os.replace(temporary, target)
    except (OSError, StorageError):
        for temporary in temporaries[: len(descriptors)]:
            temporary.unlink(missing_ok=True)
        raise
    for folder in folders:
        sync_folder(folder)


def _write(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def _sync(descriptors: Sequence[int]) -> None:
    """Make files durable: several at once, in a fraction of the time of one after the other."""
    if len(descriptors) == 1:
        os.fsync(descriptors[0])
        return
    shares = [descriptors[number::_SYNCS] for number in range(min(_SYNCS, len(descriptors)))]
    synced: list[Future[None]] = []
    try:
        for share in shares:
            synced.append(_threads(os.getpid()).submit(_sync_each, share))
    finally:
        wait(synced)  # whatever fails: the files are closed then
    for each in synced:
        each.result()


def _sync_each(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.fsync(descriptor)


@functools.cache
def _threads(_process: int) -> ThreadPoolExecutor:
    """Those that sync: begun once, which costs as much as their work, in each *process*."""
    return ThreadPoolExecutor(_SYNCS, "sync")


def move(root: Path, *moves: tuple[str, str]) -> None:
    """Move durable files, each to where another one may lie. Raises OSError."""
    for source, target in moves:
        os.replace(root / source, root / target)
    for _, target in moves:
        sync_folder((root / target).parent)


def beside(root: Path, *endings: str) -> list[str]:
    """The files with these endings in the temporaries' folder, relative to *root*, sorted."""
    try:
        names = os.listdir(root / TEMPORARY)
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [f"{TEMPORARY}/{name}" for name in sorted(names) if name.endswith(endings)]


def sweep(root: Path, worker: str = "") -> int:
    """Remove what a killed run left half written, or one *worker*; returns how many files."""
    leftovers = beside(root, f"-{worker}.tmp" if worker else ".tmp")
    for leftover in leftovers:
        (root / leftover).unlink(missing_ok=True)
    return len(leftovers)


def make_folder(folder: Path) -> None:
    """Make a folder, and those that it is in, durably. Raises OSError."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        new.mkdir(exist_ok=True)
        sync_folder(new.parent)


def sync_folder(folder: Path) -> None:
    """Make durable which names are in a folder. Raises OSError."""
    if os.name != "posix":  # Windows cannot open a folder
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def trouble_with(path: Path | str) -> Iterator[None]:
    """An OSError inside becomes a StorageError that names *path*."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror or error}") from error
