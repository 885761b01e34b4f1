"""The text of a saved page's body as html5lib sees it: gold without newsarchive.sina."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Iterator
from typing import Any

_UNSEEN = frozenset(
    "script style noscript template iframe video audio head title datalist param".split()
)
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_BLANKS = re.compile(r"[\s\u200b\ufeff]+")


def squeeze(text: str) -> str:
    """*text* without blanks, the zero-width ones among them."""
    return _BLANKS.sub("", text)


def has_parser() -> bool:
    """Whether html5lib is installed."""
    return importlib.util.find_spec("html5lib") is not None


def between(markup: str, starts: str, ends: str) -> str:
    """The visible text of the body's container, from *starts* to the end of *ends*, squeezed.

    An empty *starts* is the container's beginning. A mark that is not there raises ValueError.
    """
    html5lib: Any = importlib.import_module("html5lib")
    root = html5lib.parse(markup, namespaceHTMLElements=False)
    container = next(filter(_is_container, root.iter()))
    text = squeeze("".join(_texts(container)))
    begin, mark = text.index(squeeze(starts)), squeeze(ends)
    return text[begin : text.rindex(mark) + len(mark)]


def _is_container(node: Any) -> bool:
    if node.get("id") in ("artibody", "article"):
        return True
    return node.tag == "section" and "art_content" in (node.get("class") or "").split()


def _texts(node: Any) -> Iterator[str]:
    if _is_unseen(node):
        return
    yield node.text or ""
    for child in node:
        yield from _texts(child)
        yield child.tail or ""


def _is_unseen(node: Any) -> bool:
    """Not on the screen, an advertisement's place, or a live quote (a script writes it)."""
    if not isinstance(node.tag, str):  # a comment
        return True
    identity = node.get("id") or ""
    return (
        node.tag.rpartition("}")[2] in _UNSEEN
        or bool(_HIDDEN.search(node.get("style") or ""))
        or node.get("sax-type") is not None
        or "sinaads" in (node.get("class") or "").split()
        or identity.startswith(("ad_", "quote_"))
    )
