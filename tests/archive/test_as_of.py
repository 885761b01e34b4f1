"""As of a moment the export says what it said then, and nothing that was learnt later."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from newsarchive import clock
from newsarchive.archive import export
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.selection import ALL, Choice
from newsarchive.archive.store import Store
from tests.archive.exports import rows, versions
from tests.archive.small import (
    BACK,
    EDITED,
    GONE,
    HOUR,
    T0,
    a_link,
    an_article,
    at,
    fill,
    opened,
)

IDS = [f"kqtesta0000{number}" for number in range(600, 608)]
STEPS = 40
#: The day of the first posts: an edit may come with another.
DATE = T0.replace(microsecond=0)


def exported(store: Store, choice: Choice = ALL, **as_of: Any) -> list[dict[str, Any]]:
    """The rows, but for where the posts lie now."""
    return [
        {name: row[name] for name in row if name != "path"} for row in rows(store, choice, **as_of)
    ]


class History:
    """A history that dice make: each step does something that can happen to an archive."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store, self.dice = store, random.Random(seed)
        self.now = T0
        self.texts: dict[str, list[int]] = {}  # of each article the versions that it had
        self.done: set[str] = set()

    def steps(self) -> Iterator[None]:
        """After each of them the clock stands at the step's moment."""
        kinds = [self.new, self.edited, self.reverted, self.unchanged, self.gone, self.back]
        kinds += [self.listed, self.replayed]
        for number in range(STEPS):
            self.now += timedelta(milliseconds=self.dice.randrange(1, 4_000_000))
            kind = kinds[number % len(kinds)] if number < 16 else self.dice.choice(kinds)
            with at(self.now):
                kind()
                yield

    def put(self, doc_id: str, version: int, *, replay: bool = False) -> None:
        self.texts.setdefault(doc_id, []).append(version)
        article = an_article(doc_id, version, None if replay else self.now)
        article.date = clock.http_date(DATE + timedelta(days=self.dice.randrange(3)))
        article.symbols = [f"sz30000{version % 10}"]
        article.list_mtime = self.dice.choice([None, self.now])
        self.store.put(article, doc_id, self.now)

    def one(self) -> str:
        return self.dice.choice(sorted(self.texts)) if self.texts else IDS[0]

    def new(self) -> None:
        doc_id = self.dice.choice(IDS)
        self.store.ledger.add_links([a_link(doc_id, self.dice.choice("ab"))], self.now)
        self.put(doc_id, max(self.texts.get(doc_id, [0])) + 1)
        self.done.add("new")

    def edited(self) -> None:
        doc_id = self.one()
        self.put(doc_id, max(self.texts.get(doc_id, [0])) + 1)
        self.done.add("edited")

    def reverted(self) -> None:
        doc_id = self.one()
        self.put(doc_id, self.dice.choice(self.texts.get(doc_id, [1])))
        self.done.add("reverted")

    def unchanged(self) -> None:
        doc_id = self.one()
        self.put(doc_id, self.texts.get(doc_id, [1])[-1])

    def replayed(self) -> None:
        doc_id = self.one()
        self.put(doc_id, max(self.texts.get(doc_id, [0])) + self.dice.randrange(2), replay=True)

    def gone(self) -> None:
        for number in range(self.dice.choice([1, 2, 2])):
            moment = self.now - timedelta(milliseconds=1 - number)
            if self.store.ledger.missing(
                self.last, moment, "404", 2, pause=timedelta(), due_at=self.now
            ):
                self.done.add("gone")

    def back(self) -> None:
        """Where it was gone, it is there again; half of the times edited."""
        doc_id = self.last
        if any(s["returned_at"] is None for s in self.store.ledger.tombstones(doc_id)):
            self.done.add("back")
        self.put(doc_id, self.texts.get(doc_id, [1])[-1] + self.dice.randrange(2))

    def listed(self) -> None:
        self.store.ledger.add_links([a_link(self.one(), self.dice.choice("abc"))], self.now)

    @property
    def last(self) -> str:
        return min(self.texts, default=IDS[0])


