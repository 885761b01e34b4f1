"""Two versions of a text side by side: which paragraphs changed, and what in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

#: A piece of a paragraph, and whether the other side lacks it.
Piece = tuple[str, bool]
#: Paragraphs that are the same and stand farther from a change are counted, not shown.
CONTEXT = 2
#: Paragraphs that are less alike are not compared character by character.
_ALIKE = 0.35
#: Pairs of characters that are looked at, at most: half a second's worth. Behind that, paragraphs
#: count as changed from end to end.
_COST_MAX = 2_000_000
#: Paragraphs that are compared at most.
_MANY = 1_500


class Row(NamedTuple):
    """A paragraph of both versions; empty where one has none."""

    kind: str  #: equal, replace, delete, insert; skip: so many equal ones are left out
    old: Sequence[Piece] = ()
    new: Sequence[Piece] = ()
    left_out: int = 0


def rows(old: list[str], new: list[str]) -> list[Row]:
    """The paragraphs of both, aligned."""
    old, new = old[:_MANY], new[:_MANY]
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    found: list[Row] = []
    left = _COST_MAX
    for number, (kind, a, b, c, d) in enumerate(codes):
        if kind == "equal":
            first, last = number == 0, number == len(codes) - 1
            found += _equal(old[a:b], first=first, last=last)
        else:
            for before, after in zip_longest(old[a:b], new[c:d]):
                left -= len(before or "") * len(after or "")
                found.append(_changed(before, after, closely=left > 0))
    return found


def _equal(lines: list[str], *, first: bool, last: bool) -> Iterator[Row]:
    before = 0 if first else CONTEXT
    behind = len(lines) - (0 if last else CONTEXT)
    for number, line in enumerate(lines):
        if number < before or number >= behind or behind - before < 2:
            yield Row("equal", [(line, False)], [(line, False)])
        elif number == before:
            yield Row("skip", left_out=behind - before)


def _changed(old: str | None, new: str | None, *, closely: bool) -> Row:
    if old is None or new is None:
        kind = "insert" if old is None else "delete"
        return Row(kind, [(old, True)] if old is not None else (), [(new, True)] if new else ())
    if closely:
        return Row("replace", *_pieces(old, new))
    return Row("replace", [(old, True)], [(new, True)])


def _pieces(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    """What of each the other lacks."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.quick_ratio() < _ALIKE:
        return [(old, True)], [(new, True)]
    left: list[Piece] = []
    right: list[Piece] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if b > a:
            left.append((old[a:b], kind != "equal"))
        if d > c:
            right.append((new[c:d], kind != "equal"))
    return left, right
