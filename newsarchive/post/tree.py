"""HTML5 in, its tree node by node, and back to text.

Lexbor parses as the WHATWG standard says. What becomes of an element is decided while its tree is
walked, and what is kept is written at once: to build another tree and edit that takes three times
as long, and more where much is taken out.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from enum import Enum, auto
from typing import NamedTuple, TypeAlias

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsarchive import bounds
from newsarchive.dom import TEXT, walk
from newsarchive.exceptions import BadInput, Reason

#: Elements that have no end tag (WHATWG HTML 13.1.2, with the obsolete ones that parsers know).
VOID = frozenset(
    (
        "area base basefont bgsound br col embed frame hr img input keygen link meta param source "
        "track wbr"
    ).split()
)
#: Whose text is written as it is.
_RAW = ("style", "script")

#: Far beyond any article (the largest known has 10,000 nodes, 40 deep): a built one must not hold
#: up a run.
NODES_MAX = 100_000
DEPTH_MAX = 2_000


#: By name, in order; '' for one without a value.
Attributes: TypeAlias = dict[str, str]


class Action(Enum):
    """What becomes of an element."""

    KEEP = auto()
    UNWRAP = auto()  #: what is in it is kept
    DROP = auto()  #: with all that is in it


class Replacement(NamedTuple):
    """What stands in place of an element and all that is in it: another one, or a mere text."""

    text: str
    name: str = ""
    attributes: Attributes | None = None


#: Decides on an element, by its name and attributes, and may change these.
Policy: TypeAlias = Callable[[str, Attributes, LexborNode], Action | Replacement]


class _Writer:
    """Nodes as text, as a parser would read them again (docs/format.md, step 6).

    Texts that come to stand side by side are one: '&am' and 'p;' must be escaped together.
    """

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._text: list[str] = []

    def start(self, name: str, attributes: Attributes) -> None:
        self._end_text()
        tag = [f"<{name}"]
        for key, value in attributes.items():
            if value:  # `<` is escaped, too, as the seeds' tool chain does
                text = escape_text(value).replace('"', "&quot;")
                tag.append(f' {key}="{text}"')
            else:
                tag.append(f" {key}")
        tag.append(">")
        self._pieces.append("".join(tag))

    def end(self, name: str) -> None:
        self._end_text()
        if name not in VOID:
            self._pieces.append(f"</{name}>")

    def text(self, text: str) -> None:
        self._text.append(text)

    def raw(self, text: str) -> None:
        self._end_text()
        self._pieces.append(text)

    def replacement(self, new: Replacement) -> None:
        if new.name:
            self.start(new.name, new.attributes or {})
        self.text(new.text)
        if new.name:
            self.end(new.name)

    def _end_text(self) -> None:
        if self._text:
            self._pieces.append(escape_text("".join(self._text)))
            self._text.clear()

    def written(self) -> str:
        self._end_text()
        return "".join(self._pieces)


def parse(markup: str) -> LexborNode | None:
    """The `<body>` of *markup*, parsed as an HTML document; None where it has none.

    What HTML5 puts before `<body>` (leading blanks and comments, a first `<style>`) is gone.
    Raises BadInput(TOO_LARGE) for what no article is.
    """
    if markup.endswith("<!"):
        markup += ">"  # lexbor would fill this comment with the text before it
    return LexborHTMLParser(bounds.checked(markup)).body


def nodes(markup: str) -> Iterator[tuple[LexborNode, str, bool]]:
    """The nodes of a body, as `dom.walk` has them. Raises BadInput(TOO_LARGE)."""
    body = parse(markup)
    count = depth = 0
    for node, tag, entered in walk(body) if body is not None else ():
        if entered:
            count += 1
            depth += tag != TEXT
            if count > NODES_MAX or depth > DEPTH_MAX:
                limit = f"{NODES_MAX} nodes, or {DEPTH_MAX} deep"
                raise BadInput(Reason.TOO_LARGE, f"a body of more than {limit}")
        else:
            depth -= 1
        yield node, tag, entered


def rewritten(markup: str, policy: Policy) -> str:
    """*markup* with what *policy* makes of each element, as HTML. Raises BadInput(TOO_LARGE)."""
    writer = _Writer()
    around: list[str] = []  # the names of the elements around; '' for one that is unwrapped
    passed: int | None = None  # the element that is passed over, with all that is in it
    for node, tag, entered in nodes(markup):
        if passed is not None:
            if node.mem_id == passed and not entered:
                passed = None
        elif tag == TEXT:
            write = writer.raw if around and around[-1] in _RAW else writer.text
            write(text_of(node))
        elif not node.is_element_node:
            if entered and (comment := _comment(node)):
                writer.raw(comment)
        elif not entered:
            if name := around.pop():
                writer.end(name)
        else:
            attributes = attributes_of(node)
            action = policy(tag, attributes, node)
            if action is Action.KEEP:
                writer.start(tag, attributes)
                around.append(tag)
            elif action is Action.UNWRAP:
                around.append("")
            else:
                passed = node.mem_id
                if isinstance(action, Replacement):
                    writer.replacement(action)
    return writer.written()


def attributes_of(element: LexborNode) -> Attributes:
    """Its attributes."""
    return {name: value or "" for name, value in element.attributes.items()}


def text_of(node: LexborNode) -> str:
    """What a parser must find to read the text of *node*."""
    text = node.text_content or ""
    if text.startswith("\n") and node.prev is None and _swallows(node.parent):
        text = "\n" + text
    return text


def _swallows(element: LexborNode | None) -> bool:
    """Whether parsers drop a newline right after the element's start tag."""
    return element is not None and element.tag in ("pre", "textarea", "listing")


def _comment(node: LexborNode) -> str:
    """A comment as it is written; '' for what else there is, which no HTML document has."""
    markup = node.html or ""
    if node.is_comment_node:
        return markup  # .comment_content is stripped
    return f"<!--{markup[1:-1]}-->" if markup.startswith("<?") else ""


def plain_text(element: LexborNode) -> str:
    """The text in *element*, without scripts and styles."""
    texts: list[str] = []
    passed: int | None = None
    for node, tag, entered in walk(element):
        if passed is not None:
            if node.mem_id == passed and not entered:
                passed = None
        elif tag == TEXT:
            texts.append(node.text_content or "")
        elif tag in _RAW:
            passed = node.mem_id
    return "".join(texts)


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


def is_closed(body: str) -> bool:
    """Whether a `</div>` after *body* closes a `<div>` before it, not one inside."""
    last = LexborHTMLParser(f"<div>{body}</div><hr>".encode("utf-8", "replace")).body
    return last is not None and last.last_child is not None and last.last_child.tag == "hr"