@pytest.mark.parametrize("seed", range(4))
def test_the_export_as_of_a_moment_is_the_export_of_that_moment(tmp_path: Path, seed: int) -> None:
    choices = (ALL, Choice(channel="a"), Choice(channel="c"))
    with closing(Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")) as ledger:
        store = Store(tmp_path, ledger)
        history = History(store, seed)
        moments = [T0]
        then = [[exported(store, choice) for choice in choices]]
        for _ in history.steps():
            moments.append(history.now)
            then.append([exported(store, choice) for choice in choices])
        assert history.done == {"new", "edited", "reverted", "gone", "back"}
        assert max(row["revision"] for row in then[-1][0]) > 3
        for moment, snapshot in zip(moments, then):
            for choice, rows in zip(choices, snapshot):
                assert exported(store, choice, as_of=moment) == rows
        # A moment before the next step nothing has changed yet.
        for moment, snapshot in zip(moments[1:], then):
            before = moment - timedelta(milliseconds=2)
            if before in moments or before < T0:
                continue
            assert exported(store, as_of=before) == snapshot[0]


@pytest.mark.parametrize("seed", range(4))
def test_the_versions_hold_the_export_of_every_moment(tmp_path: Path, seed: int) -> None:
    with closing(Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")) as ledger:
        store = Store(tmp_path, ledger)
        history = History(store, seed)
        moments = [T0 + timedelta(milliseconds=by) for by in (-1, 0)]
        for _ in history.steps():
            moments += [history.now + timedelta(milliseconds=by) for by in (-1, 0, 1)]
        later = Choice(since=DATE + timedelta(days=1))
        choices = (ALL, later, Choice(until=later.since))
        for number, (choice, symbol) in enumerate(product(choices, (None, "sz300001"))):
            told = list(versions(store, choice, symbol))
            order = [(row["date"], row["doc_id"], row["revision"]) for row in told]
            assert order == sorted(set(order))
            # All of them at every moment, and of each moment one choice.
            for moment in moments[number - 1 :: 5] if number else moments:
                known = exported(store, choice, symbol=symbol, as_of=moment)
                assert list(known_at(moment, told)) == known


def known_at(moment: datetime, versions: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows of the export of a moment, of those of all versions."""
    for row in versions:
        if row["seen_at"] <= moment and (row["replaced_at"] is None or moment < row["replaced_at"]):
            gone = [
                absence["gone_at"]
                for absence in row["absences"]
                if absence["confirmed_at"] <= moment
                and (absence["returned_at"] is None or moment < absence["returned_at"])
            ]
            told = {name: row[name] for name in export.FIELDS if name != "path"}
            yield told | {"gone_at": max(gone, default=None)}


def test_the_versions_of_now_are_the_export(small: Path) -> None:
    with opened(small) as store:
        found = list(versions(store))
        now = [row for row in found if row["replaced_at"] is None]
        assert [{name: row[name] for name in export.FIELDS} for row in now] == list(rows(store))
        assert [(r["revision"], r["replaced_at"]) for r in found if r["doc_id"] == EDITED] == [
            (1, T0 + HOUR),
            (2, T0 + 2 * HOUR),
            (3, None),
        ]


def test_the_versions_on_every_ledger(ledger: Ledger, tmp_path: Path) -> None:
    """Null in a union of its own needs the type of the other side on PostgreSQL."""
    fill(Store(tmp_path, ledger))
    versions = list(ledger.versions(Choice(channel="macro")))
    assert [(v["doc_id"], v["revision"]) for v in versions] == [(EDITED, n) for n in (1, 2, 3)]
    assert [v["replaced_at"] for v in versions] == [T0 + HOUR, T0 + 2 * HOUR, None]
    gone = {v["doc_id"]: v["absences"] for v in ledger.versions() if v["absences"]}
    assert {id: [a["returned_at"] for a in absences] for id, absences in gone.items()} == {
        BACK: [T0 + 3 * HOUR],
        GONE: [None],
    }
