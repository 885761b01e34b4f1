"""How well reprints are told from what only looks so (docs/reprints.md)."""

from __future__ import annotations

from contextlib import closing
from functools import cache
from typing import NamedTuple

from newsarchive.archive import sketch
from newsarchive.archive.reprints import Reprints, Text
from tests.reprints.pairs import Pair, pairs


class Compared(NamedTuple):
    """A pair that is long enough, and what its sketches have in common."""

    pair: Pair
    shingles: float
    numbers: float
    met: bool  #: whether they would be compared at all


class Score(NamedTuple):
    """What is found of the reprints, and what is right of what is found: shares of 1."""

    precision: float
    recall: float


@cache
def compared() -> tuple[Compared, ...]:
    """All pairs of which both texts are long enough."""
    found = []
    for pair in pairs():
        one, other = (sketch.sketch(text, pair.symbols(text)) for text in (pair.one, pair.other))
        if one and other:
            shares = sketch.shingles_share(one, other), sketch.numbers_share(one, other)
            met = not set(sketch.bands(one)).isdisjoint(sketch.bands(other))
            found.append(Compared(pair, *shares, met))
    return tuple(found)


def score(
    some: tuple[Compared, ...],
    shingles: float = sketch.SHINGLES_SHARE,
    numbers: float = sketch.NUMBERS_SHARE,
) -> Score:
    """Precision and recall at these thresholds; 1 where there is nothing to find."""
    found = [each.pair.reprint for each in some if is_found(each, shingles, numbers)]
    there = sum(each.pair.reprint for each in some)
    right = sum(found)
    return Score(right / len(found) if found else 1.0, right / there if there else 1.0)


def is_found(
    each: Compared,
    shingles: float = sketch.SHINGLES_SHARE,
    numbers: float = sketch.NUMBERS_SHARE,
) -> bool:
    """Whether the pair counts as reprints at these thresholds."""
    return each.met and each.shingles >= shingles and each.numbers >= numbers


def joined(texts: list[str]) -> int:
    """How many of *texts* are taken for reprints of another one."""
    names = [f"{number:06}" for number in range(len(texts))]
    with closing(Reprints(None)) as reprints:
        reprints.put(zip(names, map(sketch.sketch, texts)))
        reprints.compare(Text(name, 1, "", name, "") for name in names)
        return len(reprints.duplicates())
