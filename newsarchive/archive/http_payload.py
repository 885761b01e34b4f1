"""An HTTP answer: its head in a WARC record, and its payload without chunks and codings.

What headers say of the bytes is often not so: crawlers keep them and store what they decoded. So
the bytes decide, and what is no chunks, or not coded, is taken as it is.
"""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

from isal import isal_zlib
from isal.igzip_lib import IsalError

from newsarchive.archive.warc_records import headers
from newsarchive.archive.warc_stream import GZIP, HEAD_MAX, MAGIC
from newsarchive.exceptions import BadInput, Reason

try:
    import brotli
except ImportError:  # PyPy
    import brotlicffi as brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: Bytes of a payload, as it came and decoded.
PAYLOAD_MAX = 8 * 1024 * 1024
_HEAD = re.compile(rb"HTTP/[0-9](?:\.[0-9])?[ \t]+([0-9]{3})\b[^\n]*\n")
_HEAD_END = re.compile(rb"(?:^|\n)\r?\n")
_SIZE = re.compile(rb"[ \t]*([0-9a-fA-F]{1,8})[ \t]*(?:;[^\n]{0,4000})?\r?\n")
#: How many gzip members, or zstd frames, a payload may have, and how many codings.
_MEMBERS_MAX, _CODINGS_MAX = 1_000, 4
_ZSTD = b"\x28\xb5\x2f\xfd"
#: Bytes that are unpacked at once where what came before a fault counts.
_PIECE = 4096


class Message(NamedTuple):
    """An answer."""

    status: int
    headers: dict[str, str]  #: by name in lower case
    body: bytes  #: as it came


def message(block: bytes) -> Message:
    """The answer in the block of a `response` record. Raises BadInput."""
    line = _HEAD.match(block)
    if line is None:
        raise BadInput(Reason.UNKNOWN_FORMAT, f"no HTTP answer: {block[:40]!r}")
    end = _HEAD_END.search(block, line.end() - 1)
    head, body = (line.end(), end.end()) if end else (line.end(), len(block))
    if body > HEAD_MAX:
        raise BadInput(Reason.UNKNOWN_FORMAT, f"an HTTP head of more than {HEAD_MAX} bytes")
    return Message(int(line[1]), headers(block[head:body]), block[body:])


def payload(answer: Message) -> bytes:
    """What *answer* carries. Raises BadInput for more than PAYLOAD_MAX bytes."""
    data = answer.body
    _bounded(data)  # before chunks are looked for
    if "chunked" in answer.headers.get("transfer-encoding", "").lower():
        data = _joined(data)
    return unpacked(data, answer.headers.get("content-encoding", ""))


def unpacked(data: bytes, codings: str) -> bytes:
    """*data* without the *codings* of a Content-Encoding header (RFC 9110, 8.4).

    Raises BadInput for more than PAYLOAD_MAX bytes, and for more codings than anybody uses.
    """
    _bounded(data)
    named = codings.lower().split(",")
    if len(named) > _CODINGS_MAX:  # each may unpack, and pack, all of it
        raise BadInput(Reason.TOO_LARGE, f"{len(named)} codings of one payload")
    for coding in reversed(named):
        if decode := _DECODERS.get(coding.strip()):
            data = decode(data)
            _bounded(data)
    return data


def _bounded(data: bytes) -> None:
    if len(data) > PAYLOAD_MAX:
        raise BadInput(Reason.TOO_LARGE, f"a payload of more than {PAYLOAD_MAX} bytes")


def _joined(data: bytes) -> bytes:
    """Without chunks (RFC 9112, 7.1), up to where there are some."""
    parts, at = [], 0
    while size := _SIZE.match(data, at):
        at = size.end() + int(size[1], 16)
        parts.append(data[size.end() : at])
        if not int(size[1], 16):
            break
        at += 2 if data[at : at + 2] == b"\r\n" else 1
    return b"".join(parts) if parts else data


def _gunzip(data: bytes) -> bytes:
    parts: list[bytes] = []
    room, left = PAYLOAD_MAX + 1, data
    for _ in range(_MEMBERS_MAX):
        if room <= 0 or not left.startswith(MAGIC):
            break
        member = isal_zlib.decompressobj(wbits=GZIP)
        try:
            parts.append(member.decompress(left, room))
        except IsalError:  # type: ignore[misc]  # its stub says no type
            parts.append(_as_far_as_it_goes(zlib.decompressobj(GZIP), left, room))
            break
        room, left = room - len(parts[-1]), member.unused_data
    else:
        raise BadInput(Reason.TOO_LARGE, f"more than {_MEMBERS_MAX} gzip members")
    return b"".join(parts) if parts else data


def _inflate(data: bytes) -> bytes:
    """Some servers send it without the head of RFC 1950."""
    for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        member = zlib.decompressobj(bits)
        if (found := _as_far_as_it_goes(member, data, PAYLOAD_MAX + 1)) or member.eof:
            return found
    return data


def _as_far_as_it_goes(member: Any, data: bytes, room: int) -> bytes:
    """What can be unpacked of a damaged payload."""
    parts: list[bytes] = []
    for start in range(0, len(data), _PIECE):
        try:
            part = member.decompress(data[start : start + _PIECE], room)
        except zlib.error:
            break
        parts.append(part)
        room -= len(part)
        if member.eof or room <= 0:
            break
    return b"".join(parts)


def _unbrotli(data: bytes) -> bytes:
    decoder = brotli.Decompressor()
    parts: list[bytes] = []
    room, at = PAYLOAD_MAX + 1, 0
    try:
        while room > 0 and not decoder.is_finished():
            piece = b""
            if decoder.can_accept_more_data():
                piece, at = data[at : at + _PIECE], at + _PIECE
                if not piece:
                    break
            parts.append(decoder.process(piece, output_buffer_limit=room))
            room -= len(parts[-1])
    except brotli.error:
        return b"".join(parts) or data
    return b"".join(parts)


def _unzstd(data: bytes) -> bytes:
    parts: list[bytes] = []
    room, left = PAYLOAD_MAX + 1, data
    for _ in range(_MEMBERS_MAX):
        if room <= 0 or not left:
            break
        # RFC 9659: no window of more than 8 MB.
        frame = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: 23})
        try:
            parts.append(frame.decompress(left, room))
        except zstd.ZstdError:
            return data if not parts and not data.startswith(_ZSTD) else b"".join(parts)
        room, left = room - len(parts[-1]), frame.unused_data
    else:
        raise BadInput(Reason.TOO_LARGE, f"more than {_MEMBERS_MAX} zstd frames")
    return b"".join(parts)


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
