"""The page in an MHTML file (RFC 2557), which browsers call "Webpage, Single File".

Of such a file only the headers and the root part are looked at, whatever else is in it. The
standard library's `email` reads the headers, with the policy that does not recurse into them; it is
not given the file, because its parser recurses into parts and keeps each line as an object.
"""

from __future__ import annotations

import binascii
import re
from email.message import Message
from email.parser import BytesHeaderParser
from itertools import islice
from typing import NamedTuple

from newsarchive.exceptions import BadInput, Reason

#: Bytes in which a header ends: Chromium's have 0.5 kB.
HEADER_MAX = 16 * 1024
#: Bytes of the page, as of one that is a file of its own.
HTML_MAX = 8 * 1024 * 1024
#: Bytes of the part: quoted-printable makes three of one, and a line end of each 73.
_PART_MAX = 4 * HTML_MAX
#: Parts among which the root is looked for: mostly it is the first.
_PARTS_MAX = 1_000

_FIELD = re.compile(rb"[!-9;-~]{1,80}:")
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_HTML = ("text/html", "application/xhtml+xml")


class Root(NamedTuple):
    """The root part: the page."""

    html: bytes
    content_type: str
    locations: list[str]  #: where the page was, by the file; the most reliable word first


def begins(data: bytes) -> bool:
    """Whether *data* begins as an MHTML file does; its first HEADER_MAX bytes tell."""
    return _header(data) is not None


def root(data: bytes) -> Root | None:
    """The page for which an MHTML file was saved; None where *data* is no MHTML file.

    Raises BadInput: TRUNCATED, UNKNOWN_FORMAT, TOO_LARGE.
    """
    header = _header(data)
    if header is None:
        return None
    begin = _end_of_header(data, 0)
    end = len(data)
    part = header
    if header.get_content_type() == "multipart/related":
        part, begin, end = _root_part(data, begin, header)
    if part.get_content_type() not in _HTML:
        raise BadInput(Reason.UNKNOWN_FORMAT, "an MHTML file whose root is no HTML")
    said = (
        header["Snapshot-Content-Location"],  # Chromium
        part["Content-Location"],
        header["Content-Location"],
    )
    locations = ["".join(str(location).split()) for location in said if location]
    return Root(_decoded(data, begin, end, part), str(part["Content-Type"]), locations)


def _header(data: bytes) -> Message | None:
    if not _FIELD.match(data):
        return None
    end = _HEADER_END.search(data, 0, HEADER_MAX)
    if end is None:
        return None
    header = _parsed(data[: end.start()])
    kind = header.get_content_type()
    # A page without pictures is no multipart in Internet Explorer's files.
    is_mhtml = kind == "multipart/related" or (kind in _HTML and "MIME-Version" in header)
    return header if is_mhtml else None


def _parsed(header: bytes) -> Message:
    return BytesHeaderParser().parsebytes(header)


def _end_of_header(data: bytes, begin: int) -> int:
    """Where the header that begins at *begin* ends, 0 where it does not."""
    end = _HEADER_END.search(data, begin, begin + HEADER_MAX)
    return end.end() if end is not None else 0


def _root_part(data: bytes, begin: int, header: Message) -> tuple[Message, int, int]:
    """The root's header, and where its content begins and ends: RFC 2387, 3.2."""
    boundary = _parameter(header, "boundary").encode("utf-8", "replace")
    if not boundary:
        raise BadInput(Reason.UNKNOWN_FORMAT, "an MHTML file that does not say how it is parted")
    start = _parameter(header, "start")
    delimiter = re.compile(rb"\n--" + re.escape(boundary) + rb"(?:--)?[ \t]*(?=\r?\n|\r?\Z)")
    delimiters = islice(delimiter.finditer(data, begin - 1), _PARTS_MAX + 1)
    opening = next(delimiters, None)
    for closing in delimiters:
        assert opening is not None
        content = _end_of_header(data, opening.end())
        if 0 < content <= closing.start() + 1:
            part = _parsed(data[opening.end() : content].lstrip())
            if not start or part.get("Content-ID", "").strip() == start:
                end = closing.start()
                return part, content, end - data.endswith(b"\r", content, end)
        elif not start:
            break
        opening = closing
    raise BadInput(Reason.TRUNCATED, "an MHTML file without an end of its page")


def _parameter(header: Message, name: str) -> str:
    value = header.get_param(name)  # a tuple: RFC 2231, in which nobody writes these
    return value.strip() if isinstance(value, str) else ""


def _decoded(data: bytes, begin: int, end: int, part: Message) -> bytes:
    if end - begin > _PART_MAX:
        raise BadInput(Reason.TOO_LARGE, f"a page of more than {HTML_MAX} bytes")
    content = data[begin:end]
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding == "quoted-printable":
        content = binascii.a2b_qp(content)
    elif encoding == "base64":
        try:
            content = binascii.a2b_base64(content)
        except binascii.Error as error:
            raise BadInput(Reason.TRUNCATED, "a page whose base64 breaks off") from error
    if len(content) > HTML_MAX:
        raise BadInput(Reason.TOO_LARGE, f"a page of more than {HTML_MAX} bytes")
    return content
