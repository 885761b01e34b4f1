"""When an article is asked for again, and whether it is still there."""

from __future__ import annotations

import pytest

from newsarchive.archive.ledger import Ledger
from newsarchive.archive.rechecks import Check
from tests.archive.histories import at, checked, due, gone, when
from tests.archive.samples import T0, T1, T2, A, B, C, Rows, a_revision, a_row

# When an article is asked for again


def test_the_longest_due_come_first_and_no_more_than_asked_for(ledger: Ledger) -> None:
    for doc_id, hours in ((C, 2), (B, 1), (A, 2), ("ddddddd0000004", 9)):
        checked(ledger, doc_id, T0, when(hours))
    assert due(ledger, 0.9) == []
    assert due(ledger, 1) == [B]
    assert due(ledger, 2) == [B, C, A]
    assert due(ledger, 2, 2) == [B, C]
    assert due(ledger, 2, 0) == []
    assert [ledger.due_count(when(hours)) for hours in (0, 1, 2, 9)] == [0, 1, 3, 4]


def test_what_is_due_is_a_link_with_all_that_was_known(ledger: Ledger) -> None:
    checked(ledger, A, T0, T1, listed_at=T0, list_ctime=T1, list_mtime=T2, origin="backfill")
    (link,) = ledger.due(T1, 1)
    assert (link.url, link.title, link.channel) == (a_row()["url"], "题目", "china")
    assert (link.listed_at, link.list_ctime, link.list_mtime) == (T0, T1, T2)
    assert (link.first_seen_at, link.origin) == (T0, "backfill")
    assert link.raw_clocks == {"published_at": "2021-08-05 15:54:29"}


def test_what_was_not_fetched_or_has_no_address_is_never_due(ledger: Ledger) -> None:
    ledger.done(a_row(A), A)
    checked(ledger, B, T0, T1, url="")
    checked(ledger, C, T0, None)
    assert due(ledger, 10**6) == []


def test_each_answer_sets_the_next_time(ledger: Ledger) -> None:
    checked(ledger, A, T0, when(1))
    ledger.seen(A, A, Check(when(1), when(24)))
    assert (due(ledger, 23), due(ledger, 24)) == ([], [A])
    ledger.done(a_row(A, revision=2), A, a_revision(A), Check(when(24), when(168)))
    assert (due(ledger, 167), due(ledger, 168)) == ([], [A])
    ledger.seen(A, A)  # a replay asks nobody
    assert due(ledger, 168) == [A]
    ledger.seen(A, A, Check(when(168), None))
    assert due(ledger, 10**6) == []


def test_a_recheck_that_says_nothing_is_put_off(ledger: Ledger, rows: Rows) -> None:
    checked(ledger, A, T0, when(1))
    gone(ledger, 1)
    ledger.postpone(A, when(25))
    assert (due(ledger, 24), due(ledger, 25)) == ([], [A])
    assert rows("SELECT missing FROM recheck") == [{"missing": 1}]  # it did not say that it is back
    ledger.postpone(B, when(25))  # nobody knows it
    assert len(rows("SELECT * FROM recheck")) == 1


def test_an_article_under_its_old_id_is_not_asked_for_at_once(ledger: Ledger, rows: Rows) -> None:
    checked(ledger, A, T0, when(1))
    checked(ledger, B, T0, when(1))
    gone(ledger, 1, A)
    ledger.seen(B, A, Check(when(1), when(24)))  # A's address leads to B now
    states = rows("SELECT missing, missing_since FROM recheck")
    assert states == [{"missing": 0, "missing_since": None}] * 2
    assert (due(ledger, 23), due(ledger, 24)) == ([], [A, B])


def test_the_last_look_counts_whichever_is_told_first(ledger: Ledger) -> None:
    """A leads to B for a while: the looks at both are the tasks of two workers of a replay."""
    for doc_id in (A, B):
        checked(ledger, doc_id, T0, when(1))
    ledger.seen(A, A, Check(when(4), when(40)))
    ledger.seen(B, A, Check(when(2), when(20)))
    assert (ledger.looked_at(A), ledger.looked_at(B)) == (when(4), when(2))
    assert (due(ledger, 20), due(ledger, 40)) == ([B], [B, A])


