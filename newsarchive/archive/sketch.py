"""What is kept of a text to tell its reprints by: a MinHash of its shingles, and its numbers.

A reprint has another title, a line more or a paragraph less; a market report of another day has the
same words and other numbers, a notice of another company another symbol. So two texts are alike
where most of their shingles are the same, and most numbers and symbols of the one that has fewer
(docs/reprints.md has what that was chosen by).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import islice
from typing import NamedTuple
from zlib import crc32

from rensa import RMinHash

#: Whatever changes a sketch changes this: what was sketched otherwise is not compared.
RECIPE = f"1 {RMinHash.ALGORITHM_VERSION}"
#: Tokens that a text must have: of shorter ones nobody can say whether they are reprints.
LENGTH_MIN = 80
#: The share of two texts' shingles that must be in both (Jaccard's index, as MinHash estimates it).
SHINGLES_SHARE = 0.6
#: The share that must be in both of the numbers and symbols of the text that has fewer.
NUMBERS_SHARE = 0.6

_SHINGLE = 4  #: tokens
_HASHES, _SEED = 128, 42
#: Two texts are compared where all hashes of one of these many bands are the same.
_BANDS, _BAND = 16, 4

#: A number, in digits or Chinese, is one token, and so is a word in letters; signs are none.
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)*|[〇零一二两三四五六七八九十百千万亿]{2,}")
_SEPARATOR = re.compile(r"(?<=[0-9]),(?=[0-9]{3})")
_TOKEN = re.compile(rf"{_NUMBER.pattern}|[a-z]+|[^\W_]")


class Sketch(NamedTuple):
    """Two sketches can be held against each other without their texts."""

    signature: bytes  #: the hashes, 32 bits each
    numbers: bytes  #: hashes of numbers and symbols, each once, sorted, 32 bits each


def sketch(text: str, symbols: Iterable[str] = ()) -> Sketch | None:
    """The sketch of *text*, which names *symbols*; None where it is too short."""
    text = _SEPARATOR.sub("", unicodedata.normalize("NFKC", text).lower())
    tokens = _TOKEN.findall(text)
    if len(tokens) < LENGTH_MIN:
        return None
    shifted = [islice(tokens, start, None) for start in range(_SHINGLE)]
    hashes = RMinHash(num_perm=_HASHES, seed=_SEED)
    hashes.update(list(map(" ".join, zip(*shifted))))
    facts = {*_NUMBER.findall(text), *symbols}
    numbers = sorted({crc32(fact.encode("utf-8", "replace")) for fact in facts})
    return Sketch(_packed(hashes.digest()), _packed(numbers))


def bands(known: Sketch) -> Iterator[int]:
    """What two alike sketches most likely have one of in common: 64 bits each, signed."""
    size = 4 * _BAND
    for number in range(_BANDS):
        piece = known.signature[number * size : (number + 1) * size]
        told = blake2b(piece, digest_size=8, salt=number.to_bytes(1, "big"))
        yield int.from_bytes(told.digest(), "big", signed=True)


def alike(one: Sketch, other: Sketch) -> bool:
    """Whether the two texts are reprints of each other."""
    facts = numbers_share(one, other) >= NUMBERS_SHARE  # first: most of those that met differ in it
    return facts and shingles_share(one, other) >= SHINGLES_SHARE


def shingles_share(one: Sketch, other: Sketch) -> float:
    """The share of both texts' shingles that is in both, estimated."""
    same = sum(map(int.__eq__, _unpacked(one.signature), _unpacked(other.signature)))
    return same / _HASHES


def numbers_share(one: Sketch, other: Sketch) -> float:
    """The share of the numbers and symbols of one text that the other has, too; 1 of none."""
    few, many = sorted((set(_unpacked(one.numbers)), set(_unpacked(other.numbers))), key=len)
    return len(few & many) / len(few) if few else 1.0


def _packed(values: list[int]) -> bytes:
    return b"".join(value.to_bytes(4, "little") for value in values)


def _unpacked(packed: bytes) -> memoryview:
    return memoryview(packed).cast("I")
