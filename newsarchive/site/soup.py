"""A body as a tree to edit: what lexbor finds in it, in BeautifulSoup's hands.

It is handed over node by node, so that no second parser repairs it: bs4's own would.
"""

from __future__ import annotations

from bs4 import BeautifulSoup, Tag

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


def parse(markup: str) -> BeautifulSoup:
    """The children of the `<body>` of *markup*, without comments and styles.

    Raises BadInput(TOO_LARGE) for what no article is.
    """
    soup = BeautifulSoup(
        "",
        "html.parser",  # it is given nothing to parse
        multi_valued_attributes=None,  # class="b  a" stays as it is
        element_classes={Tag: _Element},
    )
    around: list[Tag] = [soup]
    for node, name, entered in tree.nodes(markup):
        if name == TEXT:
            around[-1].append(tree.text_of(node))
        elif not node.is_element_node:
            continue
        elif entered:
            tag = soup.new_tag(name, attrs=tree.attributes_of(node))
            if name != "style":  # to take it out again bs4 looks through all beside it
                around[-1].append(tag)
            around.append(tag)
        else:
            around.pop()
    return soup
