"""Pictures: which are Sina's, what their bytes are, where the archive keeps them. Pure.

A post names a picture that the archive has by a path from the post's own file, and keeps the
address that it came from beside it, in an attribute of our own (docs/format.md, "Pictures").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from http import HTTPStatus

#: Sina's hosts of pictures: these and below. All of them answer over https.
DOMAINS = ("sinaimg.cn",)
#: Where an archive keeps pictures.
FOLDER = "images"
#: From `posts/YYYY/MM/DD/` to the archive's folder.
UP = "../../../../"
#: What holds the address of a picture whose `src` leads to the archive's own copy.
ORIGINAL = "data-newsarchive-src"
#: Characters. Scrapy drops requests for longer addresses without a word (URLLENGTH_LIMIT).
_LONGEST = 2083

_ADDRESS = re.compile(
    rf"https://(?:[a-z0-9_-]+\.)*(?:{'|'.join(map(re.escape, DOMAINS))})/[\x21-\x7e]*"
)
_PATH = re.compile(
    rf"{FOLDER}/(?P<fan>[0-9a-f]{{2}})/(?P<sha256>(?P=fan)[0-9a-f]{{62}})\.(?:gif|jpg|png|webp)"
)
#: How the formats begin. Nothing else is kept: SVG is a program, and what is unknown may be one.
_KINDS = {
    "jpg": re.compile(rb"\xff\xd8\xff[\xc0-\xfe]"),
    "png": re.compile(rb"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
    "gif": re.compile(rb"GIF8[79]a"),
    "webp": re.compile(rb"RIFF....WEBPVP8[ LX]", re.DOTALL),
}


class Unstored(Enum):
    """Why a picture stays where it is. That is no failure of its article."""

    # label, meaning
    NOT_FOUND = ("not_found", "the host says that there is none")
    HTTP_ERROR = ("http_error", "an error status, or a redirect that is not followed")
    NETWORK = ("network", "no whole answer: DNS, connection, TLS, time-out")
    ROBOTS = ("robots", "robots.txt forbids it")
    NO_PICTURE = ("no_picture", "its bytes are no JPEG, PNG, GIF or WebP")
    TOO_LARGE = ("too_large", "larger than IMAGES_SIZE_MAX")
    TOO_MANY = ("too_many", "behind the first IMAGES_COUNT_MAX of its article")
    NOT_RECORDED = ("not_recorded", "the WARC files that are replayed do not have it")

    def __init__(self, label: str, meaning: str) -> None:
        self.label = label
        self.meaning = meaning


def kind(data: bytes) -> str:
    """`jpg`, `png`, `gif` or `webp`, by the first bytes alone; '' for anything else."""
    return next((name for name, begin in _KINDS.items() if begin.match(data)), "")


def address(source: str) -> str:
    """Where to ask for the picture of an absolute *source*; '' where that is not Sina's."""
    source = source.partition("#")[0]
    return source if len(source) <= _LONGEST and _ADDRESS.fullmatch(source) else ""


def path(sha256: str, kind: str) -> str:
    """`images/ab/<sha256>.jpg`: where a picture lies, relative to the archive.

    Raises ValueError for what is no SHA-256 in hex, and for other kinds.
    """
    named = f"{FOLDER}/{sha256[:2]}/{sha256}.{kind}"
    if not is_path(named):
        raise ValueError(f"no picture's path: {named!r}")
    return named


def is_path(text: str) -> bool:
    """Whether *text* is a path as `path` makes them."""
    return _PATH.fullmatch(text) is not None


def sha256_of(path: str) -> str:
    """The SHA-256 that a picture's path names; '' where it is none."""
    match = _PATH.fullmatch(path)
    return match["sha256"] if match else ""


def is_stored(attributes: Mapping[str, object]) -> bool:
    """Whether an `<img>` with these attributes names a picture of the archive as we write it."""
    source = str(attributes.get("src") or "")
    original = str(attributes.get(ORIGINAL) or "")
    return source.startswith(UP) and is_path(source[len(UP) :]) and address(original) != ""


def source(attributes: Mapping[str, object]) -> str:
    """Where the picture of an `<img>` with these attributes is on the web; '' without one."""
    return str(attributes.get(ORIGINAL if is_stored(attributes) else "src") or "")


def refusal(status: int, data: bytes, size_max: int) -> Unstored | None:
    """Why an answer is no picture to keep; None where it is one of at most *size_max* bytes."""
    if status != HTTPStatus.OK:
        gone = status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
        return Unstored.NOT_FOUND if gone else Unstored.HTTP_ERROR
    if len(data) > size_max:
        return Unstored.TOO_LARGE
    return None if kind(data) else Unstored.NO_PICTURE
