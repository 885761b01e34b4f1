"""What "save as" makes of a page: which page it is, and what is not Sina's in it.

Browsers write their DOM, not what they were sent. docs/sina.md, "Saved pages", has the forms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote

from selectolax.lexbor import LexborNode

from newsarchive.sina import encoding, mhtml, urls

#: What the folder beside a page saved as "Webpage, Complete" has behind the page's name.
FOLDERS = ("_files", ".files", "_文件")

#: What may stand before a page's <head>. Savers put their comment there; an author cannot.
_BEFORE_HEAD = re.compile(
    r"\s+|<!doctype[^>]*>|<\?[^>]*>|<html(?:\s[^>]*)?>|<!--(?P<comment>.*?)-->",
    re.IGNORECASE | re.DOTALL,
)
_HEAD_MAX = 16_384
#: Chromium, Edge, Internet Explorer: the number is the address's length.
_SAVED_FROM = re.compile(r"\s*saved from url=\(\d+\)(\S+)\s*")
_SINGLE_FILE = re.compile(
    r"\s*(?:Page saved with|Archive processed by) SingleFile\s.*?^[ \t]*url: *(\S+)",
    re.DOTALL | re.MULTILINE,
)
_LOCAL = re.compile(rf"(?:\./)?[^/:]+(?:{'|'.join(map(re.escape, FOLDERS))})/")
_PICTURE = re.compile(r"(?:https?:)?//\S+?\.(?:gif|png|jpe?g|webp)", re.IGNORECASE)
#: SingleFile, where it was told to keep the addresses of what it put into the page.
_ORIGINAL = "data-sf-original-src"


class Saved(NamedTuple):
    """A page out of a file."""

    markup: str
    url: str  #: where it was saved from, canonical; '' where the saver does not name one of Sina


def read(data: bytes) -> Saved | None:
    """The page in a file, told by content; None where it holds none.

    Raises BadInput: TRUNCATED, UNKNOWN_FORMAT, TOO_LARGE.
    """
    root = mhtml.root(data)
    if root is not None:
        markup, _ = encoding.decode(root.html, root.content_type)
    elif _looks_like_page(data):
        markup, _ = encoding.decode(data)
    else:
        return None
    said = [*(root.locations if root else ()), *_addresses(markup)]
    return Saved(markup, next(filter(None, map(urls.canonical_url, said)), ""))


def _looks_like_page(data: bytes) -> bool:
    """Whether a file is HTML: a tag that only pages have stands near its beginning."""
    head = data[:4096].lower()
    return any(tag in head for tag in (b"<html", b"<!doctype html", b"<head", b"<body", b"<meta"))


def _addresses(markup: str) -> Iterator[str]:
    """The addresses that the comments before a page's head name."""
    begin = 0
    while match := _BEFORE_HEAD.match(markup, begin, _HEAD_MAX):
        begin = match.end()
        comment = match["comment"] or ""
        if found := _SAVED_FROM.fullmatch(comment) or _SINGLE_FILE.match(comment):
            yield found[1]


def restore(container: LexborNode) -> None:
    """Take the addresses of the saver's own disk out of *container*.

    A picture gets its original address back if one of its attributes has it, else it goes: joined
    to the page's address it would name what never was at Sina. Nothing else has a use for one.
    """
    for node in container.css("[src], [href]"):
        for name in ("src", "href"):
            attributes = node.attributes
            address = attributes.get(name) or ""
            if not _is_local(address, attributes):
                continue
            original = _original(attributes) if node.tag == "img" else ""
            if original:
                node.attrs[name] = original
                if _ORIGINAL in attributes:
                    del node.attrs[_ORIGINAL]
            elif node.tag == "img":
                node.decompose()
                break
            else:
                del node.attrs[name]


def _is_local(address: str, attributes: Mapping[str, str | None]) -> bool:
    if address.startswith("data:"):
        return _ORIGINAL in attributes
    return _LOCAL.match(unquote(address.strip())) is not None


def _original(attributes: Mapping[str, str | None]) -> str:
    """The address on the web that a picture had before it was saved, '' for none."""
    values = (attributes.get(_ORIGINAL), *attributes.values())
    return next((value for value in values if value and _PICTURE.match(value.strip())), "")
