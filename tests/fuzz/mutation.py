"""A small fuzzer for where atheris is not: seeds, cut and mixed by dice that fall the same way."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.fuzz.seeds import seeds, words

#: Bytes. Of a larger seed a piece is taken.
LARGEST = 8_192


def inputs(name: str, dice: random.Random) -> Iterator[bytes]:
    """The target's seeds as they are, then mutations of them without an end."""
    pool, dictionary = seeds(name), words()
    yield from pool
    while True:
        data = bytearray(_piece(dice, dice.choice(pool)))
        for _ in range(dice.choice((1, 1, 2, 4, 8, 16))):
            _mutate(data, dice, pool, dictionary)
        yield bytes(data)


def _piece(dice: random.Random, data: bytes) -> bytes:
    if len(data) <= LARGEST:
        return data
    start = dice.choice((0, dice.randrange(len(data) - LARGEST)))
    return data[start : start + LARGEST]


def _mutate(
    data: bytearray, dice: random.Random, pool: list[bytes], dictionary: list[bytes]
) -> None:
    at = dice.randrange(len(data) + 1)
    end = min(len(data), at + dice.choice((0, 1, 1, 2, 8, 64, 512)))
    what = dice.randrange(6)
    if what <= 2:  # a word, in the place of something or of nothing
        data[at:end] = dice.choice(dictionary)
    elif what == 3:  # a part goes, or stands twice
        data[at:end] = data[at:end] * dice.choice((0, 2, 3))
    elif what == 4:  # a part of another seed
        other = dice.choice(pool)
        start = dice.randrange(len(other) + 1)
        data[at:end] = other[start : start + dice.choice((4, 32, 256))]
    else:
        data[at:end] = bytes(dice.randrange(256) for _ in range(end - at))
