"""The ledger: new and empty, how far lists were read, runs, waiting times; all of it is sealed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsarchive import clock
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.rechecks import Check
from tests.archive.histories import HOUR, checked, gone, versions, when
from tests.archive.samples import T0, T1, T2, A, C


def test_a_new_ledger_holds_nothing(ledger: Ledger) -> None:
    assert ledger.todo() == []
    assert ledger.article(A) is None
    assert list(ledger.articles()) == []


# Walks


def test_walks(ledger: Ledger) -> None:
    assert ledger.walks() == {}
    ledger.finish_walk("china", T1, T0)
    ledger.finish_walk("macro", T1, None)
    assert sorted(ledger.walks()) == ["china", "macro"]
    ledger.finish_walk("china", T2, None)  # an empty list says nothing new
    known = ledger.walks()
    assert (known["china"]["finished_at"], known["china"]["newest_at"]) == (T2, T0)
    assert known["macro"]["newest_at"] is None
    ledger.finish_walk("china", T2, T1)
    ledger.finish_walk("china", T2, T0)  # of a worker that tells late
    assert ledger.walks()["china"]["newest_at"] == T1


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
