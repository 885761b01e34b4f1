"""Articles and their versions: what is archived, and what was known at a moment."""

from __future__ import annotations

import gc
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from newsarchive import clock
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.moments import moment_text
from newsarchive.archive.selection import Choice
from newsarchive.archive.store import Store
from newsarchive.exceptions import Reason, StorageError
from tests.archive import small
from tests.archive.histories import at, known, todo, versions, when
from tests.archive.samples import T0, T1, A, B, C, Rows, a_link, a_revision, a_row

# Articles


def test_done(ledger: Ledger) -> None:
    ledger.add_links([a_link(A), a_link(B)], T0)
    ledger.done(a_row(A), A)
    assert todo(ledger) == [B]
    found = ledger.article(A)
    assert found is not None
    assert {name: found[name] for name in found if name != "seal"} == a_row(A)


def test_done_without_a_link(ledger: Ledger, rows: Rows) -> None:
    ledger.done(a_row(A), "")
    assert ledger.article(A) is not None
    assert rows("SELECT * FROM link") == []


def test_done_under_another_id(ledger: Ledger) -> None:
    ledger.add_links([a_link(A), a_link(B), a_link(C)], T0)
    ledger.done(a_row(B), A)
    assert todo(ledger) == [C]
    assert ledger.article(A) is None


def test_done_forgets_earlier_trouble(ledger: Ledger, rows: Rows) -> None:
    ledger.add_links([a_link(A)], T0)
    ledger.missed(A, Reason.NETWORK, "weg", attempts_max=3, now=clock.now())
    ledger.done(a_row(A), A)
    row = rows("SELECT state, reason, detail, attempts FROM link")[0]
    assert tuple(row.values()) == ("done", "", "", 1)


def test_a_new_version_takes_the_place_of_the_old(ledger: Ledger, rows: Rows) -> None:
    ledger.done(a_row(A, title="旧题目"), A)
    ledger.done(a_row(A, title="新题目", revision=2, keywords=[]), A, a_revision(A))
    found = ledger.article(A)
    assert found is not None
    assert (found["title"], found["revision"], found["keywords"]) == ("新题目", 2, [])
    kept = rows("SELECT * FROM revision")
    assert [(row["doc_id"], row["revision"], row["title"]) for row in kept] == [(A, 1, "旧题目")]


def test_a_revision_is_never_rewritten(ledger: Ledger, rows: Rows) -> None:
    ledger.done(a_row(A, revision=2), A, a_revision(A))
    ledger.done(a_row(A, revision=2), A, a_revision(A, title="anders"))
    assert [row["title"] for row in rows("SELECT title FROM revision")] == ["旧题目"]


def test_seen(ledger: Ledger) -> None:
    ledger.add_links([a_link(A), a_link(B), a_link(C)], T0)
    ledger.seen(A, B)
    assert todo(ledger) == [C]
    ledger.seen(A, "")
    assert todo(ledger) == [C]


