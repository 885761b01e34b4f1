"""What a crawl received, written to WARC 1.1 files (ISO 28500:2017).

A capture is three records, one behind the other, each a gzip member of its own: `response` (or
`revisit`, where the payload is that of an earlier capture), the `request` that it answers, and
`metadata`, what the crawl knew when it asked, as JSON. So a capture with its `metadata` is whole.
A file is called `….warc.gz.open` until it is closed.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

from isal import isal_zlib
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.utils import Digester
from warcio.warcwriter import WARCWriter

from newsarchive import __version__
from newsarchive.archive import atomic
from newsarchive.archive.moments import moment_text
from newsarchive.archive.warc import CONTEXT, ENDING, FIELDS, FOLDER, OPEN, Capture, Position
from newsarchive.archive.warc_files import Closed
from newsarchive.archive.warc_stream import GZIP

#: isal's own scale; 1 takes a tenth of the time of zlib's default for a tenth more bytes.
_LEVEL = 1

Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Transfer:
    """A request and its answer as they went over the wire, but for chunks (RFC 9112, 7.1)."""

    url: str
    at: datetime  #: when the answer was there: whole milliseconds
    method: str
    request_headers: Headers
    protocol: str  #: `HTTP/1.1`
    status: int
    headers: Headers
    body: bytes
    address: str  #: of the server; '' where it is not known
    context: Mapping[str, Any]  #: what the crawl knew when it asked, for JSON


class Recorder:
    """The WARC files of one run, below `warc/` in *root*; none, where nothing is recorded.

    *told* goes into each file's `warcinfo`. No file grows far beyond *size_max* bytes. Methods
    raise OSError; a capture that could not be written leaves no trace.
    """

    def __init__(self, root: Path, run: str, size_max: int, told: Mapping[str, str]) -> None:
        self._root = root
        self._run = run
        self._size_max = size_max
        self._told = told
        self._file: BinaryIO | None = None
        self._name = ""
        self._count = self._size = self._synced = 0
        #: What a sync failed with: a disk that lost what it was given says so once, no more.
        self._failed: OSError | None = None
        self._hash = hashlib.sha256()
        self._closed: list[Closed] = []

    def record(self, transfer: Transfer, before: Capture | None = None) -> Position:
        """Write a capture; where it is. It is durable after the next `syncing` is called.

        *before*: an earlier capture of the same page, whose payload is not written again where it
        is the same.
        """
        if self._file is not None and self._size >= self._size_max:
            self._close_file()
        if self._file is None:
            self._open_file()
        position = Position(self._name, self._size)
        self._write(*_records(transfer, before))
        return position

    def syncing(self) -> Callable[[], None]:
        """What makes durable all that is recorded by now. To be called once, in whatever thread."""
        if self._failed is not None:
            raise self._failed
        if self._file is None or self._synced == self._size:
            return lambda: None
        # Of its own: meanwhile the file may be closed.
        descriptor, self._synced = os.dup(self._file.fileno()), self._size

        def sync() -> None:
            try:
                os.fsync(descriptor)
            except OSError as error:
                self._failed = error
                raise
            finally:
                os.close(descriptor)

        return sync

    def close(self) -> list[Closed]:
        """Close what is open; all files of the run."""
        if self._file is not None:
            self._close_file()
        return self._closed

    def _open_file(self) -> None:
        self._name = f"{self._run}-{self._count:05}{ENDING}"
        self._count += 1
        self._size = self._synced = 0
        self._hash = hashlib.sha256()
        path = self._root / FOLDER / (self._name + OPEN)
        atomic.make_folder(path.parent)
        self._file = open(path, "xb", buffering=0)  # noqa: SIM115  # closed by `close`
        atomic.sync_folder(path.parent)
        about = {
            "software": f"newsarchive/{__version__}",
            "format": "WARC File Format 1.1",
            "conformsTo": "http://iipc.github.io/warc-specifications/specifications/"
            "warc-format/warc-1.1/",
            "isPartOf": self._run,
            **self._told,
        }
        self._write(_writer().create_warcinfo_record(self._name, about))

    def _close_file(self) -> None:
        assert self._file is not None
        os.fsync(self._file.fileno())
        self._file.close()
        self._file = None
        whole = f"{FOLDER}/{self._name}"
        atomic.move(self._root, (whole + OPEN, whole))
        self._closed.append(Closed(self._name, self._size, self._hash.hexdigest()))

    def _write(self, *records: ArcWarcRecord) -> None:
        assert self._file is not None
        members = b"".join(map(_member, records))
        left = memoryview(members)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError:
            os.ftruncate(self._file.fileno(), self._size)
            self._file.seek(self._size)
            raise
        self._size += len(members)
        self._hash.update(members)


class _Head(StatusAndHeaders):  # type: ignore[misc]  # warcio has no types
    """Written as it came: warcio rewrites what is not ASCII."""

    def to_ascii_bytes(self, filter_func: Any = None) -> bytes:
        return bytes(self.to_bytes(filter_func, "latin-1"))


def _records(transfer: Transfer, before: Capture | None) -> list[ArcWarcRecord]:
    """The records of a capture, in their order in the file."""
    date = moment_text(transfer.at)
    identity = f"<urn:uuid:{uuid4()}>"
    told = {"WARC-Date": date, "WARC-Record-ID": identity}
    if transfer.address:
        told["WARC-IP-Address"] = transfer.address
    status = f"{transfer.status} {_phrase(transfer.status)}".rstrip()
    head = _Head(status, transfer.headers, protocol=transfer.protocol)
    writer = _writer()
    digest = _digest(transfer.body)
    if before is not None and (before.digest, before.status) == (digest, transfer.status):
        told["WARC-Refers-To"] = before.identity
        answer = writer.create_revisit_record(
            transfer.url,
            digest,
            before.url,
            moment_text(before.at),
            http_headers=head,
            warc_headers_dict=told,
        )
    else:
        answer = writer.create_warc_record(
            transfer.url,
            "response",
            io.BytesIO(transfer.body),
            len(transfer.body),  # without it, warcio makes a copy to measure
            http_headers=head,
            warc_headers_dict=told,
        )
    beside = {"WARC-Date": date, "WARC-Concurrent-To": identity}
    asked = _Head(
        f"{transfer.method} {_target(transfer.url)} HTTP/1.1",
        transfer.request_headers,
        is_http_request=True,
    )
    request = writer.create_warc_record(
        transfer.url, "request", http_headers=asked, warc_headers_dict=dict(beside)
    )
    # The media type of the standard: metadata of another one pywb would show as the page.
    known = f"{CONTEXT}: {json.dumps(transfer.context, ensure_ascii=False)}\r\n".encode()
    metadata = writer.create_warc_record(
        transfer.url,
        "metadata",
        io.BytesIO(known),
        len(known),
        warc_content_type=FIELDS,
        warc_headers_dict=dict(beside),
    )
    return [answer, request, metadata]


def _member(record: ArcWarcRecord) -> bytes:
    """A record as a gzip member. warcio's own compression takes ten times as long."""
    plain = io.BytesIO()
    WARCWriter(plain, gzip=False, warc_version="WARC/1.1").write_record(record)
    deflate = isal_zlib.compressobj(_LEVEL, wbits=GZIP)
    member: bytes = deflate.compress(plain.getbuffer()) + deflate.flush()
    return member


def _writer() -> WARCWriter:
    return WARCWriter(io.BytesIO(), gzip=False, warc_version="WARC/1.1")


def _digest(payload: bytes) -> str:
    digester = Digester("sha1")  # what readers expect, and compare with
    digester.update(payload)
    return str(digester)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _target(url: str) -> str:
    """The request target in origin form (RFC 9112, 3.2.1)."""
    _, _, rest = url.partition("://")
    _, slash, path = rest.partition("/")
    return slash + path.partition("#")[0] or "/"
