"""Lexbor's tree of a page, node by node."""

from __future__ import annotations

from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

#: What lexbor has for the tag of a text.
TEXT = "-text"


def walk(root: LexborNode) -> Iterator[tuple[LexborNode, str, bool]]:
    """All nodes below *root* in document order with their tags, each when it is entered (True) and,
    unless it is TEXT, when it is left (False).

    A loop, not a recursion: pages nest 10,000 deep.
    """
    above: list[tuple[LexborNode, str]] = []
    node = root.first_child
    while node is not None:
        tag = node.tag or ""
        yield node, tag, True
        if tag != TEXT:
            if (child := node.first_child) is not None:
                above.append((node, tag))
                node = child
                continue
            yield node, tag, False
        while (beside := node.next) is None and above:
            node, tag = above.pop()
            yield node, tag, False
        node = beside


def select(root: LexborHTMLParser | LexborNode, selector: str) -> Iterator[LexborNode]:
    """What *selector* finds below *root*, in document order.

    The others are looked for only where the first is not enough: to go through a whole page takes
    eight times as long as to come to the first.
    """
    first = root.css_first(selector)
    if first is not None:
        yield first
        yield from root.css(selector)[1:]
