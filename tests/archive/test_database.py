"""The ledger's database: how moments are kept, other databases, damage, trouble with the disk."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from newsarchive import clock
from newsarchive.archive import schema
from newsarchive.archive.ledger import Ledger
from newsarchive.clock import UTC
from newsarchive.exceptions import ExitCode, Reason, StorageError
from tests.archive.histories import todo
from tests.archive.samples import T0, T1, A, B, Rows, a_link, a_row

# Clocks


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2021, 8, 5, 7, 54, 29, tzinfo=UTC), "2021-08-05T07:54:29.000Z"),
        (datetime(2021, 8, 5, 7, 54, 29, 999000, tzinfo=UTC), "2021-08-05T07:54:29.999Z"),
        (
            datetime(2021, 8, 5, 15, 54, 29, tzinfo=timezone(timedelta(hours=8))),
            "2021-08-05T07:54:29.000Z",
        ),
        (
            datetime(2021, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=5, minutes=45))),
            "2020-12-31T18:45:00.000Z",
        ),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000Z"),
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), "9999-12-31T23:59:59.000Z"),
    ],
)
def test_a_moment_is_24_characters_of_utc(
    ledger: Ledger, rows: Rows, moment: datetime, text: str
) -> None:
    ledger.add_links([a_link(A)], moment)
    assert len(text) == 24
    assert rows("SELECT first_seen_at FROM link") == [{"first_seen_at": text}]
    seen = ledger.todo()[0].first_seen_at
    assert seen == moment
    assert seen is not None
    assert seen.utcoffset() == timedelta(0)


def test_microseconds_are_cut_not_rounded(ledger: Ledger) -> None:
    ledger.add_links([a_link(A)], datetime(2021, 12, 31, 23, 59, 59, 999999, tzinfo=UTC))
    assert ledger.todo()[0].first_seen_at == datetime(2021, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)


def test_texts_sort_by_their_bytes_whatever_the_database_does(ledger: Ledger) -> None:
    ids = ["b", "B", "a", "Z", "10-2", "1-02", "é", "题", "_", "~"]
    for doc_id in ids:
        ledger.done(a_row(doc_id), doc_id)
    assert [row["doc_id"] for row in ledger.articles()] == sorted(ids)
    assert [key for key, _ in ledger.rows(schema.article)] == sorted(ids)


# Trouble


def test_it_is_there_when_opened_again(url: str) -> None:
    with closing(Ledger(url)) as first:
        first.add_links([a_link(A)], T0)
        first.done(a_row(B), "")
    with closing(Ledger(url)) as second:
        assert todo(second) == [A]
        assert second.article(B) is not None


def test_two_ledgers_on_one_database(url: str) -> None:
    with closing(Ledger(url)) as one, closing(Ledger(url)) as two:
        one.add_links([a_link(A)], T0)
        assert two.add_links([a_link(A), a_link(B)], T1)[0].doc_id == B
        two.done(a_row(A), A)
        assert todo(one) == [B]


def test_another_version_is_refused(url: str) -> None:
    Ledger(url).close()
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.update(schema.about).values(value="99"))
    engine.dispose()
    with pytest.raises(StorageError, match="version 99, this newsarchive knows 3") as raised:
        Ledger(url)
    assert raised.value.exit_code is ExitCode.STORAGE


def test_a_refused_ledger_holds_no_connection(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Ledger(url).close()
    opened: list[sa.Engine] = []
    create = sa.create_engine

    def noted(*args: Any, **kwargs: Any) -> sa.Engine:
        opened.append(create(*args, **kwargs))
        return opened[-1]

    monkeypatch.setattr(schema, "VERSION", 99)
    monkeypatch.setattr(sa, "create_engine", noted)
    with pytest.raises(StorageError, match="version 3, this newsarchive knows 99"):
        Ledger(url)
    try:
        pool = opened[0].pool
        assert isinstance(pool, sa.QueuePool)
        assert pool.checkedin() == 0
    finally:
        opened[0].dispose()


def test_a_table_that_is_gone(ledger: Ledger, url: str) -> None:
    engine = sa.create_engine(url)
    schema.metadata.drop_all(engine)
    engine.dispose()
    calls: list[Callable[[], Any]] = [
        lambda: ledger.add_links([a_link()], T0),
        ledger.todo,
        lambda: ledger.missed(A, Reason.NETWORK, "", 3, now=clock.now()),
        lambda: ledger.article(A),
        lambda: ledger.done(a_row(), A),
        lambda: ledger.seen(A, ""),
        lambda: ledger.due(T0, 5),
        lambda: ledger.history(A),
        ledger.runs,
        lambda: list(ledger.articles()),
        lambda: ledger.finish_walk("china", T0, None),
        ledger.walks,
        lambda: ledger.layouts({A}),
    ]
    for call in calls:
        with pytest.raises(StorageError):
            call()


@pytest.mark.parametrize("content", [b"garbage " * 1000, b"SQLite format 3\x00" + b"\xff" * 4096])
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(content)
    with pytest.raises(StorageError, match=r"ledger\.db"):
        Ledger(f"sqlite:///{path}")
    assert path.read_bytes() == content


def test_a_database_that_was_cut(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    url = f"sqlite:///{path}"
    with closing(Ledger(url)) as ledger:
        ledger.add_links([a_link(f"aaaaaaa{number:07}") for number in range(500)], T0)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(StorageError), closing(Ledger(url)) as ledger:
        ledger.todo()


def test_a_folder_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="unable to open"):
        Ledger(f"sqlite:///{tmp_path / 'no' / 'ledger.db'}")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes anywhere")
def test_a_folder_that_is_read_only(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(StorageError, match="unable to open"):
            Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    finally:
        tmp_path.chmod(0o755)


def test_a_database_that_is_read_only(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    Ledger(f"sqlite:///{path}").close()
    url = f"sqlite:///file:{path}?mode=ro&uri=true"
    with pytest.raises(StorageError, match=r"readonly|read-only"):
        Ledger(url)


def test_a_disk_that_is_full(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    ledger.add_links([a_link(A)], T0)
    monkeypatch.setattr(Ledger, "_close_links", sa_wrapped(full))
    with pytest.raises(StorageError, match="disk is full"):
        ledger.done(a_row(A), A)
    assert ledger.article(A) is None


def sa_wrapped(call: Callable[..., None]) -> Callable[..., None]:
    def wrapped(*args: Any) -> None:
        try:
            call(*args)
        except sqlite3.Error as error:
            raise sa.exc.OperationalError("UPDATE", {}, error) from error

    return wrapped


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "http://127.0.0.1/",
        "nosuch://127.0.0.1/x",
        "postgresql+nosuch://127.0.0.1/x",
        "postgresql+psycopg://127.0.0.1:abc/x",
        "sqlite:///\x00",
    ],
)
def test_a_url_that_is_none(url: str) -> None:
    with pytest.raises(StorageError):
        Ledger(url)


def test_no_password_is_ever_told(postgres: str) -> None:
    told = sa.make_url(postgres).set(password="geheim", port=1)
    with pytest.raises(StorageError) as raised:
        Ledger(told.render_as_string(hide_password=False))
    assert "geheim" not in str(raised.value)


def test_half_a_password_is_not_taken_for_the_host() -> None:
    with pytest.raises(StorageError, match="%40") as raised:
        Ledger("postgresql+psycopg://me:ge@heim@127.0.0.1:1/x")
    assert "heim" not in str(raised.value)


def test_sqlite_commits_are_on_the_disk(tmp_path: Path) -> None:
    with (
        closing(Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")) as ledger,
        ledger._transaction() as c,
    ):
        assert c.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert c.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert c.exec_driver_sql("PRAGMA busy_timeout").scalar() == 10000
