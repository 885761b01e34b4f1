"""How well reprints are told stays as good as it is (docs/reprints.md)."""

from __future__ import annotations

import pytest

from tests.reprints import scoring
from tests.reprints.pairs import OTHERS, REPRINTS, crowd, pairs
from tests.reprints.scoring import Compared

PRECISION, RECALL = 0.985, 0.995
#: What cannot be told: the same notice, but for a name that the page has no symbol of.
UNTOLD = "another company, without symbols"


def test_the_pairs_are_the_same_each_time() -> None:
    first = pairs()
    pairs.cache_clear()
    assert pairs() == first
    assert len(first) > 1900
    kinds = {pair.kind for pair in first}
    assert kinds > {*REPRINTS, *OTHERS, "daily notice", "same topic", UNTOLD}


def test_precision_and_recall() -> None:
    found = scoring.score(scoring.compared())
    assert found.precision >= PRECISION
    assert found.recall >= RECALL


def test_nothing_but_that_is_taken_for_a_reprint() -> None:
    wrong = [
        each.pair.kind
        for each in scoring.compared()
        if scoring.is_found(each) and not each.pair.reprint
    ]
    assert set(wrong) <= {UNTOLD}


@pytest.mark.parametrize("kind", REPRINTS)
def test_every_kind_of_reprint_is_found(kind: str) -> None:
    some: tuple[Compared, ...] = tuple(
        each for each in scoring.compared() if each.pair.kind == kind
    )
    assert some
    assert scoring.score(some).recall >= 0.99


def test_a_crowd_of_daily_notices_does_not_run_together() -> None:
    """One pair that is taken for reprints by mistake joins two clusters: there are 35,000."""
    texts = crowd(100)
    assert scoring.joined(texts) == 0
    assert scoring.joined([*texts, *texts[:50]]) == 50
