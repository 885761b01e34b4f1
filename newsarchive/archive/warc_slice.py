"""One capture out of a WARC file, as it lies there: its own records, still compressed."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from newsarchive.archive.warc import ENDING, FOLDER, OPEN
from newsarchive.exceptions import BadInput, Reason

_GZIP = 31  # wbits: with a gzip header
_CHUNK = 1 << 16
#: Bytes of a record in which its headers stand.
_HEAD = 1 << 14
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
    size, left = 0, b""
    identity: bytes | None = None
    while True:
        try:
            head, length, left = _member(file, left)
        except BadInput:
            if identity is None:
                raise
            return size  # another record is just being written
        beside = _BESIDE.search(head)
        if identity is None:
            if not head.startswith(b"WARC/") or (found := _IDENTITY.search(head)) is None:
                raise BadInput(Reason.UNREADABLE, "no record begins here")
            identity = found[1]
        elif beside is None or beside[1] != identity:
            return size
        size += length
        if size > SIZE_MAX:
            raise BadInput(Reason.TOO_LARGE, f"a capture of more than {SIZE_MAX} bytes")


def _member(file: BinaryIO, left: bytes) -> tuple[bytes, int, bytes]:
    """The next gzip member: how it begins, its compressed length, and what was read behind it."""
    member, head, length = zlib.decompressobj(_GZIP), b"", 0
    while not member.eof:
        left = left or file.read(_CHUNK)
        if not left or length > SIZE_MAX:
            raise BadInput(Reason.TRUNCATED, "it ends in the middle of a record")
        try:
            plain = member.decompress(left, _CHUNK)
        except zlib.error as error:
            raise BadInput(Reason.UNREADABLE, f"no gzip: {error}") from error
        rest = member.unused_data if member.eof else member.unconsumed_tail
        length += len(left) - len(rest)
        head, left = (head + plain)[:_HEAD], rest
    return head.partition(b"\r\n\r\n")[0], length, left
