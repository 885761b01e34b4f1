"""File and ledger agree, whatever a revision was stopped by."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from newsarchive.archive import schema
from newsarchive.archive.entry import Outcome
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.store import Store
from newsarchive.exceptions import StorageError
from newsarchive.post import document
from tests.archive.test_store import ID, ONE, PATH, TWO, an_article, files, ledger, row, store

__all__ = ["ledger", "store"]  # the fixtures

FIRST = f"revisions/{ID}/0001.html"
OLD, NEW = (f".newsarchive/{ID}.{version}" for version in ("old", "new"))


class Killed(BaseException):
    """Nobody handles it, as nobody handles SIGKILL."""


def bodies(store: Store) -> dict[str, str]:
    return {name: document.read(data).body for name, data in files(store).items()}


def check_ledger_is_true(store: Store) -> None:
    assert row(store)["sha256"] == hashlib.sha256((store.root / PATH).read_bytes()).hexdigest()


def stopped(
    store: Store, patch: pytest.MonkeyPatch, done: Callable[..., None], error: type[BaseException]
) -> None:
    """ONE is archived; TWO is stopped while the ledger learns of it."""
    store.put(an_article(ONE))
    with patch.context() as context:
        context.setattr(store.ledger, "add", done)
        with pytest.raises(error):
            store.put(an_article(TWO))


def failing(*_: Any) -> None:
    raise StorageError("no space")


def killing(*_: Any) -> None:
    raise Killed


def test_a_ledger_that_fails_leaves_the_old_version(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped(store, monkeypatch, failing, StorageError)
    assert bodies(store) == {PATH: ONE, FIRST: ONE, NEW: TWO}
    check_ledger_is_true(store)
    store.sweep()
    assert bodies(store) == {PATH: ONE, FIRST: ONE}
    assert store.put(an_article(TWO)) is Outcome.REVISED
    assert bodies(store) == {PATH: TWO, FIRST: ONE}


def test_a_commit_that_failed_and_turns_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database was told to sync and could not: whether it did shows when it is opened again."""
    asked: list[tuple[Any, ...]] = []

    def noted(*values: Any) -> None:
        asked.append(values)
        raise StorageError("disk I/O error")

    stopped(store, monkeypatch, noted, StorageError)
    store.ledger.add(*asked[0])
    store.sweep()
    assert bodies(store) == {PATH: TWO, FIRST: ONE}
    check_ledger_is_true(store)


def test_killed_before_the_ledger_knows(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped(store, monkeypatch, killing, Killed)
    assert bodies(store) == {PATH: TWO, FIRST: ONE, OLD: ONE}
    store.sweep()
    assert bodies(store) == {PATH: ONE, FIRST: ONE}
    check_ledger_is_true(store)


def test_killed_when_the_ledger_knows(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    known = Ledger.add

    def late(*values: Any) -> None:
        known(store.ledger, *values)
        raise Killed

    stopped(store, monkeypatch, late, Killed)
    assert bodies(store) == {PATH: TWO, FIRST: ONE, OLD: ONE}
    store.sweep()
    assert bodies(store) == {PATH: TWO, FIRST: ONE}
    check_ledger_is_true(store)


def test_a_post_that_somebody_edited_is_kept_and_passes_for_no_version(store: Store) -> None:
    store.put(an_article(ONE))
    archived = row(store)["sha256"]
    edited = document.write(an_article("<p>我的。</p>"))
    (store.root / PATH).write_bytes(edited)
    assert store.put(an_article(TWO)) is Outcome.REVISED
    assert (store.root / FIRST).read_bytes() == edited
    with store.ledger._transaction() as connection:
        told = connection.exec_driver_sql("SELECT path, sha256 FROM revision").one()
    assert told == ("", archived)


def test_an_older_ledger_put_back_takes_no_newer_version_for_its_own(store: Store) -> None:
    store.put(an_article(ONE))
    known = row(store)
    store.put(an_article(TWO))
    with store.ledger._transaction() as connection:
        connection.exec_driver_sql("DELETE FROM revision")
        store.ledger._put(connection, schema.article, known)
    assert store.put(an_article("<p>第三版。</p>")) is Outcome.REVISED
    assert TWO in bodies(store).values()
    with store.ledger._transaction() as connection:
        told = connection.exec_driver_sql("SELECT path, sha256 FROM revision").one()
    assert told == (FIRST, known["sha256"])
    assert hashlib.sha256((store.root / FIRST).read_bytes()).hexdigest() == known["sha256"]


def test_what_lies_aside_of_a_document_that_is_not_known(store: Store) -> None:
    store.put(an_article(ONE))
    (store.root / ".newsarchive" / "kqtesta0000599.old").write_bytes(b"x")
    store.sweep()
    assert bodies(store) == {PATH: ONE}
