"""When an article is asked for again, and how many are in one run: decided without any I/O."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta


def next_check(date: datetime, moment: datetime, ages: Sequence[timedelta]) -> datetime | None:
    """The first moment after *moment* at which an article of *date* is of one of the *ages*.

    None where it is older than all of them: what was archived late is asked for less often, and
    nothing is asked for for ever. Checks that a pause of the runs skipped fall together into one.
    """
    for age in sorted(ages):
        if date + age > moment:
            return date + age
    return None


def next_try(
    date: datetime, moment: datetime, pause: timedelta, ages: Sequence[timedelta]
) -> datetime | None:
    """When a re-check that failed is tried again; None a week after the last of the *ages*."""
    ends = date + max(ages, default=timedelta()) + timedelta(days=7)
    return moment + pause if moment < ends else None


def allowance(others: int, share: float) -> int:
    """How many re-checks may go beside *others* requests, to be at most *share* of them all."""
    if not 0 <= share < 1:
        raise ValueError("a share is from 0 to below 1")
    return int(others * share / (1 - share))
