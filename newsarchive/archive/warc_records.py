"""The records of a WARC file, one after the other, in bounded time and memory (ISO 28500:2017).

Others' files are read, too, and damaged ones of our own: what a record claims is believed only as
far as it is there. One that cannot be read is told, and the next one is looked for. (warcio, which
writes ours, reads lines, chunks and compressed parts of any size, and ends at the first fault.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from newsarchive.archive.warc_stream import CHUNK, HEAD_MAX, Damaged, Stream
from newsarchive.exceptions import BadInput, Reason

_VERSION = re.compile(rb"WARC/[0-9]\.[0-9]{1,2}\s*")
_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)


class Record:
    """A record whose block is still to be read."""

    def __init__(self, stream: Stream, offset: int | None, headers: dict[str, str]) -> None:
        length = headers.get("content-length", "")
        if not _LENGTH.fullmatch(length):
            raise BadInput(Reason.UNKNOWN_FORMAT, f"a record's Content-Length: {length[:40]!r}")
        self.offset = offset  #: its first byte in the file; None inside a gzip member
        self.headers = headers  #: by name in lower case
        self.length = int(length)  #: bytes of the block
        self.broken = False  #: the block is not whole: it was tried
        self._left = self.length
        self._stream = stream

    @property
    def kind(self) -> str:
        """The WARC-Type."""
        return self.headers.get("warc-type", "").lower()

    @property
    def url(self) -> str:
        """The WARC-Target-URI. Wget writes it in angle brackets."""
        return self.headers.get("warc-target-uri", "").removeprefix("<").removesuffix(">")

    def read(self, size: int) -> bytes:
        """The next *size* bytes of the block, fewer at its end. Raises BadInput, OSError."""
        parts, size = [], min(size, self._left)
        while size:
            self.broken = True
            part = self._stream.read(size)
            self.broken = not part
            if self.broken:
                raise BadInput(Reason.TRUNCATED, f"a record of {self.url[:200]} ends early")
            parts.append(part)
            size -= len(part)
            self._left -= len(part)
        return b"".join(parts)

    def skip(self) -> None:
        """Go behind the block. Raises BadInput, OSError."""
        while self._left:
            self.read(CHUNK)


def records(file: BinaryIO) -> Iterator[Record | BadInput]:
    """The records from where *file* is on, and what is wrong with those that cannot be read.

    A record is to be read before the next one is asked for. Raises OSError.
    """
    stream, goes_on, cut = Stream(file), True, False
    while goes_on:
        try:
            record = _next(stream)
            if record is None:
                return
            yield record
            record.skip()
            cut = False
        except BadInput as error:
            # Behind a record that was cut nothing begins where it seems to end: one damage.
            if not (cut and isinstance(error, Damaged) and stream.is_at_begin):
                yield error
            cut = not isinstance(error, Damaged)
            goes_on = stream.search() if isinstance(error, Damaged) else stream.skip_member()


def _next(stream: Stream) -> Record | None:
    """The next record; None at the end."""
    line = b"\n"
    while not line.strip():
        offset = stream.begin()
        line = stream.line(HEAD_MAX)
        if not line:
            return None
    if not _VERSION.fullmatch(line):
        raise BadInput(Reason.UNKNOWN_FORMAT, f"no WARC record: {line[:40]!r}")
    head, left = [], HEAD_MAX
    while (line := stream.line(left)).strip():
        head.append(line)
        left -= len(line)
    return Record(stream, offset, headers(b"".join(head)))


def headers(head: bytes) -> dict[str, str]:
    """Header lines, by name in lower case; of several with a name the last.

    Only codings are joined (RFC 9110, 5.3).
    """
    try:
        text = head.decode()
    except UnicodeDecodeError:
        text = head.decode("latin-1")
    found: dict[str, str] = {}
    for line in re.sub(r"\r?\n[ \t]+", " ", text).split("\n"):
        name, colon, value = line.partition(":")
        name, value = name.strip().lower(), value.strip()
        if name == "content-encoding" and name in found:
            value = f"{found[name]}, {value}"
        if colon:
            found[name] = value
    return found
