"""Everything that is wrong with an archive is found; with a sound one nothing is."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from newsarchive.archive import schema
from newsarchive.archive.finding import Trouble
from newsarchive.archive.verify import findings
from newsarchive.exceptions import StorageError
from tests.archive.small import (
    BACK,
    EDITED,
    GONE,
    KILLED,
    LISTED,
    OTHER,
    T0,
    TODO,
    dump,
    found,
    opened,
    sql,
    told,
)

POST = f"posts/2021/08/05/ti-mu-1-{EDITED}.html"
REVISION = f"revisions/{EDITED}/0001.html"
REPORT = "reports/20210805T075429.123000Z-sina_finance.json"


def test_nothing_is_found_in_a_sound_archive(small: Path) -> None:
    """With revisions, tombstones, re-checks, walks, links under other ids, runs with reports."""
    looked = []
    with opened(small) as store:
        assert list(findings(store, lambda: looked.append(1))) == []
    assert len(looked) == 5 + 3 + 3 + 2 + 2
    rows = {name: len(values) for name, values in dump(small).items()}
    assert min(rows.values()) >= 1
    assert (rows["revision"], rows["tombstone"], rows["run"]) == (3, 2, 4)


def test_verify_changes_nothing(small: Path) -> None:
    before = dump(small)
    assert told(small) == told(small) == []
    assert dump(small) == before


def _remove(root: Path) -> None:
    (root / POST).unlink()


def _edit(root: Path) -> None:
    (root / REVISION).write_bytes((root / REVISION).read_bytes() + b"\n")


def _copy(root: Path) -> None:
    (root / f"posts/x-{EDITED}.html").write_bytes((root / POST).read_bytes())


def _half(root: Path) -> None:
    (root / ".newsarchive/x.html.tmp").write_bytes(b"half")


def _forget(root: Path) -> None:
    (root / POST).unlink()
    sql(root, "DELETE FROM article WHERE doc_id = ?", EDITED)


def _kill(root: Path) -> None:
    """Between the new post and its row."""
    kept = root / f"revisions/{EDITED}/0003.html"
    kept.write_bytes((root / POST).read_bytes())
    (root / POST).write_bytes((root / REVISION).read_bytes())


TROUBLES: list[tuple[Callable[[Path], object], list[tuple[str, str]]]] = [
    (_remove, [("missing", POST)]),
    (_edit, [("changed", REVISION)]),
    (_copy, [("stray", f"posts/x-{EDITED}.html")]),
    (_half, [("leftover", ".newsarchive/x.html.tmp")]),
    (_forget, [("orphan", EDITED)]),
    (_kill, [("ahead", POST), ("stray", f"revisions/{EDITED}/0003.html")]),
    (lambda root: (root / REPORT).unlink(), [("missing", REPORT)]),
    (lambda root: (root / REPORT).write_bytes(b"{}"), [("changed", REPORT)]),
    (lambda root: (root / "reports/x.json").write_bytes(b"{}"), [("stray", "reports/x.json")]),
    (lambda root: (root / "posts/notes.txt").touch(), [("stray", "posts/notes.txt")]),
    (lambda root: (root / "revisions/x").touch(), [("stray", "revisions/x")]),
]


@pytest.mark.parametrize(("harm", "wanted"), TROUBLES)
def test_each_trouble_is_found(
    small: Path, harm: Callable[[Path], object], wanted: list[tuple[str, str]]
) -> None:
    harm(small)
    assert told(small) == wanted


def test_two_links_of_a_lost_article_are_orphans(small: Path) -> None:
    """Also the one that calls it by another id."""
    sql(small, "DELETE FROM article WHERE doc_id = ?", OTHER)
    assert ("orphan", LISTED) in told(small)


def test_only_damage_is_damage() -> None:
    """A kill leaves loose ends."""
    loose = {trouble.label for trouble in Trouble if not trouble.damage}
    assert loose == {"stray", "ahead", "orphan", "leftover"}


@pytest.mark.parametrize(
    ("column", "value", "detail"),
    [
        ("title", "anders", "its title is not the ledger's"),
        ("date", "2021-08-05T07:54:30.000Z", "its date is not the ledger's"),
    ],
)
def test_a_post_that_is_not_what_its_row_says(
    small: Path, column: str, value: str, detail: str
) -> None:
    reseal(small, schema.article, EDITED, column, value)
    (finding,) = found(small)
    assert (finding.trouble, finding.subject, finding.detail) == (Trouble.FORMAT, POST, detail)


def reseal(root: Path, table: sa.Table, doc_id: str, column: str, value: object) -> None:
    """Change a row as if this package had written it so."""
    engine = sa.create_engine(f"sqlite:///{root / 'ledger.db'}")
    same = table.c.doc_id == doc_id
    with engine.begin() as connection:
        connection.execute(
            sa.text(f"UPDATE {table.name} SET {column} = :v WHERE doc_id = :d"),
            {"v": value, "d": doc_id},
        )
        row = connection.execute(sa.select(table).where(same)).mappings().one()
        connection.execute(sa.update(table).where(same).values(seal=schema.seal(table, row)))
    engine.dispose()


# Every column of every row


@pytest.mark.parametrize("table", [table.name for table in schema.SEALED])
def test_a_value_that_was_changed_is_found_and_named(small: Path, table: str) -> None:
    keys = ", ".join(column.name for column in schema.metadata.tables[table].primary_key)
    columns = [column.name for column in schema.metadata.tables[table].columns]
    count = 0
    with opened(small) as store:
        for column in columns[:-1]:  # the last one is the seal
            for rowid, value in sql(small, f"SELECT rowid, {column} FROM {table}"):
                for other in others(value):
                    sql(small, f"UPDATE {table} SET {column} = ? WHERE rowid = ?", other, rowid)
                    (key,) = sql(small, f"SELECT {keys} FROM {table} WHERE rowid = ?", rowid)
                    wanted = (table, " ".join(map(str, key)))
                    assert list(store.ledger.faults()) == [wanted]
                    count += 1
                sql(small, f"UPDATE {table} SET {column} = ? WHERE rowid = ?", value, rowid)
        assert list(store.ledger.faults()) == []
    assert count >= 2 * len(columns) - 2


def others(value: object) -> list[object]:
    """Values like *value*, and of a type that does not belong there."""
    if value is None:
        return ["2021-08-05T07:54:29.123Z"]
    if isinstance(value, int):
        return [value + 7]
    text = str(value)
    if text[10:11] == "T" and text.endswith("Z"):
        return [text.replace("T", "U"), text[:-1] + "z", text[:-2] + "9Z", text.encode()]
    if text[:1] in ("[", "{"):  # JSON; the same in bytes would be the same
        more = {"[": "1", "{": '"x": 1'}[text[0]] + (", " if len(text) > 2 else "")
        return [text[0] + more + text[1:], "7"]
    return [text + "x", text.encode()]


@pytest.mark.parametrize(
    "statement", ["UPDATE about SET key = 'versioo'", "INSERT INTO about VALUES ('x', 'y')"]
)
def test_what_the_about_table_does_not_know_is_found(small: Path, statement: str) -> None:
    """It has no seal: all that may stand there is known."""
    sql(small, statement)
    assert [label for label, _ in told(small)] == ["ledger"]


def test_a_damaged_row_condemns_no_file(small: Path) -> None:
    """Its file may well be what it was: what is wrong is the row."""
    sql(small, "UPDATE article SET sha256 = 'x' || sha256 WHERE doc_id = ?", EDITED)
    sql(small, "UPDATE revision SET sha256 = 'x' WHERE doc_id = ?", OTHER)
    sql(small, "UPDATE run SET sha256 = 'x' WHERE spider = 'sina_finance' AND sha256 <> ''")
    assert [(f.trouble, f.subject) for f in found(small)] == [
        (Trouble.LEDGER, "article"),
        (Trouble.LEDGER, "revision"),
        (Trouble.LEDGER, "run"),
    ]


def test_rows_beside_one_that_cannot_be_read_are_looked_at(small: Path) -> None:
    sql(small, "UPDATE article SET fetched_at = 'garbage' WHERE doc_id = ?", EDITED)
    sql(small, "UPDATE article SET title = 'anders' WHERE doc_id = ?", GONE)
    (small / f"posts/2021/08/05/ti-mu-3-{BACK}.html").unlink()
    details = [(f.trouble.label, f.detail or f.subject) for f in found(small)]
    assert details == [
        ("ledger", EDITED),
        ("ledger", GONE),
        ("missing", f"posts/2021/08/05/ti-mu-3-{BACK}.html"),
    ]


def test_a_change_of_a_damaged_row_does_not_make_it_look_whole(small: Path) -> None:
    sql(small, "UPDATE link SET title = 'anders' WHERE doc_id = ?", TODO)
    with opened(small) as store:
        store.ledger.seen(TODO, TODO)
        assert ("link", TODO) in list(store.ledger.faults())


def test_a_table_that_is_gone_is_told_and_the_others_looked_at(small: Path) -> None:
    (small / POST).unlink()
    with opened(small) as store:
        sql(small, "DROP TABLE recheck")
        sql(small, "UPDATE run SET exit_code = 7 WHERE name = ?", KILLED)
        labels = [(f.trouble.label, f.subject) for f in findings(store)]
    assert labels == [("ledger", "recheck"), ("ledger", "run"), ("missing", POST)]


# Flipped bits


def flipped(data: bytes, position: int, bit: int) -> bytes:
    return data[:position] + bytes([data[position] ^ 1 << bit]) + data[position + 1 :]


def test_a_flipped_bit_of_a_file_is_found(small: Path) -> None:
    dice = random.Random(20210805)
    files = [
        path for name in ("posts", "revisions", "reports") for path in (small / name).rglob("*.*")
    ]
    assert len(files) == 11
    with opened(small) as store:
        for path in sorted(files) * 10:
            data = path.read_bytes()
            path.write_bytes(flipped(data, dice.randrange(len(data)), dice.randrange(8)))
            wanted = (Trouble.CHANGED, path.relative_to(small).as_posix())
            assert [(f.trouble, f.subject) for f in findings(store)] == [wanted]
            path.write_bytes(data)


@pytest.mark.parametrize("seed", range(3))
def test_a_flipped_bit_of_the_ledger_is_found_or_changes_nothing(small: Path, seed: int) -> None:
    dice, file = random.Random(seed), small / "ledger.db"
    data, before = file.read_bytes(), dump(small)
    written = [position for position, byte in enumerate(data) if byte]
    noticed = 0
    for number in range(80):
        position = dice.choice(written) if number % 8 else dice.randrange(len(data))
        file.write_bytes(flipped(data, position, dice.randrange(8)))
        try:
            after = dump(small)
        except Exception:
            after = {}
        try:
            seen: object = told(small)
        except StorageError:
            seen = True
        assert seen or after == before, position
        noticed += bool(seen)
        for name in ("ledger.db-wal", "ledger.db-shm"):
            (small / name).unlink(missing_ok=True)
    assert noticed > 40


def test_how_long_the_site_is_left_alone_is_no_fault_unless_it_is_no_time(small: Path) -> None:
    with opened(small) as store:
        store.ledger.wait(T0)
    assert told(small) == []
    sql(small, "UPDATE about SET value = replace(value, 'T', 'U') WHERE key = 'wait_until'")
    (finding,) = found(small)
    assert (finding.subject, finding.detail) == ("about", "wait_until")