def test_a_look_that_led_elsewhere_is_none_at_the_article(ledger: Ledger) -> None:
    """Else what a replay by several workers stores after it would come too late."""
    checked(ledger, A, T0, when(1))
    ledger.seen(B, A, Check(when(4), when(40)))
    assert (ledger.looked_at(A), due(ledger, 39), due(ledger, 40)) == (T0, [], [A])


# Whether it is still there


def test_only_the_last_of_the_sightings_writes_a_tombstone(ledger: Ledger, rows: Rows) -> None:
    checked(ledger, A, T0, when(1))
    assert [gone(ledger, hours) for hours in (1, 2)] == [False, False]
    assert ledger.tombstones(A) == []
    assert due(ledger, 3) == [A]  # an hour after the last one
    assert gone(ledger, 3, detail="x" * 600)
    (stone,) = ledger.tombstones(A)
    assert (stone["gone_at"], stone["confirmed_at"]) == (when(1), when(3))
    assert (stone["detail"], stone["returned_at"]) == ("x" * 500, None)
    assert (due(ledger, 102), due(ledger, 103)) == ([], [A])  # as an article that is there
    assert not gone(ledger, 103)
    assert ledger.tombstones(A) == [stone]
    (row,) = rows("SELECT missing, missing_since, checked_at FROM recheck")
    assert tuple(row.values()) == (4, "2021-08-05T08:54:29.123Z", "2021-08-09T14:54:29.123Z")


def test_a_sighting_in_between_begins_the_count_anew(ledger: Ledger) -> None:
    checked(ledger, A, T0, when(1))
    gone(ledger, 1)
    gone(ledger, 2)
    ledger.seen(A, A, Check(when(3), when(4)))
    assert [gone(ledger, hours) for hours in (4, 5)] == [False, False]
    assert ledger.tombstones(A) == []
    assert gone(ledger, 6)
    assert [stone["gone_at"] for stone in ledger.tombstones(A)] == [when(4)]


@pytest.mark.parametrize("edited", [False, True])
def test_what_is_back_has_returned(ledger: Ledger, edited: bool) -> None:
    checked(ledger, A, T0, when(1))
    for hours in (1, 2, 3):
        gone(ledger, hours)
    if edited:
        ledger.done(a_row(A, revision=2), A, a_revision(A), Check(when(9), None))
    else:
        ledger.seen(A, A, Check(when(9), None))
    assert [stone["returned_at"] for stone in ledger.tombstones(A)] == [when(9)]
    ledger.seen(A, A, Check(when(10), None))  # set once
    assert [stone["returned_at"] for stone in ledger.tombstones(A)] == [when(9)]


def test_a_replay_does_not_say_that_it_is_back(ledger: Ledger) -> None:
    checked(ledger, A, T0, when(1))
    for hours in (1, 2, 3):
        gone(ledger, hours)
    ledger.seen(A, A)
    assert [stone["returned_at"] for stone in ledger.tombstones(A)] == [None]


def test_twice_gone(ledger: Ledger) -> None:
    checked(ledger, A, T0, when(1))
    for hours in (1, 2, 3):
        gone(ledger, hours)
    ledger.seen(A, A, Check(when(9), when(10)))
    assert [gone(ledger, hours) for hours in (10, 11, 12)] == [False, False, True]
    stones = [(stone["gone_at"], stone["returned_at"]) for stone in ledger.tombstones(A)]
    assert stones == [(when(1), when(9)), (when(10), None)]
    told = {hours: at(ledger, hours)[0]["gone_at"] for hours in (2, 3, 8, 9, 11, 12, 99)}
    assert told == {
        2: None,
        3: when(1),
        8: when(1),
        9: None,
        11: None,
        12: when(10),
        99: when(10),
    }
    assert next(ledger.articles())["gone_at"] == when(10)


def test_what_was_never_asked_for_is_not_missing(ledger: Ledger, rows: Rows) -> None:
    ledger.done(a_row(A), A)
    assert [gone(ledger, hours) for hours in (1, 2, 3)] == [False] * 3
    assert rows("SELECT * FROM tombstone") == []


def test_sightings_that_come_too_soon_are_one(ledger: Ledger) -> None:
    ledger.done(a_row(A), "", None, Check(T0, T1))
    for hours in (1, 1.1, 1.5, 1.9, 2):
        assert not gone(ledger, hours)
    assert gone(ledger, 3)
