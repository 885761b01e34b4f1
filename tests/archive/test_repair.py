"""Every repair does what it says, loses nothing, and leaves what a second verify accepts."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from newsarchive.archive import schema
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.repair import Loss, repair
from newsarchive.archive.store import Store
from newsarchive.archive.verify import findings
from newsarchive.commands.verify import described
from newsarchive.exceptions import StorageError
from tests.archive.small import (
    EDITED,
    GONE,
    HOUR,
    KILLED,
    LISTED,
    OTHER,
    T0,
    TODO,
    an_article,
    at,
    dump,
    opened,
    sql,
    told,
)
from tests.running import tree

POST = f"posts/2021/08/05/ti-mu-1-{EDITED}.html"
REVISION = f"revisions/{EDITED}/0001.html"
NAME = "20210805T075429.123000Z-sina_finance"
REPORT = f"reports/{NAME}.json"
NOW = T0 + timedelta(days=100)


def mended(root: Path, *, rebuild: bool = False) -> list[str]:
    """Verify and repair; what was said of each finding. No byte is lost by it."""
    before = contents(root)
    said = []
    with at(NOW):
        store = Store.open(root, rebuild=rebuild)
        for finding in findings(store):
            line = f"{finding.trouble.label}: {finding.subject}"
            try:
                said.append(f"{line}: {repair(store, finding, described)}")
            except Loss as loss:
                said.append(f"{line}: LOSS {loss}")
        store.ledger.close()
    assert before <= contents(root)
    return said


def contents(root: Path) -> set[bytes]:
    """What lies in the archive, wherever it does; a half-written file is nothing."""
    return {
        data
        for path, data in tree(root).items()
        if not path.startswith(("ledger.db", ".newsarchive"))
    }


def rotted(root: Path, path: str) -> bytes:
    """Flip a bit of a file; returns what it was."""
    data = (root / path).read_bytes()
    (root / path).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    return data


def test_there_is_nothing_to_mend_in_a_sound_archive(small: Path) -> None:
    before, rows = tree(small), dump(small)
    assert mended(small) == []
    assert dump(small) == rows
    assert tree(small).keys() == before.keys()


# Files


@pytest.mark.parametrize("path", [POST, REVISION])
@pytest.mark.parametrize("place", ["strays", "damaged", "revisions"])
def test_a_file_is_restored_from_a_copy(small: Path, path: str, place: str) -> None:
    data, rows = rotted(small, path), dump(small)
    copy = small / f"revisions/{EDITED}/0009.html"
    if place != "revisions":
        copy = small / place / path
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(data)
    first = mended(small)[0]
    assert first.endswith(f": restored from {copy.relative_to(small).as_posix()}")
    assert (small / path).read_bytes() == data
    assert any((small / "damaged" / path).parent.iterdir())
    assert (told(small), dump(small)) == ([], rows)


@pytest.mark.parametrize("harm", ["missing", "changed"])
def test_a_post_without_a_copy_is_fetched_again(small: Path, harm: str) -> None:
    data = rotted(small, POST)
    if harm == "missing":
        (small / POST).unlink()
    wanted = [f"{harm}: {POST}: LOSS no copy of it; the next crawl fetches it again"]
    assert mended(small) == wanted
    assert sql(small, "SELECT state FROM link WHERE doc_id = ?", EDITED) == [("todo",)]
    assert (small / "damaged" / POST).exists() == (harm == "changed")
    assert told(small) == [("missing", POST)]
    with opened(small) as store, at(NOW):
        store.put(an_article(EDITED, 3, NOW), EDITED)
    assert (small / POST).read_bytes() == data
    assert told(small) == []


def test_a_post_that_a_list_called_otherwise_is_fetched_again(small: Path) -> None:
    path = f"posts/2021/08/05/ti-mu-2-{OTHER}.html"
    (small / path).unlink()
    assert mended(small) == [
        f"missing: {path}: LOSS no copy of it; the next crawl fetches it again"
    ]
    with opened(small) as store:
        assert OTHER in [link.doc_id for link in store.ledger.todo()]


def test_a_post_without_a_copy_and_an_address(small: Path) -> None:
    (path,) = (name for name in tree(small) if "ti-mu-" in name and "kqtest" not in name)
    (small / path).unlink()
    assert mended(small) == [
        f"missing: {path}: LOSS no copy of it, and no address to fetch it from"
    ]
    assert told(small) == [("missing", path)]


def test_an_earlier_version_that_is_lost_is_found_again_when_put_back(small: Path) -> None:
    data, rows = rotted(small, REVISION), dump(small)
    (said,) = mended(small)
    assert said.startswith(f"changed: {REVISION}: LOSS an earlier version that is lost")
    assert sql(small, "SELECT path FROM revision WHERE doc_id = ? AND revision = 1", EDITED) == [
        ("",)
    ]
    assert told(small) == []
    (small / REVISION).write_bytes(data)  # from a backup
    assert mended(small) == [f"stray: {REVISION}: found again"]
    assert (told(small), dump(small)) == ([], rows)


@pytest.mark.parametrize("harm", ["missing", "changed"])
def test_a_report_that_is_lost(small: Path, harm: str) -> None:
    rotted(small, REPORT)
    if harm == "missing":
        (small / REPORT).unlink()
    (said,) = mended(small)
    assert said.startswith(f"{harm}: {REPORT}: LOSS a report that is lost")
    assert told(small) == []
    row = sql(small, "SELECT ended_at, exit_code, sha256 FROM run WHERE name = ?", NAME)
    assert row == [("2021-08-05T08:24:29.123Z", 0, "")]


def test_a_post_that_was_written_in_another_format_is_only_told(small: Path) -> None:
    data = (small / POST).read_bytes().replace(b"author: ", b"author:  ")
    (small / POST).write_bytes(data)
    rewrite(small, "sha256", hashlib.sha256(data).hexdigest())
    for _ in range(2):
        assert mended(small) == [f"format: {POST}: LOSS cannot be mended: it was written so"]
    assert (small / POST).read_bytes() == data


def rewrite(root: Path, column: str, value: object) -> None:
    """The row of EDITED with another value, as if it had been written so."""
    with opened(root) as store, store.ledger._transaction() as connection:
        same = (schema.article.c.doc_id == EDITED,)
        store.ledger._change(connection, schema.article, same, lambda _: {column: value})


# Loose ends


def test_leftovers_are_removed(small: Path) -> None:
    (small / ".newsarchive/x.html.tmp").write_bytes(b"half")
    assert mended(small) == ["leftover: .newsarchive/x.html.tmp: removed"]
    assert told(small) == []


def test_an_orphan_is_fetched_again(small: Path) -> None:
    sql(small, "DELETE FROM article WHERE doc_id = ?", OTHER)
    (small / f"posts/2021/08/05/ti-mu-2-{OTHER}.html").unlink()
    said = mended(small)
    assert said[-1] == f"orphan: {LISTED}: will be fetched again"
    assert LISTED in [
        link for (link,) in sql(small, "SELECT doc_id FROM link WHERE state = 'todo'")
    ]
    assert told(small) == []


CONTENTS = [
    b"",
    b"<html><title>x</title>",
    b'{"a": 1}',
    b"\n---\ntitle: x\n---\n\n<div>   \nx  \n</div>\n            ",
]


@pytest.mark.parametrize(
    "path",
    [
        "posts/notes.txt",
        f"posts/2021/08/06/{EDITED}.html",
        "posts/2021/08/06/kqtesta0000999.html",
        f"posts/2021/08/06/报-{EDITED}.html",
        f"revisions/{EDITED}/0002.html.1",
        f"revisions/{EDITED}/0009.html",
        f"revisions/{EDITED}/1.html",
        "revisions/kqtesta0000999/0001.html",
        "revisions/0001.html",
        "reports/x.json",
        "reports/more/x.json",
    ],
)
@pytest.mark.parametrize("content", CONTENTS, ids=["empty", "page", "json", "post"])
def test_what_is_nothing_goes_to_the_strays(small: Path, path: str, content: bytes) -> None:
    (small / path).parent.mkdir(parents=True, exist_ok=True)
    (small / path).write_bytes(content)
    rows = dump(small)
    (said,) = mended(small)
    assert said.startswith(f"stray: {path}: moved to strays/{path}")
    assert (small / "strays" / path).read_bytes() == content
    assert (told(small), dump(small)) == ([], rows)


def test_strays_of_one_name_all_stay(small: Path) -> None:
    for content in (b"1", b"2", b"3"):
        (small / "posts/x").write_bytes(content)
        mended(small)
    assert sorted(tree(small / "strays").values()) == [b"1", b"2", b"3"]


def test_a_post_that_the_ledger_does_not_know_is_taken_in(small: Path) -> None:
    sql(small, "DELETE FROM article WHERE doc_id = ?", GONE)
    path = f"posts/2021/08/05/ti-mu-4-{GONE}.html"
    assert mended(small) == [f"stray: {path}: taken into the ledger"]
    assert told(small) == []
    with opened(small) as store:
        row = store.ledger.article(GONE)
    assert row is not None
    assert (row["origin"], row["seen_at"], row["first_seen_at"]) == ("replay", NOW, NOW)
    assert (row["title"], row["revision"], row["path"]) == ("题目4", 1, path)


def test_a_post_of_a_killed_run_is_left_to_the_next(small: Path) -> None:
    """Which knows its address and its clocks."""
    with opened(small) as store:
        store.put(an_article(TODO, 1, NOW), TODO)
    path = f"posts/2021/08/05/ti-mu-1-{TODO}.html"
    sql(small, "DELETE FROM article WHERE doc_id = ?", TODO)
    with opened(small) as store:
        store.ledger.refetch(TODO)
    (said,) = mended(small)
    assert said == f"stray: {path}: LOSS the next crawl takes it in: its link is still to do"
    with opened(small) as store:
        store.put(an_article(TODO, 2, NOW), TODO)
        assert len(store.ledger.history(TODO)) == 1
    assert b"\xe7\xac\xac1\xe7\x89\x88" in b"".join(tree(small).values())  # version 1 is kept


def test_a_revision_that_was_cut_off_is_undone(small: Path) -> None:
    """The new post was in its place, its row was not written: the next crawl sees it again."""
    rows, old = dump(small), (small / POST).read_bytes()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with opened(small) as store, at(NOW), pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ledger, "done", killed)
        with pytest.raises(KeyboardInterrupt):
            store.put(an_article(EDITED, 4, NOW), EDITED)
    new = (small / POST).read_bytes()
    kept = f"revisions/{EDITED}/0003.html"
    assert told(small) == [("ahead", POST), ("stray", kept)]
    assert mended(small) == [
        f"ahead: {POST}: restored from .newsarchive/{EDITED}.old",
        f"stray: {kept}: removed: a second copy of the current post",
    ]
    assert (small / POST).read_bytes() == old
    assert (small / "strays" / POST).read_bytes() == new
    assert (told(small), dump(small)) == ([], rows)
    with opened(small) as store:
        store.sweep()  # as the next run does
    assert (told(small), list((small / ".newsarchive").iterdir())) == ([], [])


def test_a_version_that_lies_aside_takes_its_place(small: Path) -> None:
    """The ledger says the new one after all, where the old one had been put back."""
    data = (small / POST).read_bytes()
    (small / f".newsarchive/{EDITED}.new").write_bytes(data)
    (small / POST).write_bytes(old := (small / REVISION).read_bytes())
    assert told(small) == [("ahead", POST)]
    assert mended(small) == [f"ahead: {POST}: restored from .newsarchive/{EDITED}.new"]
    assert (small / POST).read_bytes() == data
    assert (small / "strays" / POST).read_bytes() == old
    assert told(small) == []


def test_a_report_that_the_ledger_does_not_know_is_taken_in(small: Path) -> None:
    rows = dump(small)
    sql(small, "DELETE FROM run WHERE name = ?", NAME)
    assert mended(small) == [f"stray: {REPORT}: taken into the ledger"]
    assert (told(small), dump(small)) == ([], rows)


def test_a_report_whose_row_has_no_end_is_taken_in(small: Path) -> None:
    """A kill between the report and the ledger."""
    path, at_end = small / f"reports/{KILLED}.json", "2021-08-05T11:24:29.123Z"
    content = json.loads((small / REPORT).read_bytes())
    content |= {"started_at": "2021-08-05T10:54:29.123Z", "ended_at": at_end}
    path.write_text(json.dumps(content), "utf-8")
    assert mended(small) == [f"stray: reports/{KILLED}.json: taken into the ledger"]
    assert told(small) == []
    row = sql(small, "SELECT started_at, ended_at, exit_code FROM run WHERE name = ?", KILLED)
    assert row == [("2021-08-05T10:54:29.123Z", at_end, 0)]


@pytest.mark.parametrize(
    "path", ["reports/copy.json", f"reports/more/{Path(REPORT).name}", f"{REPORT}.txt"]
)
def test_a_report_under_another_name_is_a_stray(small: Path, path: str) -> None:
    (small / path).parent.mkdir(exist_ok=True)
    (small / path).write_bytes((small / REPORT).read_bytes())
    assert mended(small) == [f"stray: {path}: moved to strays/{path}"]
    assert told(small) == []


# The ledger


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


# A ledger that is lost


def test_a_ledger_is_made_anew_of_the_posts(small: Path) -> None:
    (small / "ledger.db").unlink()
    before = tree(small)
    said = mended(small, rebuild=True)
    assert len(said) == 13
    assert all(line.endswith(": taken into the ledger") for line in said)
    assert told(small) == []
    after = tree(small)
    assert {name: after[name] for name in before} == before
    with opened(small) as store:
        assert [
            (row["doc_id"], row["revision"], row["path"])
            for doc_id in (EDITED, OTHER)
            for row in store.ledger.history(doc_id)
        ] == [
            (EDITED, 1, REVISION),
            (EDITED, 2, f"revisions/{EDITED}/0002.html"),
            (EDITED, 3, POST),
            (OTHER, 1, f"revisions/{OTHER}/0001.html"),
            (OTHER, 2, f"posts/2021/08/05/ti-mu-2-{OTHER}.html"),
        ]
        assert len(store.ledger.runs()) == 3
        articles = list(store.ledger.articles())
        assert [row["title"] for row in articles if row["doc_id"] == EDITED] == ["题目1"]
        assert {row["seen_at"] for row in articles} == {NOW}
        # What was known before is not guessed.
        for moment in (T0 + HOUR, T0 + 5 * HOUR, NOW - timedelta(milliseconds=1)):
            assert list(store.ledger.articles(as_of=moment)) == []
        known = list(store.ledger.articles(as_of=NOW))
        assert [row["doc_id"] for row in known] == [row["doc_id"] for row in articles]
        # It goes on from there.
        with at(NOW + HOUR):
            store.put(an_article(EDITED, 4, NOW + HOUR))
        assert [row["revision"] for row in store.ledger.history(EDITED)] == [1, 2, 3, 4]
    assert told(small) == []


def test_a_version_that_is_missing_leaves_its_number_free(small: Path) -> None:
    (small / "ledger.db").unlink()
    (small / REVISION).unlink()
    mended(small, rebuild=True)
    with opened(small) as store:
        assert [row["revision"] for row in store.ledger.history(EDITED)] == [2, 3]
    assert told(small) == []


def test_a_rebuild_that_was_cut_off_goes_on(small: Path) -> None:
    (small / "ledger.db").unlink()
    with at(NOW):
        store = Store.open(small, rebuild=True)
        for finding, _ in zip(findings(store), range(3)):
            repair(store, finding, described)
        store.ledger.close()
    assert len(mended(small)) == 10
    assert told(small) == []


def test_two_posts_of_one_document_are_no_two_articles(small: Path) -> None:
    (small / "ledger.db").unlink()
    second = f"posts/2021/08/06/{EDITED}.html"
    (small / second).parent.mkdir()
    (small / second).write_bytes((small / REVISION).read_bytes())
    said = mended(small, rebuild=True)
    assert f"stray: {second}: moved to strays/{second}" in said
    assert told(small) == []


def _nothing(_: Path) -> None:
    return


def _emptied(root: Path) -> None:
    (root / "ledger.db").touch()


@pytest.mark.parametrize("harm", [_nothing, _emptied])
def test_posts_without_a_ledger_are_no_new_archive(
    small: Path, harm: Callable[[Path], None]
) -> None:
    (small / "ledger.db").unlink()
    harm(small)
    for create in (False, True):
        with pytest.raises(StorageError, match="verify --repair"):
            Store.open(small, create=create)
    assert len(mended(small, rebuild=True)) == 13


def test_a_folder_without_posts_is_not_made_an_archive(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no archive"):
        Store.open(tmp_path, rebuild=True)
    assert list(tmp_path.iterdir()) == []


# WARC files


def captures(root: Path) -> list[Path]:
    return sorted((root / "warc").iterdir())


def test_a_warc_file_that_is_gone_is_told_once(small: Path) -> None:
    first, second = captures(small)
    first.unlink()
    lost = (
        f"missing: warc/{first.name}: LOSS captures that are lost; what was made of them is there"
    )
    assert mended(small) == [lost]
    assert (told(small), captures(small)) == ([], [second])


def test_a_damaged_warc_file_stays_for_what_is_whole_in_it(small: Path) -> None:
    first, second = captures(small)
    data = bytearray(first.read_bytes())
    data[len(data) // 2] ^= 1
    first.write_bytes(data)
    assert told(small) == [("changed", f"warc/{first.name}")]
    lost = (
        f"changed: warc/{first.name}: LOSS captures that are lost; what was made of them is there"
    )
    assert mended(small) == [lost]
    assert (told(small), captures(small)) == ([], [first, second])
    assert first.read_bytes() == data
    # From now on it is known as it is.
    first.write_bytes(data + b"x")
    assert told(small) == [("changed", f"warc/{first.name}")]


def test_warc_files_of_nobody_are_taken_in(small: Path) -> None:
    first, second = captures(small)
    first.with_name("other.warc.gz").write_bytes(first.read_bytes())
    first.with_name("open.warc.gz.open").write_bytes(second.read_bytes())
    assert told(small) == [
        ("leftover", "warc/open.warc.gz.open"),
        ("stray", "warc/other.warc.gz"),
    ]
    assert len(mended(small)) == 2
    assert told(small) == []
    assert (small / "warc" / "open.warc.gz").read_bytes() == second.read_bytes()
