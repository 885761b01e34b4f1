"""WARC files, our own and others', read as captures (ISO 28500:2017)."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from newsarchive import clock
from newsarchive.archive.http_payload import PAYLOAD_MAX, Message, message, payload
from newsarchive.archive.warc_records import Record, records
from newsarchive.archive.warc_stream import GZIP, HEAD_MAX
from newsarchive.exceptions import BadInput, Reason

#: Where an archive keeps its own.
FOLDER = "warc"
ENDING = ".warc.gz"
#: Behind the name of a file that is being written.
OPEN = ".open"

#: The media type of metadata, and the field of it in which ours have their JSON.
FIELDS, CONTEXT = "application/warc-fields", "newsarchive"

#: Bytes of what a crawl of ours knew: some 500.
_CONTEXT_MAX = 64 * 1024
_CAPTURED = ("response", "revisit", "resource")
#: W3C-DTF, of which WARC 1.1 takes parts, too.
_MOMENT = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?Z)?)?)?", re.ASCII
)


class Position(NamedTuple):
    """Where a capture is: the file's name, and the byte at which its first record begins.

    Without a name: nowhere, it was not recorded.
    """

    file: str = ""
    offset: int | None = None


@dataclass(frozen=True)
class Capture:
    """One answer of a server, as a WARC file has it."""

    url: str
    at: datetime  #: when it was received
    status: int
    headers: dict[str, str]  #: by name in lower case
    body: bytes  #: the payload, without chunks and content codings; b"" of a revisit
    position: Position
    identity: str  #: WARC-Record-ID
    digest: str  #: WARC-Payload-Digest; '' where there is none
    revisit: bool = False  #: the payload was that of an earlier capture
    trouble: BadInput | None = None  #: why there is no body
    #: What our crawl knew when it asked; None: another's capture.
    context: dict[str, Any] | None = None


def captures(
    file: BinaryIO, name: str, wanted: Callable[[str], bool] = lambda url: True
) -> Iterator[Capture | BadInput]:
    """The captures of the addresses that are *wanted*, in the order in which they were written.

    *name*: what the file is called. What cannot be read is told in its place. Raises OSError.
    """
    held: Capture | None = None
    ours = False
    for record in records(file):
        if isinstance(record, BadInput):
            # A capture of ours whose context is lost is not taken for another's.
            if held is not None and not (ours and held.context is None):
                yield held
            held = None
            yield record
            continue
        try:
            if record.kind == "warcinfo":
                ours = b"software: newsarchive/" in record.read(_CONTEXT_MAX)
            if held is not None and record.headers.get("warc-concurrent-to") == held.identity:
                if record.kind == "metadata" and (context := _context(record)) is not None:
                    held = replace(held, context=context)
                continue
            if held is not None:
                yield held
                held = None
            if record.kind in _CAPTURED and record.url.startswith("http") and wanted(record.url):
                held = _capture(record, name)
        except BadInput as error:
            if not record.broken:  # else it is told anyway
                yield BadInput(error.reason, f"{record.url[:200]}: {error.detail}")
    if held is not None:
        yield held


def found(root: Path, file: str, offset: int | None) -> Capture | None:
    """The capture of an article by its row; None where the archive does not have it any more.

    Another worker may still be writing its file.
    """
    if offset is None:
        return None
    for name in (file, file + OPEN):
        with suppress(OSError, BadInput), open(root / FOLDER / name, "rb") as opened:
            return capture_in(opened, file, offset)
    return None


def capture(path: Path, offset: int) -> Capture:
    """The capture that begins there. Raises BadInput where there is none, OSError."""
    with open(path, "rb") as file:
        return capture_in(file, path.name, offset)


def capture_in(file: BinaryIO, name: str, offset: int) -> Capture:
    """As `capture`, in a file that is open and called *name*."""
    file.seek(offset)
    for found in captures(file, name):
        if isinstance(found, BadInput):
            raise found
        return found
    raise BadInput(Reason.UNREADABLE, f"{name} has no capture at {offset}")


def is_warc(head: bytes) -> bool:
    """Whether a file that begins with *head* is one, compressed or not."""
    if head[:2] == b"\x1f\x8b":
        try:
            head = zlib.decompressobj(GZIP).decompress(head, 16)
        except zlib.error:
            return False
    return head.startswith(b"WARC/")


def _capture(record: Record, name: str) -> Capture:
    """Raises BadInput where there is none."""
    told, is_revisit = record.headers.get, record.kind == "revisit"
    at = _moment(told("warc-date", ""))
    block = record.read(HEAD_MAX + PAYLOAD_MAX + 1)
    if record.kind == "response" or block.startswith(b"HTTP/"):
        answer = message(block)
    else:
        answer = Message(200, {"content-type": told("content-type", "")}, block)
    body, trouble = b"", None
    try:
        body = b"" if is_revisit else payload(answer)
    except BadInput as error:
        trouble = error
    return Capture(
        url=record.url,
        at=at,
        status=answer.status,
        headers=answer.headers,
        body=body,
        position=Position(name, record.offset),
        identity=told("warc-record-id", ""),
        digest=told("warc-payload-digest", ""),
        revisit=is_revisit,
        trouble=trouble,
    )


def _context(record: Record) -> dict[str, Any] | None:
    """What our crawl knew; None for other metadata."""
    if record.headers.get("content-type") != FIELDS or record.length > _CONTEXT_MAX:
        return None
    name, _, text = record.read(_CONTEXT_MAX).partition(b":")
    try:
        told = json.loads(text) if name == CONTEXT.encode() else None
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _moment(text: str) -> datetime:
    """Raises BadInput."""
    found = _MOMENT.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError
        *parts, fraction = found.groups()
        year, month, day, hour, minute, second = (int(part) if part else None for part in parts)
        return datetime(
            year or 0, month or 1, day or 1, hour or 0, minute or 0, second or 0,
            int((fraction or "").ljust(6, "0")[:6]), clock.UTC,
        )  # fmt: skip
    except ValueError as error:
        raise BadInput(Reason.UNKNOWN_FORMAT, f"a WARC-Date: {text[:40]!r}") from error
