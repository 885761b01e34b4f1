"""How the archive writes a moment, and that it reads nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsarchive.archive.moments import moment_of, moment_text
from newsarchive.clock import UTC, to_milliseconds

WRITTEN = "2021-08-05T07:54:29.123Z"


@given(st.datetimes(timezones=st.just(UTC)).map(to_milliseconds))
def test_what_is_written_is_read(moment: datetime) -> None:
    assert moment_of(moment_text(moment)) == moment


def test_it_is_utc() -> None:
    there = datetime(2021, 8, 5, 15, 54, 29, 123_000, timezone(timedelta(hours=8)))
    assert moment_text(there) == WRITTEN
    read = moment_of(WRITTEN)
    assert read == there
    assert read is not None
    assert read.tzinfo is UTC


@given(st.integers(0, len(WRITTEN) - 1), st.integers(0, 7))
def test_a_bit_that_flipped_makes_it_another_moment_or_none(place: int, bit: int) -> None:
    data = bytearray(WRITTEN.encode())
    data[place] ^= 1 << bit
    text = data.decode("latin-1")
    moment = moment_of(text)
    assert moment is None or moment_text(moment) == text != WRITTEN


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        WRITTEN.encode(),
        20210805,
        "2021-08-05T24:00:00.000Z",  # which some Pythons read
        "2021-02-30T00:00:00.000Z",
        "0000-01-01T00:00:00.000Z",
        "2021-08-05T07:54:60.000Z",
        "２021-08-05T07:54:29.123Z",
        f"{WRITTEN}\n",
        "2021-08-05T07:54:29Z",
        "2021-08-05T07:54:29.123+00:00",
        "2021-08-05 07:54:29.123Z",
    ],
)
def test_nothing_else_is_read(value: Any) -> None:
    assert moment_of(value) is None
