"""WARC files, our own and others', read as captures (ISO 28500:2017)."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.timeutils import iso_date_to_datetime

from newsarchive import clock
from newsarchive.exceptions import BadInput, Reason

#: Where an archive keeps its own.
FOLDER = "warc"
ENDING = ".warc.gz"
#: Behind the name of a file that is being written.
OPEN = ".open"

#: Bytes of a payload, unpacked.
PAYLOAD_MAX = 8 * 1024 * 1024
_GZIP = 31
_CAPTURED = ("response", "revisit", "resource")


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
) -> Iterator[Capture]:
    """The captures of the addresses that are *wanted*, in the order in which they were written.

    *name*: what the file is called. Raises BadInput where the file ends in the middle, or is none;
    OSError.
    """
    held: Capture | None = None
    records = _records(file)
    for offset, record in records:
        concurrent = record.rec_headers.get_header("WARC-Concurrent-To")
        if held is not None and concurrent == held.identity:
            if record.rec_type == "metadata" and (context := _context(record)) is not None:
                held = replace(held, context=context)
            continue
        if held is not None:
            yield held
        held = None
        url = record.rec_headers.get_header("WARC-Target-URI") or ""
        if record.rec_type in _CAPTURED and url.startswith("http") and wanted(url):
            held = _capture(record, url, Position(name, offset))
    if held is not None:
        yield held


def found(root: Path, file: str, offset: int | None) -> Capture | None:
    """The capture of an article by its row; None where the archive does not have it any more."""
    if offset is None:
        return None
    try:
        return capture(root / FOLDER / file, offset)
    except (OSError, BadInput):
        return None


def capture(path: Path, offset: int) -> Capture:
    """The capture that begins there. Raises BadInput where there is none, OSError."""
    with open(path, "rb") as file:
        file.seek(offset)
        for found in captures(file, path.name):
            return found
    raise BadInput(Reason.UNREADABLE, f"{path.name} has no capture at {offset}")


def is_warc(head: bytes) -> bool:
    """Whether a file that begins with *head* is one, compressed or not."""
    if head[:2] == b"\x1f\x8b":
        try:
            head = zlib.decompressobj(_GZIP).decompress(head, 16)
        except zlib.error:
            return False
    return head.startswith(b"WARC/")


def _records(file: BinaryIO) -> Iterator[tuple[int, ArcWarcRecord]]:
    """Every record with its offset. Raises BadInput."""
    records = ArchiveIterator(file)
    try:
        for record in records:
            offset = records.offset
            yield offset, record
            records.read_to_end()
            if getattr(record.raw_stream, "limit", 0):
                raise BadInput(Reason.TRUNCATED, f"the record at {offset} ends early")
    except (ArchiveLoadFailed, EOFError, ValueError, zlib.error) as error:
        raise BadInput(Reason.TRUNCATED, f"not a whole WARC file: {error}"[:300]) from error


def _capture(record: ArcWarcRecord, url: str, position: Position) -> Capture:
    told, http = record.rec_headers.get_header, record.http_headers
    status, headers = 200, {"content-type": told("Content-Type") or ""}
    if http is not None:
        status = int(http.get_statuscode()) if (http.get_statuscode() or "").isdigit() else 0
        headers = {name.lower(): value for name, value in http.headers}
    body, trouble = b"", None
    if record.rec_type != "revisit":
        body = _read(record)
        if len(body) > PAYLOAD_MAX:
            body, trouble = b"", BadInput(Reason.TOO_LARGE, f"more than {PAYLOAD_MAX} bytes")
    return Capture(
        url=url,
        at=_moment(told("WARC-Date") or ""),
        status=status,
        headers=headers,
        body=body,
        position=position,
        identity=told("WARC-Record-ID") or "",
        digest=told("WARC-Payload-Digest") or "",
        revisit=record.rec_type == "revisit",
        trouble=trouble,
    )


def _read(record: ArcWarcRecord) -> bytes:
    """The payload; a byte more than PAYLOAD_MAX where it is larger."""
    stream, parts, left = record.content_stream(), [], PAYLOAD_MAX + 1
    while left and (part := stream.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _context(record: ArcWarcRecord) -> dict[str, Any] | None:
    if record.rec_headers.get_header("Content-Type") != "application/json":
        return None
    try:
        told = json.loads(_read(record))
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _moment(text: str) -> datetime:
    """Raises ValueError."""
    try:
        moment: datetime = iso_date_to_datetime(text)
    except TypeError as error:
        raise ValueError(f"WARC-Date: {text[:40]!r}") from error
    return moment.replace(tzinfo=clock.UTC)
