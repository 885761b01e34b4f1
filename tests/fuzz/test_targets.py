"""The fuzzers' targets, for some seconds and always the same: `make fuzz` takes longer."""

from __future__ import annotations

import random
from itertools import islice

import pytest

from tests.fuzz.mutation import inputs
from tests.fuzz.seeds import seeds, words
from tests.fuzz.targets import TARGETS, run

#: How many inputs: some three seconds of each.
COUNTS = {
    "post": 3_000,
    "front_matter": 3_000,
    "listing": 2_000,
    "flash": 3_000,
    "page": 500,
    "save": 500,
    "body": 250,
    "warc": 3_000,
}


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_is_found(name: str) -> None:
    for data in islice(inputs(name, random.Random(name)), COUNTS[name]):
        run(name, data)


@pytest.mark.parametrize("name", TARGETS)
def test_there_are_seeds(name: str) -> None:
    assert len(set(seeds(name))) > 1
    assert len(words()) > 100
