"""`scrapy ledger move`: to PostgreSQL and back, what it says, and what it refuses."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from newsarchive.archive.ledger import Ledger
from tests.archive.small import dump, sql
from tests.commands.archives import busy, command
from tests.running import Completed, tree


def move(archive: Path, url: str, ledger: str = "") -> Completed:
    return command("ledger", "move", url, "-s", f"LEDGER_URL={ledger}", archive=archive)


def test_there_and_back_the_archive_is_the_same(small: Path, empty: str) -> None:
    before, wanted = dump(small), command("export", archive=small)
    files = tree(small / "posts")
    done = move(small, empty)
    assert (done.code, done.err) == (0, "")
    count = sum(map(len, before.values())) - 1
    assert done.out.startswith(f"{count} rows moved to postgresql+psycopg://")
    assert not (small / "ledger.db").exists()
    (old,) = small.glob("ledger.db.moved-*")
    assert done.out.endswith(f"The old ledger: {old}.\n")

    forgotten = command("export", archive=small)
    assert (forgotten.code, forgotten.out) == (3, "")
    assert f"was moved ({old.name}): set LEDGER_URL" in forgotten.err

    there = ("-s", f"LEDGER_URL={empty}")
    assert command("export", *there, archive=small) == wanted
    assert "0 damaged, 0 loose ends" in command("verify", *there, archive=small).out

    home = f"sqlite:///{small / 'ledger.db'}"
    assert move(small, home, empty).code == 0
    assert dump(small) == before
    assert tree(small / "posts") == files
    assert command("export", archive=small) == wanted
    assert "0 damaged, 0 loose ends" in command("verify", archive=small).out
    assert command("status", *there, archive=small).err.endswith(": set LEDGER_URL to that\n")


def test_beside_a_run_it_ends_with_75(small: Path, tmp_path: Path) -> None:
    target = tmp_path / "other.db"
    with busy(small):
        assert move(small, f"sqlite:///{target}").code == 75
    assert not target.exists()


def test_beside_workers_it_ends_with_75(small: Path, empty: str) -> None:
    with closing(Ledger(empty)) as ledger:
        ledger.share("worker", 60)
        ledger.hold()
        before = dump(small)
        assert move(small, empty).code == 75
    assert dump(small) == before


def test_rows_that_cannot_be_moved_are_named(small: Path, tmp_path: Path) -> None:
    sql(small, "UPDATE walk SET newest_at = NULL WHERE channel = 'china'")
    before = dump(small)
    done = move(small, f"sqlite:///{tmp_path / 'other.db'}")
    assert (done.code, done.out) == (3, "")
    assert done.err.splitlines() == [
        "newsarchive: walk china: damaged",
        "newsarchive: 1 faults, so nothing was moved: `scrapy verify --repair` mends damage",
    ]
    assert dump(small) == before


def test_a_password_is_not_told(small: Path) -> None:
    done = move(small, "postgresql+psycopg://user:secret@127.0.0.1:1/x")
    assert done.code == 3
    assert "secret" not in done.out + done.err


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y", "sqlite:////nowhere/at/all.db"])
def test_an_address_that_leads_nowhere_ends_with_3(small: Path, url: str) -> None:
    before = dump(small)
    done = move(small, url)
    assert (done.code, done.out) == (3, "")
    assert len(done.err.splitlines()) == 1
    assert dump(small) == before


def test_where_no_archive_is_none_is_made(tmp_path: Path) -> None:
    done = move(tmp_path / "none", f"sqlite:///{tmp_path / 'other.db'}")
    assert (done.code, done.err) == (3, f"newsarchive: no archive in {tmp_path / 'none'}\n")
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("args", [[], ["move"], ["copy", "sqlite://"], ["move", "a", "b"]])
def test_wrong_usage_ends_with_2(small: Path, args: list[str]) -> None:
    assert command("ledger", *args, archive=small).code == 2
