"""Repairs of loose ends: what killed runs left, and what the ledger does not know."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from newsarchive.archive.ledger import Ledger
from tests.archive.mending import NAME, NOW, POST, REPORT, REVISION, mended
from tests.archive.small import (
    EDITED,
    GONE,
    KILLED,
    LISTED,
    OTHER,
    TODO,
    an_article,
    at,
    dump,
    opened,
    sql,
    told,
)
from tests.running import tree


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
        patch.setattr(Ledger, "add", killed)
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
