"""Repairs of the ledger's rows: what is elsewhere too is put right, the rest is told."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from newsarchive.exceptions import StorageError
from tests.archive.mending import NAME, mended
from tests.archive.small import EDITED, GONE, HOUR, KILLED, T0, TODO, dump, opened, sql, told
from tests.running import tree


@pytest.mark.parametrize(
    ("table", "key", "statement"),
    [
        ("walk", "china", "UPDATE walk SET finished_at = 'x' WHERE channel = 'china'"),
        ("recheck", EDITED, f"UPDATE recheck SET due_at = NULL WHERE doc_id = '{EDITED}'"),
        ("link", EDITED, f"UPDATE link SET url = 'x' WHERE doc_id = '{EDITED}'"),
        ("link", EDITED, f"UPDATE link SET first_seen_at = 'x' WHERE doc_id = '{EDITED}'"),
        ("about", "x", "INSERT INTO about VALUES ('x', 'y')"),
        (
            "run",
            NAME,
            f"UPDATE run SET exit_code = 9 WHERE name = '{NAME}'",
        ),
        (
            "run",
            NAME,
            f"UPDATE run SET ended_at = 7 WHERE name = '{NAME}'",
        ),
    ],
)
def test_a_row_is_made_anew_where_all_that_it_says_is_elsewhere(
    small: Path, table: str, key: str, statement: str
) -> None:
    sql(small, statement)
    (said,) = mended(small)
    assert said.startswith(f"ledger: {table}: made anew")
    assert told(small) == []
    rows = sql(small, f"SELECT * FROM {table}")
    if table in ("walk", "about"):  # the list is read from its beginning
        assert all(row[0] != key for row in rows)
    if table == "link":
        (link,) = (row for row in rows if row[0] == key)
        assert (link[1], link[4], link[-2]) == (
            f"https://finance.sina.com.cn/{EDITED}.shtml",
            "done",
            "2021-08-05T07:54:29.123Z",
        )
    if table == "recheck":  # asked for at once
        with opened(small) as store:
            assert [due.doc_id for due in store.ledger.due(T0 + 2 * HOUR, 9)] == [EDITED]


@pytest.mark.parametrize("value", ["x", 7, b"x"])
@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("article", "title"),
        ("article", "path"),
        ("article", "sha256"),
        ("article", "revision"),
        ("revision", "path"),
        ("link", "state"),
        ("listing", "url"),
        ("tombstone", "detail"),
        ("run", "spider"),
    ],
)
def test_what_cannot_be_mended_stays_as_it_is_and_is_told_again(
    small: Path, table: str, column: str, value: object
) -> None:
    key = "name" if table == "run" else "doc_id"
    which = {"link": TODO, "run": KILLED, "tombstone": GONE}.get(table, EDITED)
    sql(small, f"UPDATE {table} SET {column} = ? WHERE {key} = ?", value, which)
    before, rows = tree(small), dump(small)
    first = mended(small)
    assert f"ledger: {table}: LOSS cannot be mended; a backup of the ledger would help" in first
    assert mended(small) == first
    assert dump(small) == rows
    assert tree(small).keys() == before.keys()


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("article", "seen_at"),
        ("revision", "replaced_at"),
        ("link", "first_seen_at"),
        ("listing", "seen_at"),
        ("tombstone", "confirmed_at"),
        ("run", "started_at"),
    ],
)
def test_a_row_that_cannot_be_read_is_taken_out_and_holds_nothing_up(
    small: Path, table: str, column: str
) -> None:
    key = "name" if table == "run" else "doc_id"
    which = {"link": TODO, "run": KILLED, "tombstone": GONE}.get(table, EDITED)
    sql(small, f"UPDATE {table} SET {column} = replace({column}, 'T', 'U') WHERE {key} = ?", which)
    files = tree(small)
    said = mended(small)
    assert said[0].startswith(f"ledger: {table}: cannot even be read; taken out to damaged/ledger/")
    assert told(small) == []
    kept = list((small / "damaged" / "ledger").iterdir())
    assert kept
    assert all(which in text.read_text("utf-8") for text in kept)
    assert (
        tree(small).items() >= {name: files[name] for name in files if "ledger" not in name}.items()
    )
    with opened(small) as store:  # nothing stops at it any more
        assert store.ledger.todo() is not None
        assert list(store.ledger.articles())
        assert store.ledger.runs()


def test_repairs_of_flipped_bits_lose_nothing(small: Path) -> None:
    """Whatever the ledger then says: every file is still there, and a second repair is calm."""
    dice, file = random.Random(5), small / "ledger.db"
    data, files = file.read_bytes(), tree(small)
    written = [position for position, byte in enumerate(data) if byte]
    outcomes: Counter[str] = Counter()
    for _ in range(60):
        position = dice.choice(written)
        bit = 1 << dice.randrange(8)
        file.write_bytes(data[:position] + bytes([data[position] ^ bit]) + data[position + 1 :])
        try:
            outcomes["mended" if mended(small) else "calm"] += 1
        except StorageError:
            outcomes["refused"] += 1
        for path in tree(small).keys() - files.keys() | {"ledger.db"}:
            (small / path).unlink()
        for path, content in files.items():
            (small / path).write_bytes(content)
    assert outcomes["mended"] > 20
