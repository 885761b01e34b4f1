"""Versions, re-checks, tombstones, and what was known when; over both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newsarchive import clock
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.moments import moment_text
from newsarchive.archive.rechecks import Check
from newsarchive.archive.selection import ALL, Choice
from newsarchive.archive.store import Store
from tests.archive import small
from tests.archive.samples import T0, T1, T2, A, B, C, Rows, a_link, a_revision, a_row

HOUR = timedelta(hours=1)


def when(hours: float) -> datetime:
    return T0 + hours * HOUR


def checked(ledger: Ledger, doc_id: str, at: datetime, due_at: datetime | None, **row: Any) -> None:
    """Sina answered with an article, as if a page had come."""
    ledger.done(a_row(doc_id, **row), doc_id, None, Check(at, due_at))


def gone(ledger: Ledger, hours: float, doc_id: str = A, detail: str = "404") -> bool:
    """A re-check found it missing; the third time in a row counts."""
    moment = when(hours)
    due_at = moment + 100 * HOUR
    return ledger.missing(doc_id, moment, detail, 3, pause=HOUR, due_at=due_at)


def due(ledger: Ledger, hours: float, count: int = 99) -> list[str]:
    return [link.doc_id for link in ledger.due(when(hours), count)]


def test_marks_change_when_anything_does(ledger: Ledger) -> None:
    def marks() -> dict[str, Any]:
        return {row["doc_id"]: dict(row) for row in ledger.marks()}

    assert marks() == {}
    ledger.done(a_row(A), A)
    ledger.add_links([a_link(A), a_link(B)], T0)
    before = marks()
    assert before.keys() == {A}
    assert (before[A]["date"], before[A]["channel"]) == (moment_text(T0), "china")
    assert set(before[A]["listed"].split(" ")) == {"china"}
    ledger.add_links([a_link(A, "us")], T0)
    assert set(marks()[A]["listed"].split(" ")) == {"china", "us"}
    assert marks()[A]["seal"] == before[A]["seal"]
    ledger.done(a_row(A, title="新题"), A)
    assert marks()[A]["seal"] != before[A]["seal"]


def test_some_articles_are_those_that_are_archived(ledger: Ledger) -> None:
    ledger.done(a_row(A), A)
    ledger.done(a_row(B), B)
    assert [row["doc_id"] for row in ledger.some([B, C])] == [B]
    assert ledger.some([]) == []


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


# Versions


def versions(ledger: Ledger) -> None:
    """A in three versions, seen after 0, 2 and 4 hours; B in one, seen after 3."""
    for number, hours in ((1, 0), (2, 2), (3, 4)):
        row = a_row(A, revision=number, title=f"第{number}版", seen_at=when(hours), channel="us")
        before = ledger.article(A)
        replaced = {**before, "path": "r", "replaced_at": when(hours)} if before else None
        ledger.done(row, A, replaced)
    ledger.done(a_row(B, seen_at=when(3), date=T1, channel="macro"), B)


def at(ledger: Ledger, hours: float, choice: Choice = ALL) -> list[dict[str, Any]]:
    return [dict(row) for row in ledger.articles(choice, when(hours))]


def known(ledger: Ledger, hours: float, **choice: Any) -> list[tuple[str, int]]:
    return [(row["doc_id"], row["revision"]) for row in at(ledger, hours, Choice(**choice))]


def test_the_history_of_a_document(ledger: Ledger) -> None:
    assert ledger.history(A) == []
    versions(ledger)
    found = ledger.history(A)
    assert [(row["revision"], row["title"]) for row in found] == [
        (1, "第1版"),
        (2, "第2版"),
        (3, "第3版"),
    ]
    assert [row["seen_at"] for row in found] == [when(0), when(2), when(4)]
    assert [row["replaced_at"] for row in found] == [when(2), when(4), None]
    assert [row["revision"] for row in ledger.history(B)] == [1]
    assert ledger.history("' OR 1=1 --") == []


def test_what_was_known_at_a_moment(ledger: Ledger) -> None:
    versions(ledger)
    assert known(ledger, -0.001) == []
    assert known(ledger, 0) == [(A, 1)]
    assert known(ledger, 1.999) == [(A, 1)]
    assert known(ledger, 2) == [(A, 2)]
    assert known(ledger, 3) == [(A, 2), (B, 1)]
    assert known(ledger, 4) == known(ledger, 10**5) == [(A, 3), (B, 1)]
    assert [row["title"] for row in at(ledger, 3)] == ["第2版", "题目"]
    assert known(ledger, 10**5) == [(r["doc_id"], r["revision"]) for r in ledger.articles()]


def test_what_was_known_of_some_days(ledger: Ledger) -> None:
    versions(ledger)
    assert known(ledger, 5, since=T1) == [(B, 1)]
    assert known(ledger, 5, until=T1) == [(A, 3)]
    assert known(ledger, 3, until=T1) == [(A, 2)]
    assert known(ledger, 2, since=T1) == []


def test_what_was_known_of_a_channel(ledger: Ledger) -> None:
    """By its own, and by the lists that had named it then."""
    versions(ledger)
    ledger.add_links([a_link(A, "macro")], when(5))
    assert known(ledger, 4, channel="macro") == [(B, 1)]
    assert known(ledger, 5, channel="macro") == [(A, 3), (B, 1)]
    assert known(ledger, 1, channel="us") == [(A, 1)]
    assert known(ledger, 5, channel="us", since=T1) == []


def test_a_version_of_no_time_was_never_known(ledger: Ledger) -> None:
    """Two edits within a millisecond."""
    ledger.done(a_row(A, revision=1, seen_at=T0), A)
    ledger.done(a_row(A, revision=2, seen_at=T1), A, a_revision(A, seen_at=T0, replaced_at=T1))
    nothing = a_revision(A, revision=2, seen_at=T1, replaced_at=T1)
    ledger.done(a_row(A, revision=3, seen_at=T1), A, nothing)
    assert [known(ledger, hours) for hours in (0, 1, 2)] == [[(A, 1)], [(A, 3)], [(A, 3)]]


def test_each_row_of_the_past_has_what_a_row_of_today_has(ledger: Ledger) -> None:
    versions(ledger)
    (today, _) = ledger.articles()
    assert at(ledger, 1)[0].keys() == {*today.keys()} - {"seal"}


# Runs


def test_runs_come_newest_first(ledger: Ledger) -> None:
    assert ledger.runs() == []
    for hours in (1, 3, 2):
        ledger.begin_run(f"run-{hours}", "sina_live", when(hours))
    ledger.end_run("run-1", when(5), 4, "a" * 64)
    ledger.end_run("nosuch", when(5), 0, "")
    assert [run["name"] for run in ledger.runs()] == ["run-3", "run-2", "run-1"]
    assert [run["name"] for run in ledger.runs(1)] == ["run-3"]
    last = ledger.runs()[-1]
    assert (last["ended_at"], last["exit_code"], last["sha256"]) == (when(5), 4, "a" * 64)
    assert (ledger.runs()[0]["ended_at"], ledger.runs()[0]["exit_code"]) == (None, None)


def test_all_of_this_is_sealed(ledger: Ledger) -> None:
    versions(ledger)
    checked(ledger, C, T0, when(1))
    for hours in (1, 2, 3):
        gone(ledger, hours, C)
    ledger.seen(C, "", Check(when(9), None))
    ledger.finish_walk("china", T0, None)
    ledger.begin_run("run", "sina_live", T0)
    ledger.end_run("run", T1, 0, "")
    assert list(ledger.faults()) == []


def test_sightings_that_come_too_soon_are_one(ledger: Ledger) -> None:
    ledger.done(a_row(A), "", None, Check(T0, T1))
    for hours in (1, 1.1, 1.5, 1.9, 2):
        assert not gone(ledger, hours)
    assert gone(ledger, 3)


def test_a_wait_of_a_wrong_clock_holds_nobody_and_gives_way(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: T2)
    ledger.wait(T2 + timedelta(days=400))
    assert ledger.wait_until() is None
    ledger.wait(T2 + HOUR)
    assert ledger.wait_until() == T2 + HOUR
    ledger.wait(T2 + timedelta(minutes=1))  # never shortened
    assert ledger.wait_until() == T2 + HOUR
    monkeypatch.setattr(clock, "now", lambda: T2 + HOUR)
    assert ledger.wait_until() is None


# What feeds and clusters are made of


def test_channels_and_what_they_listed_newest_first(ledger: Ledger, tmp_path: Path) -> None:
    store = Store(tmp_path / "archive", ledger)
    small.fill(store)
    assert ledger.channels() == {"china", "macro"}
    dates = [(row["date"], row["doc_id"]) for row in ledger.newest()]
    assert dates == sorted(dates, reverse=True)
    assert len(dates) == 5
    china = [small.GONE, small.BACK, small.OTHER, small.EDITED]
    assert [row["doc_id"] for row in ledger.newest("china")] == china
    assert [row["doc_id"] for row in ledger.newest("macro")] == [small.EDITED]
    assert list(ledger.newest("us")) == []


def test_the_texts_there_are_and_were(ledger: Ledger, tmp_path: Path) -> None:
    store = Store(tmp_path / "archive", ledger)
    small.fill(store)
    for as_of in (None, small.T0, small.T0 + small.HOUR):
        found = {row["doc_id"]: row for row in ledger.texts(as_of)}
        known = {row["doc_id"]: row for row in ledger.articles(as_of=as_of)}
        assert found.keys() == known.keys()
        for doc_id, row in found.items():
            assert all(row[name] == known[doc_id][name] for name in ("revision", "sha256"))
            assert store.read(row).title == known[doc_id]["title"]
        dates = {doc_id: row["date"] for doc_id, row in found.items()}
        assert dates[small.EDITED] == "2021-08-05T07:54:29.000Z"
