"""What a body says to its reader: the text without furniture, its symbols, its editor.

Works on a container's inner HTML and on a post's BODY alike, so that a replayed post tells what the
page told (docs/sina.md).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsarchive import pictures
from newsarchive.dom import TEXT, select, walk
from newsarchive.sina import furniture
from newsarchive.sina.blanks import AROUND, fold

#: Where a line ends, before and behind.
_BLOCKS = frozenset(
    (
        "address article aside blockquote caption center dd details div dl dt fieldset figcaption "
        "figure footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table "
        "tbody tfoot thead tr ul br"
    ).split()
)
_CELLS = frozenset(("td", "th"))
_SHOWING = frozenset(("img", "embed", "object"))
_PLAYERS = "video, audio, iframe"
#: All blanks of Unicode, with the zero-width ones.
_BLANKS = re.compile(r"[\s\u200b\ufeff]+")

_SYMBOLS = re.compile(r"<!--\s*news_keyword_pub(,[^<>]*)-->")
_SYMBOL_SPAN = re.compile(r'<span id="([a-z]{0,6}stock)_([A-Za-z0-9.$_-]{1,20})"')
_ORIGINAL = re.compile(r"(?P<open>[(（])?\s*原标题\s*[：:]\s*(?P<title>.{1,300}?)\s*(?(open)[)）])")
_CHINESE = re.compile(r"(?P<place>sh|sz|bj)(?P<code>[0-9]{6})")
_EDITOR = re.compile(r"(?:责任)?编辑\s*[：:]\s*(?P<name>[^\n（）()]{1,40})")
#: More characters than are ever in such places.
_EDITORS_MAX = 100_000
_EDITOR_LINE = re.compile(r"[\s（(]*责任编辑\s*[：:]")


class _Text(NamedTuple):
    """What a reader sees of a body."""

    lines: tuple[str, ...]  #: a paragraph a line
    pictures: tuple[str, ...]  #: the names that they have on the web
    shows: bool  #: something that is no text


@lru_cache(4)  # several ask of the same body
def _read(body: str) -> _Text:
    """*body* without furniture."""
    root = furniture.parsed(body)
    lines, shown = _lines(furniture.visible(root, body) if root is not None else ())
    images = (node for node in shown if node.tag == "img" and "src" in node.attributes)
    return _Text(tuple(lines), tuple(map(_file_name, images)), shows=bool(shown))


def text(body: str) -> str:
    """The text of *body*, a paragraph a line, without furniture."""
    return "\n".join(_read(body).lines)


def is_empty(body: str) -> bool:
    """Whether nothing is in *body* but furniture: no text, and nothing to be seen or played."""
    found = _read(body)
    if found.lines or found.shows:
        return False
    return LexborHTMLParser(body).css_first(_PLAYERS) is None


def is_filled(container: LexborNode) -> bool:
    """As `is_empty` of what is in *container*, turned round: it looks no further than it must."""
    for node, tag, _ in furniture.visible(container, container.inner_html or ""):
        if tag in _SHOWING or (tag == TEXT and fold(node.text_content or "")):
            return True
    return container.css_first(_PLAYERS) is not None


def _lines(
    nodes: Iterable[tuple[LexborNode, str, bool]],
) -> tuple[list[str], list[LexborNode]]:
    """The text of *nodes*, as `dom.walk` has them, and those that show something else."""
    lines: list[str] = []
    shown: list[LexborNode] = []
    line: list[str] = []

    def end_line() -> None:
        if joined := fold("".join(line)):
            lines.append(joined)
        line.clear()

    for node, tag, entered in nodes:
        if tag == TEXT:
            line.append(node.text_content or "")
        elif tag in _BLOCKS:
            if line:
                end_line()
        elif tag in _CELLS:
            line.append(" ")
        elif tag in _SHOWING and entered:
            shown.append(node)
    end_line()
    return lines, shown


def digest(title: str, body: str) -> str:
    """SHA-256, in hex, of the visible text and title without blanks.

    The names that its pictures have on the web count as text. Ads, quotes and white space do not
    change it: two versions with the same digest are one.
    """
    found = _read(body)
    visible = (_BLANKS.sub("", part) for part in (title, "".join(found.lines + found.pictures)))
    return hashlib.sha256("\n".join(visible).encode("utf-8", "replace")).hexdigest()


def _file_name(image: LexborNode) -> str:
    return pictures.source(image.attributes).partition("?")[0].rpartition("/")[2]


def symbols(body: str) -> list[str]:
    """The codes that the article names: `sz300059`; of other markets `usstock:JPM`.

    From the comment that lists them, from the linked spans where a page has no such comment.
    """
    found: list[tuple[str, str]] = []
    comments = _SYMBOLS.findall(body)
    for listed in comments:
        parts = listed.split(",")[1:]
        for market, codes in zip(parts[::2], parts[1::2]):
            found += [(market.strip(), code) for code in re.split(r"&(?:amp;)?", codes.strip())]
    if not comments:
        found = _SYMBOL_SPAN.findall(body)
    named = [code if market == "stock" else f"{market}:{code}" for market, code in found if code]
    return list(dict.fromkeys(named))


def original_title(body: str) -> str:
    """What stands behind 原标题： in the first or last lines, as reprints have it; else ''."""
    lines = text(body).split("\n")
    for line in (*lines[:3], *lines[-3:]):
        if len(line) <= 400 and (match := _ORIGINAL.fullmatch(line)):
            return match["title"].strip(AROUND)
    return ""


def exchange_form(symbol: str) -> str:
    """`300059.SZ` of `sz300059`, `JPM.US`, `06030.HK`; '' where no exchange is known."""
    if match := _CHINESE.fullmatch(symbol):
        return f"{match['code']}.{match['place'].upper()}"
    market, _, code = symbol.partition(":")
    code = code.upper() if market == "usstock" else code.lower().removeprefix("hk")
    place = {"usstock": "US", "hkstock": "HK"}.get(market)
    return f"{code}.{place}" if place and code else ""


def editor(body: str) -> str:
    """The editor named in the body, with the staff code where there is one; else ''."""
    page = LexborHTMLParser(body)
    if name := editor_of(page):
        return name
    lines, _ = _lines(walk(page.body) if page.body is not None else ())
    named = [line for line in lines[-40:] if _EDITOR_LINE.match(line)]
    return editor_name(named[-1]) if named else ""


def editor_of(page: LexborHTMLParser) -> str:
    """The editor in the place that all templates have for it, inside the body or below; else ''."""
    spent = 0  # a text within a text is said again for each of them
    for node in select(page, ".article-editor, .show_author"):
        text = node.text()
        if name := editor_name(text):
            return name
        spent += len(text)
        if spent > _EDITORS_MAX:
            break
    return ""


def editor_name(line: str) -> str:
    """`支全明 SF099` of `责任编辑：支全明 SF099`, `SN067` of `（编辑：SN067）`; else ''."""
    match = _EDITOR.search(line)
    return " ".join(match["name"].split()).strip(AROUND) if match else ""