@pytest.mark.parametrize("broken", ["article", "link"])
def test_done_is_all_or_nothing(
    ledger: Ledger, rows: Rows, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """An error in the middle: neither revision nor article nor link has changed."""
    ledger.add_links([a_link(A)], T0)
    ledger.done(a_row(A, title="旧"), "")
    before = [rows(f"SELECT * FROM {table}") for table in ("article", "revision", "link")]
    row = a_row(A, title="新", revision=2)
    with monkeypatch.context() as patch:
        if broken == "link":

            def fail(_: Ledger, connection: sa.Connection, *more: object) -> None:
                connection.execute(sa.text("SELECT * FROM no_such_table"))

            patch.setattr(Ledger, "_close_links", fail)
        else:
            row["title"] = None
        with pytest.raises(StorageError):
            ledger.done(row, A, a_revision(A))
    assert [rows(f"SELECT * FROM {table}") for table in ("article", "revision", "link")] == before
    ledger.done(a_row(A, title="新", revision=2), A, a_revision(A))
    assert len(rows("SELECT * FROM revision")) == 1


def test_adding_links_is_all_or_nothing(ledger: Ledger, rows: Rows) -> None:
    broken = a_link(B)
    broken.url = None  # type: ignore[assignment]
    with pytest.raises(StorageError):
        ledger.add_links([a_link(A), broken], T0)
    assert rows("SELECT * FROM link") == []
    assert rows("SELECT * FROM listing") == []


def test_articles_come_by_date_and_id(ledger: Ledger) -> None:
    for doc_id, date in ((B, T1), (C, T0), (A, T1)):
        ledger.done(a_row(doc_id, date=date), "")
    assert [row["doc_id"] for row in ledger.articles()] == [C, A, B]
    assert [row["doc_id"] for row in ledger.articles(Choice(since=T1))] == [A, B]
    assert [row["doc_id"] for row in ledger.articles(Choice(until=T1))] == [C]
    assert list(ledger.articles(Choice(since=T1, until=T1))) == []


def test_articles_can_be_left_half_read(ledger: Ledger) -> None:
    for number in range(20):
        ledger.done(a_row(f"aaaaaaa{number:07}"), "")
    half = ledger.articles()
    assert next(iter(half))["doc_id"] == "aaaaaaa0000000"
    ledger.done(a_row(B), "")  # writing beside a reader
    half.close()  # type: ignore[attr-defined]
    del half
    gc.collect()  # a cursor that nobody closed complains here
    assert len(list(ledger.articles())) == 21


def test_what_is_read_at_one_moment(ledger: Ledger, url: str) -> None:
    ledger.done(a_row(A), "")
    with closing(Ledger(url)) as other, ledger.at_one_moment():
        assert [row["doc_id"] for row in ledger.articles()] == [A]
        reading = ledger.as_kept()
        other.done(a_row(B), "")
        assert [row["doc_id"] for row in ledger.articles()] == [A]
        half = ledger.articles()
        assert next(half)["doc_id"] == A
        assert [(row["doc_id"], row["date"]) for row in reading] == [(A, a_row(A)["date"])]
    assert {row["doc_id"] for row in ledger.articles()} == {A, B}
    half.close()  # type: ignore[attr-defined]


def test_marks_change_when_anything_does(ledger: Ledger) -> None:
    def marks() -> dict[str, Any]:
        return {row["doc_id"]: dict(row) for row in ledger.marks()}

    assert marks() == {}
    ledger.done(a_row(A), A)
    ledger.add_links([a_link(A), a_link(B)], T0)
    before = marks()
    assert before.keys() == {A}
    assert (before[A]["date"], before[A]["channel"]) == (moment_text(T0), "china")
    assert set(before[A]["listed"].split(" ")) == {"china"}
    ledger.add_links([a_link(A, "us")], T0)
    assert set(marks()[A]["listed"].split(" ")) == {"china", "us"}
    assert marks()[A]["seal"] == before[A]["seal"]
    ledger.done(a_row(A, title="新题"), A)
    assert marks()[A]["seal"] != before[A]["seal"]


def test_some_articles_are_those_that_are_archived(ledger: Ledger) -> None:
    ledger.done(a_row(A), A)
    ledger.done(a_row(B), B)
    assert [row["doc_id"] for row in ledger.some([B, C])] == [B]
    assert ledger.some([]) == []


def test_the_history_of_a_document(ledger: Ledger) -> None:
    assert ledger.history(A) == []
    versions(ledger)
    found = ledger.history(A)
    assert [(row["revision"], row["title"]) for row in found] == [
        (1, "第1版"),
        (2, "第2版"),
        (3, "第3版"),
    ]
    assert [row["seen_at"] for row in found] == [when(0), when(2), when(4)]
    assert [row["replaced_at"] for row in found] == [when(2), when(4), None]
    assert [row["revision"] for row in ledger.history(B)] == [1]
    assert ledger.history("' OR 1=1 --") == []


def test_what_was_known_at_a_moment(ledger: Ledger) -> None:
    versions(ledger)
    assert known(ledger, -0.001) == []
    assert known(ledger, 0) == [(A, 1)]
    assert known(ledger, 1.999) == [(A, 1)]
    assert known(ledger, 2) == [(A, 2)]
    assert known(ledger, 3) == [(A, 2), (B, 1)]
    assert known(ledger, 4) == known(ledger, 10**5) == [(A, 3), (B, 1)]
    assert [row["title"] for row in at(ledger, 3)] == ["第2版", "题目"]
    assert known(ledger, 10**5) == [(r["doc_id"], r["revision"]) for r in ledger.articles()]


def test_what_was_known_of_some_days(ledger: Ledger) -> None:
    versions(ledger)
    assert known(ledger, 5, since=T1) == [(B, 1)]
    assert known(ledger, 5, until=T1) == [(A, 3)]
    assert known(ledger, 3, until=T1) == [(A, 2)]
    assert known(ledger, 2, since=T1) == []


def test_what_was_known_of_a_channel(ledger: Ledger) -> None:
    """By its own, and by the lists that had named it then."""
    versions(ledger)
    ledger.add_links([a_link(A, "macro")], when(5))
    assert known(ledger, 4, channel="macro") == [(B, 1)]
    assert known(ledger, 5, channel="macro") == [(A, 3), (B, 1)]
    assert known(ledger, 1, channel="us") == [(A, 1)]
    assert known(ledger, 5, channel="us", since=T1) == []


def test_a_version_of_no_time_was_never_known(ledger: Ledger) -> None:
    """Two edits within a millisecond."""
    ledger.done(a_row(A, revision=1, seen_at=T0), A)
    ledger.done(a_row(A, revision=2, seen_at=T1), A, a_revision(A, seen_at=T0, replaced_at=T1))
    nothing = a_revision(A, revision=2, seen_at=T1, replaced_at=T1)
    ledger.done(a_row(A, revision=3, seen_at=T1), A, nothing)
    assert [known(ledger, hours) for hours in (0, 1, 2)] == [[(A, 1)], [(A, 3)], [(A, 3)]]


def test_each_row_of_the_past_has_what_a_row_of_today_has(ledger: Ledger) -> None:
    versions(ledger)
    (today, _) = ledger.articles()
    assert at(ledger, 1)[0].keys() == today.keys()


# What feeds and clusters are made of


def test_channels_and_what_they_listed_newest_first(ledger: Ledger, tmp_path: Path) -> None:
    store = Store(tmp_path / "archive", ledger)
    small.fill(store)
    assert ledger.channels() == {"china", "macro"}
    dates = [(row["date"], row["doc_id"]) for row in ledger.newest()]
    assert dates == sorted(dates, reverse=True)
    assert len(dates) == 5
    china = [small.GONE, small.BACK, small.OTHER, small.EDITED]
    assert [row["doc_id"] for row in ledger.newest("china")] == china
    assert [row["doc_id"] for row in ledger.newest("macro")] == [small.EDITED]
    assert list(ledger.newest("us")) == []


def test_the_texts_there_are_and_were(ledger: Ledger, tmp_path: Path) -> None:
    store = Store(tmp_path / "archive", ledger)
    small.fill(store)
    for as_of in (None, small.T0, small.T0 + small.HOUR):
        found = {row["doc_id"]: row for row in ledger.texts(as_of)}
        known = {row["doc_id"]: row for row in ledger.articles(as_of=as_of)}
        assert found.keys() == known.keys()
        for doc_id, row in found.items():
            assert all(row[name] == known[doc_id][name] for name in ("revision", "sha256"))
            assert store.read(row).title == known[doc_id]["title"]
        dates = {doc_id: row["date"] for doc_id, row in found.items()}
        assert dates[small.EDITED] == "2021-08-05T07:54:29.000Z"
