"""The files that a replay reads: found without leaving the folder that was named, and so read."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO

from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import Miss
from newsarchive.sina import mhtml, saved

#: Bytes. The largest known post has 0.2 MB, the largest page 0.3 MB.
LARGEST = 8 * 1024 * 1024
#: An MHTML file also holds the pictures, which are copied no second time.
LARGEST_MHTML = 64 * 1024 * 1024

_PAGES = (".html", ".htm", ".shtml")

#: Folders of an archive that hold no posts, or not those that are current.
_NOT_CURRENT = ("revisions", "reports", "damaged", "strays", "warc", "images", "feeds")
_WILD = re.compile(r"[*?\[]")
# A pipe or a device that took a file's place is not waited for. Windows knows the last flag only.
_FILE = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)


def named(path: str) -> tuple[Path, Iterator[Path]]:
    """The folder or file that *path* names, and the files of it, sorted, without hidden ones.

    Of an archive they are its current posts.
    Of a glob it is the folder before the first wildcard. Below it no symbolic link is followed: a
    replay stays in the folder it was given. What a browser put beside a page belongs to the page.
    """
    root = Path(path)
    if os.path.isfile(path):
        return root, iter([root])
    if os.path.isdir(path):
        if os.path.isfile(root / "run.lock") and os.path.isdir(root / "posts"):
            return root, _below(root, ("posts", "**", "*"))  # not the ledger and such
        is_archive = os.path.isdir(root / "posts")
        return root, _below(root, ("**", "*"), _NOT_CURRENT if is_archive else ())
    wild = [number for number, part in enumerate(root.parts) if _WILD.search(part)]
    if not wild:
        return root, iter(())
    pattern = root.parts[wild[0] :]
    if pattern[-1] == "**":
        pattern += ("*",)  # the files, not the folders alone
    root = Path(*root.parts[: wild[0]])
    return root, _below(root, pattern)


def nothing(path: str) -> Miss:
    """Told where *path* names no files."""
    detail = "no files in it" if os.path.isdir(path) else "no such file or folder"
    return Miss(path, Reason.UNREADABLE, detail)


def _below(root: Path, pattern: tuple[str, ...], without: tuple[str, ...] = ()) -> Iterator[Path]:
    left: list[tuple[str, ...]] = [()]
    while left:
        parts = left.pop()
        path = root.joinpath(*parts)
        try:
            mode = os.lstat(path).st_mode if parts else stat.S_IFDIR
            if stat.S_ISDIR(mode):
                if _leads_to(parts, pattern):
                    names = sorted(_inputs(os.listdir(path)) - set(() if parts else without))
                    left += [(*parts, name) for name in names[::-1] if not name.startswith(".")]
            elif stat.S_ISREG(mode) and _matches(parts, pattern):
                yield path
        except OSError:
            if parts:
                yield path  # reading it tells why


def _inputs(names: list[str]) -> set[str]:
    """*names* of a folder without `page_files`, where there is a `page.html`."""
    pages = {stem for stem, ending in map(os.path.splitext, names) if ending.lower() in _PAGES}
    return set(names) - {stem + ending for stem in pages for ending in saved.FOLDERS}


def _leads_to(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Whether in a folder there may be what matches *pattern*."""
    return any(_matches(parts, pattern[:count]) for count in range(len(pattern)))


def _matches(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**":  # any number of folders
        return any(_matches(parts[start:], pattern[1:]) for start in range(len(parts) + 1))
    return parts != () and fnmatchcase(parts[0], pattern[0]) and _matches(parts[1:], pattern[1:])


@contextmanager
def opened(path: Path, root: Path) -> Iterator[BinaryIO]:
    """A plain file at or below *root*. Raises BadInput and OSError.

    What was a file when it was listed may be a link by now, or a folder on the way to it: each
    step is made from the folder that was opened, and what is looked at is what is read.
    """
    descriptor = _open(root, path.relative_to(root).parts)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise BadInput(Reason.UNREADABLE, "not a plain file")
        with open(descriptor, "rb", closefd=False) as file:
            yield file
    finally:
        os.close(descriptor)


def read(path: Path, root: Path) -> bytes:
    """What such a file says. Raises BadInput and OSError."""
    with opened(path, root) as file:
        return content(file)


def content(file: BinaryIO) -> bytes:
    """What an opened file says. Raises BadInput and OSError.

    Of a file without a size, as in /proc, nothing is read.
    """
    file.seek(0)
    size = os.fstat(file.fileno()).st_size
    head = file.read(min(size, mhtml.HEADER_MAX))
    largest = LARGEST_MHTML if mhtml.begins(head) else LARGEST
    if size > largest:
        raise BadInput(Reason.TOO_LARGE, f"larger than {largest} bytes")
    return head + file.read(size - len(head))


def _open(root: Path, steps: tuple[str, ...]) -> int:
    if steps and os.open not in os.supports_dir_fd:  # Windows
        return os.open(root.joinpath(*steps), _FILE)
    opened = os.open(root, _FOLDER if steps else _FILE)
    for depth, step in enumerate(steps, 1):
        folder, flags = opened, _FILE if depth == len(steps) else _FOLDER
        try:
            opened = os.open(step, flags | _NOFOLLOW, dir_fd=folder)
        finally:
            os.close(folder)
    return opened
