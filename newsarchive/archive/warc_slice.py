"""One capture out of a WARC file, as it lies there: its own records, still compressed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from newsarchive.archive.warc import ENDING, FOLDER, OPEN
from newsarchive.archive.warc_stream import Damaged, members
from newsarchive.exceptions import BadInput, Reason

_CHUNK = 1 << 16
#: Compressed bytes of a capture: more than any of a crawl has, whose answers are bounded.
SIZE_MAX = 64 << 20
_IDENTITY = re.compile(rb"^WARC-Record-ID:[ \t]*(\S+)\r?$", re.M | re.I)
_BESIDE = re.compile(rb"^WARC-Concurrent-To:[ \t]*(\S+)\r?$", re.M | re.I)


class Slice(NamedTuple):
    """Where a capture lies, from its first record's first byte to its last record's end."""

    path: Path
    offset: int
    size: int

    def parts(self) -> Iterator[bytes]:
        """Its bytes, some at a time. Raises OSError."""
        with open(self.path, "rb") as file:
            file.seek(self.offset)
            left = self.size
            while left and (part := file.read(min(left, _CHUNK))):
                left -= len(part)
                yield part


def slice_of(root: Path, name: str, offset: int | None) -> Slice | None:
    """The capture that begins at *offset* in the archive's WARC file *name*, or one being written.

    None where there is none. Only a name of a file in the archive's own folder is looked for.
    """
    if offset is None or offset < 0 or Path(name).name != name or not name.endswith(ENDING):
        return None
    for path in (root / FOLDER / name, root / FOLDER / f"{name}{OPEN}"):
        try:
            if path.is_symlink() or not path.is_file():
                continue
            with open(path, "rb") as file:
                file.seek(offset)
                return Slice(path, offset, _length(file))
        except (OSError, BadInput):
            return None
    return None


def _length(file: BinaryIO) -> int:
    """Of the first record from here on, and of those that were written beside it."""
    size, identity = 0, b""
    try:
        for member in members(file, SIZE_MAX):
            if not size:
                identity = _named(_IDENTITY, member.head)
                if not (identity and member.head.startswith(b"WARC/")):
                    break
            elif _named(_BESIDE, member.head) != identity:
                break
            size += member.size
            if size > SIZE_MAX:
                raise BadInput(Reason.TOO_LARGE, f"a capture of more than {SIZE_MAX} bytes")
    except Damaged:
        pass  # another record is just being written
    if not size:
        raise BadInput(Reason.UNREADABLE, "no record begins here")
    return size


def _named(field: re.Pattern[bytes], head: bytes) -> bytes:
    found = field.search(head)
    return found[1] if found else b""
