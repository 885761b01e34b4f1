"""A body as a tree to edit: what lexbor finds in it, in BeautifulSoup's hands, without comments.

It is handed over node by node, so that no second parser repairs it. bs4's own builders would: fed
directly they gave other bytes than the seeds' tool chain on 11 of 18 real pages.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from bs4 import BeautifulSoup, Tag
from bs4.builder import TreeBuilder
from bs4.element import NavigableString

from newsarchive.dom import TEXT, walk
from newsarchive.post import tree


class _Everything(Container[str]):
    def __contains__(self, item: object) -> bool:
        return True


class _Element(Tag):
    """A tag that is equal to itself alone.

    bs4 compares tags by all that is in them, recursively: that is slow, and fatal to 1,000 nested
    ones.
    """

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    def __hash__(self) -> int:
        return id(self)


class _Builder(TreeBuilder):
    """Feeds BeautifulSoup with the children of the `<body>` that lexbor makes of a document."""

    NAME = "newsarchive-lexbor"
    TRACKS_LINE_NUMBERS = False

    def __init__(self, source: str) -> None:
        self.source = source
        super().__init__(
            multi_valued_attributes=None,  # type: ignore[arg-type]  # class="b  a" stays as it is
            preserve_whitespace_tags=_Everything(),  # type: ignore[arg-type]
            empty_element_tags=set(tree.VOID),
        )

    def feed(self, markup: Any) -> None:
        soup, body = self.soup, tree.parse(self.source)
        assert soup is not None, "bs4 sets it"
        for node, name, entered in walk(body) if body is not None else ():
            if name == TEXT:
                soup.object_was_parsed(NavigableString(tree.text_of(node)))
            elif node.is_element_node and entered:
                soup.handle_starttag(name, None, None, tree.attributes(node))
            elif node.is_element_node:
                soup.popTag()


def parse(markup: str) -> BeautifulSoup:
    """The children of the `<body>` of *markup*. Raises BadInput(TOO_LARGE) for what no article is.

    Unlike bs4's own, this never warns of a markup that looks like a URL or a file name.
    """
    return BeautifulSoup("", builder=_Builder(markup), element_classes={Tag: _Element})
