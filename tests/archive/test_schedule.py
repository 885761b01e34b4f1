"""When articles are asked for again, and how many of them in a run."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsarchive.archive.schedule import allowance, next_check, next_try
from newsarchive.clock import UTC

DATE = datetime(2021, 8, 5, 7, 54, 29, tzinfo=UTC)
HOUR = timedelta(hours=1)
AGES = [HOUR, 24 * HOUR, 168 * HOUR, 720 * HOUR]

ages_lists = st.lists(st.timedeltas(timedelta(0), timedelta(days=400)), max_size=6)
spans = st.timedeltas(-timedelta(days=400), timedelta(days=800))


@pytest.mark.parametrize(
    ("age", "due"),
    [
        (-5, 1),  # dated ahead: an hour after its date
        (0, 1),
        (0.99, 1),
        (1, 24),  # at the very moment it is the next one's turn
        (23, 24),
        (25, 168),
        (719, 720),
        (720, None),
        (10_000, None),
    ],
)
def test_the_next_age_is_due(age: float, due: float | None) -> None:
    wanted = DATE + due * HOUR if due is not None else None
    assert next_check(DATE, DATE + age * HOUR, AGES) == wanted
    assert next_check(DATE, DATE + age * HOUR, list(reversed(AGES))) == wanted


def test_a_check_that_fails_is_not_tried_for_ever() -> None:
    pause = 24 * HOUR
    for age in (1, 700, 720 + 7 * 24 - 1):
        moment = DATE + age * HOUR
        assert next_try(DATE, moment, pause, AGES) == moment + pause
    assert next_try(DATE, DATE + (720 + 7 * 24) * HOUR, pause, AGES) is None


def test_without_ages_nothing_is_asked_for_again() -> None:
    assert next_check(DATE, DATE, []) is None


@given(spans, ages_lists)
def test_what_is_due_is_to_come_and_the_first_of_its_kind(
    span: timedelta, ages: list[timedelta]
) -> None:
    moment = DATE + span
    due = next_check(DATE, moment, ages)
    coming = [DATE + age for age in ages if DATE + age > moment]
    assert due == min(coming, default=None)


@given(ages_lists)
def test_checks_come_to_an_end(ages: list[timedelta]) -> None:
    """Asked each time when it is due, an article is asked for once an age."""
    asked, moment = [], next_check(DATE, DATE, ages)
    while moment is not None:
        asked.append(moment - DATE)
        moment = next_check(DATE, moment, ages)
    assert asked == sorted({age for age in ages if age > timedelta(0)})


@pytest.mark.parametrize(
    ("others", "share", "most"),
    [(0, 0.5, 0), (10, 0, 0), (10, 0.5, 10), (10, 0.25, 3), (9, 0.75, 27), (3, 0.1, 0)],
)
def test_so_many_may_go_beside_the_others(others: int, share: float, most: int) -> None:
    assert allowance(others, share) == most


@given(st.integers(0, 10_000), st.floats(0, 0.99))
def test_the_share_is_kept_and_used(others: int, share: float) -> None:
    most = allowance(others, share)
    assert most <= share * (others + most) + 1e-6
    assert (most + 1) * (1 - share) > others * share - 1e-6


@pytest.mark.parametrize("share", [1, 1.5, float("inf"), -0.1, float("nan")])
def test_a_share_that_is_none(share: float) -> None:
    with pytest.raises(ValueError, match="below 1"):
        allowance(10, share)
