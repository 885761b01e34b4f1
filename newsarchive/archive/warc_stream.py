"""The text of a WARC file, compressed or not, in bounded time and memory, and on behind damage."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from isal import isal_zlib
from isal.igzip_lib import IsalError

from newsarchive.exceptions import BadInput, Reason

GZIP = 31  # wbits: with a gzip header
MAGIC = b"\x1f\x8b\x08"
#: Bytes of a record's header, or of an HTTP head.
HEAD_MAX = 256 * 1024
CHUNK = 64 * 1024
#: Bytes of a record of our own in which its header lines stand.
_RECORD_HEAD = 16 * 1024
#: A gzip member that unpacks to more bytes, and to so many times its size, is a bomb.
_BOMB, _BOMB_RATIO = 128 * 1024 * 1024, 200
#: How often in a file the next whole record is searched, and how many places are tried for it.
_SEARCHES_MAX, _PLACES_MAX = 100, 1000
#: Bytes. So far behind what was read last such a search begins at most.
_BACK = 1024 * 1024


class Damaged(BadInput):
    """The file is not whole here: what comes next is to be searched."""


class Member(NamedTuple):
    """A gzip member, which in a file of our own is one record."""

    head: bytes  #: the header lines of the record
    size: int  #: compressed bytes


def members(file: BinaryIO, longest: int = sys.maxsize) -> Iterator[Member]:
    """The gzip members from where *file* is on.

    Raises Damaged where one is not whole, or has more than *longest* compressed bytes; OSError.
    """
    left = b""
    while left or (left := file.read(CHUNK)):
        member, head, size = isal_zlib.decompressobj(wbits=GZIP), b"", 0
        while not member.eof:
            left = left or file.read(CHUNK)
            if not left:
                raise Damaged(Reason.TRUNCATED, "the last gzip member has no end")
            try:
                # Bounded: what was cut and written over may unpack to anything.
                plain = member.decompress(left, CHUNK)
            except IsalError as error:  # type: ignore[misc]  # its stub says no type
                raise Damaged(Reason.TRUNCATED, f"no gzip: {error}") from error
            rest = member.unconsumed_tail or member.unused_data
            size += len(left) - len(rest)
            if size > longest:
                raise Damaged(Reason.TOO_LARGE, f"a gzip member of more than {longest} bytes")
            head, left = (head + plain)[:_RECORD_HEAD], rest
        yield Member(head.partition(b"\r\n\r\n")[0], size)


class Stream:
    """A file's text, compressed or not. Methods raise BadInput, OSError."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._searches = 0
        place = file.tell()
        self._compressed = file.read(2) == MAGIC[:2]
        self._go_to(place)

    def _go_to(self, place: int) -> None:
        self._file.seek(place)
        self._end = place  #: in the file, of what was read
        self._raw = b""  #: read, and not unpacked yet
        self._text = b""  #: unpacked: never of two members
        self._at = 0  #: in the text, of what was not given out yet
        self._member: Any = None
        self._begun = place  #: where the member begins that the text is of
        self._unpacked = 0  #: bytes of that member

    def begin(self) -> int | None:
        """Go on with the next gzip member, where one is through; where in the file a record is that
        begins here, None inside a member."""
        if self._at == len(self._text):
            self._fill(next_member=True)
        if not self._compressed:
            return self._end - len(self._text) + self._at
        return self._begun if self._at == 0 and self._unpacked == len(self._text) else None

    @property
    def is_at_begin(self) -> bool:
        """Whether it stands where a member should begin, and none does."""
        return self._unpacked == 0 and not self._raw.startswith(MAGIC)

    def read(self, size: int) -> bytes:
        """At most *size* bytes, none at the end of the file or of the gzip member."""
        if self._at == len(self._text):
            self._fill()
        part = self._text[self._at : self._at + size]
        self._at += len(part)
        return part

    def line(self, longest: int) -> bytes:
        """The rest of the line, with its end."""
        parts = []
        while longest > 0:
            if self._at == len(self._text):
                self._fill()
            end = self._text.find(b"\n", self._at) + 1 or len(self._text)
            parts.append(self.read(min(end - self._at, longest)))
            longest -= len(parts[-1])
            if not parts[-1] or parts[-1].endswith(b"\n"):
                return b"".join(parts)
        raise BadInput(Reason.UNKNOWN_FORMAT, f"a header of more than {HEAD_MAX} bytes")

    def skip_member(self) -> bool:
        """Go behind the gzip member; False where there is none to go behind, or no end of it."""
        try:
            while self._member is not None:
                self._fill()
        except BadInput:
            return self.search()
        self._text, self._at = b"", 0
        return self._compressed

    def search(self) -> bool:
        """Go to the next gzip member that begins with a record; whether there is one."""
        self._searches += 1
        if not self._compressed or self._searches > _SEARCHES_MAX:
            return False
        begin = max(self._begun + 1, self._end - len(self._raw) - _BACK)
        tried = 0
        while True:
            self._file.seek(begin)
            part, at = self._file.read(_BACK), -1
            while (at := part.find(MAGIC, at + 1)) >= 0 and tried < _PLACES_MAX:
                tried += 1
                if self._is_record(begin + at):
                    self._go_to(begin + at)
                    return True
            if len(part) < len(MAGIC) or tried == _PLACES_MAX:
                return False
            begin += len(part) - len(MAGIC) + 1

    def _is_record(self, place: int) -> bool:
        self._file.seek(place)
        try:
            member = isal_zlib.decompressobj(wbits=GZIP)
            return bool(member.decompress(self._file.read(CHUNK // 16), 5) == b"WARC/")
        except IsalError:  # type: ignore[misc]  # its stub says no type
            return False

    def _fill(self, *, next_member: bool = False) -> None:
        """The next text, none at the end of the file or, without *next_member*, of the member."""
        self._text, self._at = b"", 0
        while not self._text:
            if self._compressed and self._member is None and not next_member:
                return
            if not self._raw:
                self._raw = self._file.read(CHUNK)
                self._end += len(self._raw)
            if not self._raw:
                if self._member is not None:
                    raise Damaged(Reason.TRUNCATED, f"the gzip member at {self._begun} has no end")
                return
            if self._compressed:
                self._unpack()
            else:
                self._text, self._raw = self._raw, b""

    def _unpack(self) -> None:
        if self._member is None:
            self._begun, self._unpacked = self._end - len(self._raw), 0
            self._member = isal_zlib.decompressobj(wbits=GZIP)
        try:
            self._text = self._member.decompress(self._raw, CHUNK)
        except IsalError as error:  # type: ignore[misc]  # its stub says no type
            detail = f"the gzip member at {self._begun} is damaged: {error}"
            raise Damaged(Reason.TRUNCATED, detail) from error
        self._raw = self._member.unconsumed_tail or self._member.unused_data
        self._unpacked += len(self._text)
        if self._unpacked > max(_BOMB, _BOMB_RATIO * (self._end - len(self._raw) - self._begun)):
            raise Damaged(Reason.TOO_LARGE, f"the gzip member at {self._begun} is a bomb")
        if self._member.eof:
            self._member = None
