"""Moving a ledger to another database, and back."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from newsarchive import clock
from newsarchive.archive import schema, transfer
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.store import Store
from newsarchive.exceptions import StorageError
from tests.archive.samples import a_link
from tests.archive.small import T0, dump, found, opened, sql
from tests.conftest import ROOT

NUL, LONG = "nul\0nul", "x" * 60


def file_url(root: Path) -> str:
    return f"sqlite:///{root / 'ledger.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a ledger can move to."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'other.db'}"
    url: str = request.getfixturevalue("empty")
    return url


def move(source_url: str, target_url: str, moved: Callable[[int], object] = lambda _: None) -> str:
    """As the command does; returns where the old ledger is."""
    with closing(Ledger(source_url)) as source, closing(Ledger(target_url)) as target:
        assert list(source.obstacles(target)) == []
        target.take_over(source, moved)
        return source.retire(target.url)


def held(url: str) -> int:
    """How many rows a database has, but for its version."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        tables = [schema.about, *schema.SEALED]
        counts = [
            connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in tables
        ]
    engine.dispose()
    return int(sum(counts)) - 1


def seals(url: str) -> dict[str, list[Any]]:
    """Every row as it was written, by table, in one order."""
    with closing(Ledger(url)) as ledger:
        assert list(ledger.faults()) == []
        return {
            table.name: sorted(repr(dict(row)) for _, row in ledger.rows(table) if row is not None)
            for table in schema.SEALED
        }


def test_there_and_back_nothing_is_lost(small: Path, empty: str) -> None:
    with opened(small) as store:
        store.ledger.wait(clock.now() + timedelta(days=1))
        clocks = {"listed_at": f"{NUL}\ud800"}  # JSON escapes both
        odd = a_link("kqtestd0000501", raw_clocks=clocks)
        store.ledger.add_links([odd], T0)
    before, rows = dump(small), seals(file_url(small))
    told: list[int] = []
    old = move(file_url(small), empty, told.append)
    assert sum(told) == held(empty) == sum(map(len, before.values())) - 1
    assert seals(empty) == rows
    assert Path(old).parent == small
    move(empty, file_url(small))
    assert dump(small) == before
    assert found(small) == []


def test_batches_of_one_row(small: Path, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "_BATCH", 1)
    rows = seals(file_url(small))
    move(file_url(small), target)
    assert seals(target) == rows


def test_a_forgotten_address_is_refused(small: Path, empty: str) -> None:
    old = move(file_url(small), empty)
    for create, rebuild in ((False, False), (True, False), (False, True)):
        with pytest.raises(StorageError, match=f"was moved .{Path(old).name}.: set LEDGER_URL"):
            Store.open(small, create=create, rebuild=rebuild)
    move(empty, file_url(small))
    with pytest.raises(StorageError, match=r"was moved to sqlite:///.*ledger\.db: set LEDGER_URL"):
        Store.open(small, empty)
    with opened(small) as store:
        assert store.ledger.runs()


def test_a_target_that_holds_anything_is_left_alone(small: Path, target: str) -> None:
    with closing(Ledger(target)) as ledger:
        ledger.begin_run("mine", "sina_live", T0)
    before = dump(small)
    with pytest.raises(StorageError, match="is not empty"):
        move(file_url(small), target)
    assert held(target) == 1
    assert dump(small) == before


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_memory_is_no_place_for_a_ledger(small: Path, url: str) -> None:
    with pytest.raises(StorageError, match="name a file"):
        move(file_url(small), url)
    assert (small / "ledger.db").exists()


def test_rows_that_are_damaged_are_named(small: Path, target: str) -> None:
    sql(small, "UPDATE walk SET newest_at = NULL WHERE channel = 'china'")
    with closing(Ledger(file_url(small))) as source, closing(Ledger(target)) as ledger:
        assert list(source.obstacles(ledger)) == ["walk china: damaged"]
        with pytest.raises(StorageError, match="walk china is damaged"):
            ledger.take_over(source, lambda _: None)
    assert held(target) == 0


def test_rows_that_postgresql_cannot_hold_are_named(
    small: Path, empty: str, tmp_path: Path
) -> None:
    with opened(small) as store:
        store.ledger.finish_walk(LONG, T0, None)
        row = {"doc_id": "new", "due_at": T0, "missing": 2**31, "missing_since": None}
        with store.ledger._transaction() as connection:
            store.ledger._put(connection, schema.recheck, row)
            known = dict(connection.execute(sa.select(schema.link).limit(1)).mappings().one())
            known |= {"title": NUL, "raw_clocks": {"listed_at": NUL}}  # the second is escaped
            store.ledger._put(connection, schema.link, known)
    with closing(Ledger(file_url(small))) as source:
        with closing(Ledger(empty)) as ledger:
            assert list(source.obstacles(ledger)) == [
                f"link {known['doc_id']}: title has a NUL character, which no text there can",
                "recheck new: missing is 2147483648, 2147483647 is the most there",
                f"walk {LONG}: channel has 60 characters, 40 is the most there",
            ]
            with pytest.raises(StorageError):
                ledger.take_over(source, lambda _: None)
        assert held(empty) == 0
        with closing(Ledger(f"sqlite:///{tmp_path / 'other.db'}")) as ledger:
            assert list(source.obstacles(ledger)) == []


def test_what_was_not_kept_is_not_committed(small: Path, target: str) -> None:
    """A trigger changes a row behind our back: the database has not what it was given."""
    change = "UPDATE article SET title = '!' WHERE doc_id = NEW.doc_id"
    with closing(Ledger(target)) as ledger, ledger._transaction() as connection:
        if "sqlite" in target:
            trigger = f"CREATE TRIGGER t AFTER INSERT ON article BEGIN {change}; END"
        else:
            connection.exec_driver_sql(
                "CREATE OR REPLACE FUNCTION f() RETURNS trigger AS "
                f"$$ BEGIN {change}; RETURN NEW; END $$ LANGUAGE plpgsql"
            )
            trigger = "CREATE TRIGGER t AFTER INSERT ON article FOR EACH ROW EXECUTE FUNCTION f()"
        connection.exec_driver_sql(trigger)
    with pytest.raises(StorageError, match="a row of article is not as it was written"):
        move(file_url(small), target)
    assert held(target) == 0


_KILLED = """
import os, sys
from contextlib import closing
from newsarchive.archive import transfer
from newsarchive.archive.ledger import Ledger
transfer._BATCH = 1
source, target, at = sys.argv[1:]
steps = 0
def step(*_):
    global steps
    steps += 1
    if steps > int(at):
        os.kill(os.getpid(), 9)
with closing(Ledger(source)) as a, closing(Ledger(target)) as b:
    b.take_over(a, step)
    step()
    a.retire(b.url)
print(steps)
"""


def test_killed_at_any_step(small: Path, target: str, tmp_path: Path) -> None:
    """The old ledger is as it was, and the new one empty or whole: there, and back."""
    rows = seals(file_url(small))
    total = sum(map(len, dump(small).values())) - 1
    back = f"sqlite:///{tmp_path / 'back.db'}"
    for source, goal in ((file_url(small), target), (target, back)):
        for at in (0, total // 2, total - 1, total):
            line = [sys.executable, "-c", _KILLED, source, goal, str(at)]
            done = subprocess.run(line, cwd=ROOT, env={"PATH": os.defpath}, capture_output=True)
            assert done.returncode == -9, done.stderr
            assert seals(source) == rows
            assert held(goal) == (total if at == total else 0)
        assert seals(goal) == rows
