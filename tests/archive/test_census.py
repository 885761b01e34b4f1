"""What the ledger's articles are counted and listed by, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsarchive.archive.ledger import Ledger
from newsarchive.archive.rechecks import Check
from newsarchive.archive.selection import Choice
from tests.archive.samples import T0, T1, T2, A, B, C, a_link, a_row


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    day = timedelta(days=1)
    ledger.add_links([a_link(A), a_link(B, "macro")], T0)
    ledger.add_links([a_link(A, "macro")], T1)
    ledger.done(a_row(A, symbols=["sz300059", "sh600519"], published_at=T0 - day), A)
    ledger.done(a_row(B, channel="macro", symbols=["sz300059"], date=T0 + day), B)
    ledger.done(a_row(C, channel="", date=T0 + 2 * day, origin="replay"), C)
    return ledger


def test_newest(filled: Ledger) -> None:
    assert [row["doc_id"] for row in filled.latest(10)] == [C, B, A]
    assert [row["doc_id"] for row in filled.latest(1, 1)] == [B]
    choice = Choice(until=T0 + timedelta(days=1))
    assert [row["doc_id"] for row in filled.latest(10, choice=choice)] == [A]


def test_nothing_is_gone(filled: Ledger) -> None:
    assert filled.gone([A, B]) == {}
    assert [row["gone_at"] for row in filled.latest(10)] == [None] * 3


def test_listings(filled: Ledger) -> None:
    assert [(row["channel"], row["seen_at"]) for row in filled.listings(A)] == [
        ("china", T0),
        ("macro", T1),
    ]
    assert filled.listings(C) == []


def test_counts(filled: Ledger) -> None:
    assert sorted(filled.by_hour()) == [
        ("2021-08-05T07", "china", 1),
        ("2021-08-06T07", "macro", 1),
        ("2021-08-07T07", "", 1),
    ]
    assert filled.by_channel() == {"china": 1, "macro": 2}
    assert sorted(count for _, count in filled.by_symbols()) == [1, 1]
    assert filled.sightings(10) == [(T0, T0), (T0 - timedelta(days=1), T0)]
    assert len(filled.sightings(1)) == 1


def test_gone_and_back(filled: Ledger) -> None:
    filled.seen(A, A, Check(T0, T1))
    assert filled.missing(A, T1, "404", 1, pause=timedelta(), due_at=None)
    assert filled.gone([A, B]) == {A: T1}
    assert filled.latest(3)[-1]["gone_at"] == T1
    filled.seen(A, A, Check(T2, None))
    assert filled.gone([A, B]) == {}
