"""Where in a text the hits of a query are, and the piece of it that shows the first of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from newsarchive.archive import tokens

#: Characters shown before and behind the first hit.
BEFORE, BEHIND = 30, 90


class Snippet(NamedTuple):
    """A piece of a text in one line, and from where to where its hits are."""

    text: str
    hits: list[tuple[int, int]]


def whole(text: str, phrases: Iterable[str]) -> Snippet:
    """All of *text* with the hits of *phrases*, which are tokens with blanks between them."""
    text = tokens.composed(text)
    stream, starts = tokens.placed(text)
    hits = [
        (bisect_right(starts, hit.start()) - 1, bisect_right(starts, hit.end() - 1))
        for phrase in phrases
        for hit in tokens.pattern(phrase).finditer(stream)
    ]
    return Snippet(text, _apart(hits))


def piece(text: str, phrases: Iterable[str]) -> Snippet:
    """The surroundings of the first hit; the beginning of *text* where there is none."""
    text, hits = whole(text, phrases)
    first = hits[0][0] if hits else 0
    start, end = max(0, first - BEFORE), min(len(text), first + BEHIND)
    shown = text[start:end].replace("\n", " ")
    before, behind = "…" if start else "", "…" if end < len(text) else ""
    offset = len(before) - start
    inside = [(a + offset, min(b, end) + offset) for a, b in hits if a < end]
    return Snippet(f"{before}{shown}{behind}", inside)


def pieces(found: Snippet) -> Iterator[tuple[str, bool]]:
    """The text of a snippet cut at its hits, each piece with whether it is one."""
    place = 0
    for start, end in found.hits:
        yield found.text[place:start], False
        yield found.text[start:end], True
        place = end
    yield found.text[place:], False


def marked(found: Snippet, opening: str, closing: str, show: Callable[[str], str] = str) -> str:
    """A snippet with signs around each hit; *show*: what is done to its text, not to the signs."""
    return "".join(
        f"{opening}{show(text)}{closing}" if hit else show(text) for text, hit in pieces(found)
    )


def _apart(hits: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those that overlap or touch as one, by place."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(hits):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
