"""HTML5 in, BeautifulSoup tree out, and back to text.

Lexbor parses as the WHATWG standard says; the tree that it finds is handed to BeautifulSoup node by
node, so that no second parser repairs it. bs4's own builders would: fed directly they gave other
bytes than the seeds' tool chain on 11 of 18 real pages.
"""

from __future__ import annotations

import html
from collections.abc import Container, Iterator
from typing import TYPE_CHECKING, Any

from bs4 import BeautifulSoup, Tag
from bs4.builder import TreeBuilder
from bs4.element import Comment, NavigableString, Stylesheet
from selectolax.lexbor import LexborHTMLParser

from newsarchive import bounds
from newsarchive.exceptions import BadInput, Reason

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

#: Elements that have no end tag (WHATWG HTML 13.1.2, with the obsolete ones that parsers know).
VOID = frozenset(
    (
        "area base basefont bgsound br col embed frame hr img input keygen link meta param source "
        "track wbr"
    ).split()
)


#: Far beyond any article (the largest known has 10,000 nodes, 40 deep): a built one must not hold
#: up a run.
NODES_MAX = 100_000
DEPTH_MAX = 2_000


class _Everything(Container[str]):
    def __contains__(self, item: object) -> bool:
        return True


class Element(Tag):
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


class LexborTreeBuilder(TreeBuilder):
    """Feeds BeautifulSoup with the children of the `<body>` that lexbor makes of a document."""

    NAME = "newsarchive-lexbor"
    TRACKS_LINE_NUMBERS = False

    def __init__(self, source: bytes) -> None:
        self.source = source
        super().__init__(
            multi_valued_attributes=None,  # type: ignore[arg-type]  # class="b  a" stays as it is
            preserve_whitespace_tags=_Everything(),  # type: ignore[arg-type]
            empty_element_tags=set(VOID),
            string_containers={"style": Stylesheet},
        )

    def feed(self, markup: Any) -> None:
        soup = self.soup
        body = LexborHTMLParser(self.source).body
        if soup is None or body is None:
            return
        node, top = body.first_child, body.mem_id
        count = 0
        while node is not None:  # a loop, not a recursion: pages nest 10,000 deep
            count += 1
            if count > NODES_MAX or len(soup.tagStack) > DEPTH_MAX:
                limit = f"{NODES_MAX} nodes, or {DEPTH_MAX} deep"
                raise BadInput(Reason.TOO_LARGE, f"a body of more than {limit}")
            if node.is_element_node:
                attributes = {key: value or "" for key, value in node.attributes.items()}
                soup.handle_starttag(str(node.tag), None, None, attributes)
                if (child := node.first_child) is not None:
                    node = child
                    continue
                soup.popTag()
            elif node.is_text_node:
                text = node.text_content or ""
                if text.startswith("\n") and node.prev is None and _swallows(node.parent):
                    text = "\n" + text
                in_style = soup.currentTag is not None and soup.currentTag.name == "style"
                soup.object_was_parsed((Stylesheet if in_style else NavigableString)(text))
            elif node.is_comment_node:
                # .comment_content is stripped
                soup.object_was_parsed(Comment((node.html or "")[4:-3]))
            elif (node.html or "").startswith("<?"):  # lexbor: a node without a type
                soup.object_was_parsed(Comment((node.html or "")[1:-1]))
            while (beside := node.next) is None:
                node = node.parent
                if node is None or node.mem_id == top:  # == compares their HTML
                    return
                soup.popTag()
            node = beside


def _swallows(element: LexborNode | None) -> bool:
    """Whether parsers drop a newline right after the element's start tag."""
    return element is not None and element.tag in ("pre", "textarea", "listing")


def escape_ampersands(text: str) -> str:
    """Escape each `&` that a reader would take for a character reference, and no other.

    `AT&T` stays, `&copy` does not: `html.unescape` knows the references of HTML5, those without a
    semicolon included (WHATWG HTML 13.5).
    """
    if "&" not in text:
        return text
    pieces = text.split("&")
    written = [pieces[0]]
    for index, piece in enumerate(pieces[1:], 1):
        # The longest name has 33 characters; a reference never runs across another ampersand.
        head = "&" + piece[:40]
        written.append("&amp;" if html.unescape(head) != head else "&")
        written.append(pieces[index])
    return "".join(written)


def escape_text(text: str) -> str:
    """Text as it stands in a file: only `<` and readable `&` are escaped."""
    return escape_ampersands(text.replace("\r", "\n")).replace("<", "&lt;")


def parse(markup: str) -> BeautifulSoup:
    """Parse *markup* as an HTML document; the soup holds the children of its `<body>`.

    What HTML5 puts before `<body>` (leading blanks and comments, a first `<style>`) is gone.
    Raises BadInput(TOO_LARGE) for what no article is.
    """
    bounds.check(markup)
    if markup.endswith("<!"):
        markup += ">"  # lexbor would fill this comment with the text before it
    # The builder has it: of a markup that looks like a URL or a file name bs4 warns.
    builder = LexborTreeBuilder(markup.encode("utf-8", "replace"))
    return BeautifulSoup("", builder=builder, element_classes={Tag: Element})


def elements(soup: BeautifulSoup) -> list[Tag]:
    """All elements, in document order. bs4's `find_all` takes several times as long."""
    return [node for node in soup.descendants if isinstance(node, Tag)]


def _join_texts(soup: BeautifulSoup) -> None:
    """Make one of texts that stand side by side: '&am' and 'p;' must be escaped together.

    `soup.smooth` does the same by recursion, and dies of 1,000 nested elements.
    """
    for text in [node for node in soup.descendants if isinstance(node, NavigableString)]:
        before = text.previous_sibling
        if type(text) is NavigableString and type(before) is NavigableString:
            before.replace_with(NavigableString(before + text))
            text.extract()


def serialise(soup: BeautifulSoup) -> str:
    """The soup as HTML, byte for byte what `parse` would read again (docs/format.md, step 6)."""
    _join_texts(soup)
    pieces: list[str] = []
    node: Any = soup.contents[0] if soup.contents else None
    while node is not None:  # a loop, not a recursion: pages nest 2,000 deep
        if isinstance(node, Tag):
            pieces.append(f"<{node.name}{''.join(_attributes(node))}>")
            if node.contents:
                node = node.contents[0]
                continue
            if node.name not in VOID:
                pieces.append(f"</{node.name}>")
        elif isinstance(node, Comment):
            pieces.append(f"<!--{node}-->")
        else:
            raw = node.parent.name in ("style", "script")
            pieces.append(str(node) if raw else escape_text(node))
        while node is not None and node.next_sibling is None:
            node = node.parent if node.parent is not soup else None
            if node is not None:
                pieces.append(f"</{node.name}>")
        node = node.next_sibling if node is not None else None
    return "".join(pieces)


def _attributes(tag: Tag) -> Iterator[str]:
    for name, value in tag.attrs.items():
        if value:  # `<` is escaped, too, as the seeds' tool chain does
            text = escape_text(str(value)).replace('"', "&quot;")
            yield f' {name}="{text}"'
        else:
            yield f" {name}"


def is_closed(body: str) -> bool:
    """Whether a `</div>` after *body* closes a `<div>` before it, not one inside."""
    last = LexborHTMLParser(f"<div>{body}</div><hr>".encode("utf-8", "replace")).body
    return last is not None and last.last_child is not None and last.last_child.tag == "hr"
