"""A body as a tree to edit: what lexbor finds in it, in BeautifulSoup's hands.

It is handed over node by node, so that no second parser repairs it: bs4's own would.
"""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup, Tag
from bs4.builder import TreeBuilder
from bs4.element import NavigableString

from newsarchive.dom import TEXT
from newsarchive.post import tree


class _Element(Tag):
    """A tag that is equal to itself alone.

    bs4 compares tags by all that is in them, recursively, while it writes them: that is slow, and
    fatal to 1,000 nested ones.
    """

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    def __hash__(self) -> int:
        return id(self)


class _Builder(TreeBuilder):
    """Feeds BeautifulSoup, as its own do: to append takes longer the deeper the place is."""

    NAME = "newsarchive-lexbor"

    def __init__(self, source: str) -> None:
        self.source = source
        super().__init__(
            multi_valued_attributes=None,  # type: ignore[arg-type]  # class="b  a" stays as it is
            empty_element_tags=set(tree.VOID),
        )

    def feed(self, markup: Any) -> None:
        soup = self.soup
        assert soup is not None, "bs4 sets it"
        in_style = False
        for node, name, entered in tree.nodes(self.source):
            if name == "style":
                in_style = entered
            elif name == TEXT and not in_style:
                soup.object_was_parsed(NavigableString(tree.text_of(node)))
            elif node.is_element_node and entered:
                soup.handle_starttag(name, None, None, tree.attributes_of(node))
            elif node.is_element_node:
                soup.popTag()


def parse(markup: str) -> BeautifulSoup:
    """The children of the `<body>` of *markup*, without comments and styles.

    Raises BadInput(TOO_LARGE) for what no article is.
    """
    # The builder has it: of a markup that looks like a URL or a file name bs4 warns.
    return BeautifulSoup("", builder=_Builder(markup), element_classes={Tag: _Element})
