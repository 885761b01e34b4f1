"""What is read from the scored pages stays as good as it is (docs/accuracy.md)."""

from __future__ import annotations

import pytest

from tests.accuracy import gold, scoring, visible
from tests.accuracy.scoring import Score

BODY_MEAN = 0.99
BODY_EVERY = 0.97
FIELD = 0.99


@pytest.fixture(scope="module")
def scores() -> list[Score]:
    return [scoring.score(page, scoring.newsarchive(page)) for page in gold.pages()]


def test_every_template_is_scored(scores: list[Score]) -> None:
    assert {f"T{number}" for number in range(1, 8)} <= {known.page.template for known in scores}


def test_body_on_the_whole(scores: list[Score]) -> None:
    mean = scoring.body_mean(scores)
    assert mean is not None
    assert mean >= BODY_MEAN


def test_body_of_every_page(scores: list[Score]) -> None:
    low = {
        known.page.name: round(known.body, 4)
        for known in scores
        if known.body is not None and known.body < BODY_EVERY
    }
    assert not low


@pytest.mark.parametrize("field", scoring.FIELDS)
def test_field(scores: list[Score], field: str) -> None:
    missed = [known.page.name for known in scores if not getattr(known, field)]
    assert scoring.share(scores, field) >= FIELD, missed


def test_saved_bodies_are_scored(scores: list[Score]) -> None:
    if not visible.has_parser():
        pytest.skip("html5lib is not here: bodies of saved pages are not scored")
    assert not [known.page.name for known in scores if known.body is None]


def test_real_pages_are_scored(scores: list[Score]) -> None:
    if not gold.SHARED.is_dir():
        pytest.skip("no pages of other people here (NEWSARCHIVE_SHARED)")
    assert [known for known in scores if known.page.origin == gold.REAL]
