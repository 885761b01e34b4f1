"""HTML5 in, its tree node by node, and back to text.

Lexbor parses as the WHATWG standard says. What becomes of an element is told while its tree is
walked, and what stays is written at once: that takes a third of the time of building another tree
to edit it, and time by the length alone, whatever is taken out.
"""

from __future__ import annotations

import html
from collections.abc import Callable
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


class Fate(Enum):
    """What becomes of an element."""

    STAYS = auto()
    OPENS = auto()  #: only what is in it stays
    GOES = auto()  #: with all that is in it


class Instead(NamedTuple):
    """What an element with all that is in it is replaced by: another one, or a mere text."""

    text: str
    name: str = ""
    attributes: dict[str, str] = {}


Attributes: TypeAlias = dict[str, str]
#: Says what becomes of an element, and may change its attributes.
Judge: TypeAlias = Callable[[str, Attributes, LexborNode], "Fate | Instead"]


class _Writer:
    """Nodes as text, byte for byte what a parser would read again (docs/format.md, step 6).

    Texts that come to stand side by side are one: '&am' and 'p;' must be escaped together.
    """

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._text: list[str] = []

    def start(self, name: str, attributes: Attributes) -> None:
        self._end_text()
        if not attributes:
            self._pieces.append(f"<{name}>")
            return
        told = [f"<{name}"]
        for key, value in attributes.items():
            if value:  # `<` is escaped, too, as the seeds' tool chain does
                text = escape_text(value).replace('"', "&quot;")
                told.append(f' {key}="{text}"')
            else:
                told.append(f" {key}")
        told.append(">")
        self._pieces.append("".join(told))

    def end(self, name: str) -> None:
        self._end_text()
        if name not in VOID:
            self._pieces.append(f"</{name}>")

    def text(self, text: str) -> None:
        self._text.append(text)

    def raw(self, text: str) -> None:
        if text:
            self._end_text()
            self._pieces.append(text)

    def instead(self, what: Instead) -> None:
        if what.name:
            self.start(what.name, what.attributes)
        self.text(what.text)
        if what.name:
            self.end(what.name)

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
    return LexborHTMLParser(bounds.check(markup)).body


def rewritten(markup: str, judge: Judge) -> str:
    """*markup* without what *judge* does not let stay, as HTML. Raises BadInput(TOO_LARGE)."""
    writer = _Writer()
    around: list[bool] = []  # the elements around: whether they are written
    gone: int | None = None  # what is skipped, with all that is in it
    raw = False
    count = 0
    body = parse(markup)
    for node, name, entered in walk(body) if body is not None else ():
        count += entered
        if gone is not None:
            gone = gone if entered or node.mem_id != gone else None
        elif name == TEXT:
            writer.raw(text_of(node)) if raw else writer.text(text_of(node))
        elif not node.is_element_node:
            writer.raw(_comment(node) if entered else "")
        elif not entered:
            raw = False
            if around.pop():
                writer.end(name)
        elif count > NODES_MAX or len(around) >= DEPTH_MAX:
            limit = f"{NODES_MAX} nodes, or {DEPTH_MAX} deep"
            raise BadInput(Reason.TOO_LARGE, f"a body of more than {limit}")
        else:
            told = attributes(node)
            fate = judge(name, told, node)
            if fate is Fate.STAYS or fate is Fate.OPENS:
                around.append(fate is Fate.STAYS)
                if fate is Fate.STAYS:
                    writer.start(name, told)
                    raw = name in _RAW
            else:
                gone = node.mem_id
                if isinstance(fate, Instead):
                    writer.instead(fate)
    return writer.written()


def attributes(element: LexborNode) -> Attributes:
    """Its attributes, by name, in order; '' for one without a value."""
    return {key: value or "" for key, value in element.attributes.items()}


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
    """The text in *element*, without scripts, and without what a style says."""
    texts: list[str] = []
    around = [element.tag]
    script: int | None = None
    for node, name, entered in walk(element):
        if script is not None:
            script = script if entered or node.mem_id != script else None
        elif name == TEXT:
            if around[-1] != "style":
                texts.append(node.text_content or "")
        elif not entered:
            around.pop()
        elif name == "script":
            script = node.mem_id
        else:
            around.append(name)
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
