"""The ledger, over SQLite and, where there is one, PostgreSQL."""

from __future__ import annotations

import gc
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from newsarchive import clock
from newsarchive.archive import schema
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.selection import Choice
from newsarchive.clock import UTC
from newsarchive.exceptions import ExitCode, Reason, StorageError
from newsarchive.items import Link
from tests.archive.samples import T0, T1, T2, A, B, C, Rows, a_link, a_revision, a_row


def todo(ledger: Ledger) -> list[str]:
    return [link.doc_id for link in ledger.todo()]


# Links


def test_a_new_ledger_holds_nothing(ledger: Ledger) -> None:
    assert ledger.todo() == []
    assert ledger.article(A) is None
    assert list(ledger.articles()) == []


def test_new_links_are_to_do(ledger: Ledger) -> None:
    links = [a_link(A, listed_at=T0, list_ctime=T1, list_mtime=T2), a_link(B)]
    assert ledger.add_links(links, T1) == links
    assert [link.first_seen_at for link in links] == [T1, T1]
    found = {link.doc_id: link for link in ledger.todo()}
    assert found == {A: links[0], B: links[1]}


def test_no_links(ledger: Ledger) -> None:
    assert ledger.add_links([], T0) == []
    assert ledger.add_links(iter(()), T0) == []


def test_texts_sort_by_their_bytes_whatever_the_database_does(ledger: Ledger) -> None:
    ids = ["b", "B", "a", "Z", "10-2", "1-02", "é", "题", "_", "~"]
    for doc_id in ids:
        ledger.done(a_row(doc_id), doc_id)
    assert [row["doc_id"] for row in ledger.articles()] == sorted(ids)
    assert [key for key, _ in ledger.rows(schema.article)] == sorted(ids)


def test_known_links_are_not_new(ledger: Ledger) -> None:
    ledger.add_links([a_link(A)], T0)
    assert [link.doc_id for link in ledger.add_links([a_link(A), a_link(B)], T1)] == [B]
    assert ledger.add_links([a_link(A), a_link(B)], T2) == []


def test_a_link_named_twice_in_one_answer(ledger: Ledger) -> None:
    assert len(ledger.add_links([a_link(A), a_link(A)], T0)) == 1
    assert todo(ledger) == [A]


def test_first_seen_is_set_once(ledger: Ledger) -> None:
    ledger.add_links([a_link(A, "china")], T1)
    ledger.add_links([a_link(A, "macro")], T0)
    ledger.add_links([a_link(A, "china")], T2)
    assert [(link.first_seen_at, link.channel) for link in ledger.todo()] == [(T1, "china")]


def test_one_link_however_many_channels_and_every_listing_kept(ledger: Ledger, rows: Rows) -> None:
    for moment, channel in ((T0, "china"), (T1, "macro"), (T2, "macro"), (T2, "china")):
        ledger.add_links([a_link(A, channel, listed_at=T0)], moment)
    assert len(rows("SELECT * FROM link")) == 1
    listings = rows("SELECT channel, seen_at, listed_at, url FROM listing ORDER BY channel")
    assert [(row["channel"], row["seen_at"]) for row in listings] == [
        ("china", "2021-08-05T07:54:29.123Z"),
        ("macro", "2021-08-05T08:54:29.123Z"),
    ]
    assert {row["listed_at"] for row in listings} == {"2021-08-05T07:54:29.123Z"}


def test_what_is_to_do_comes_oldest_first(ledger: Ledger) -> None:
    ledger.add_links([a_link(B)], T1)
    ledger.add_links([a_link(A)], T0)
    ledger.add_links([a_link(C)], T2)
    assert todo(ledger) == [A, B, C]


def test_many_links_at_once(ledger: Ledger) -> None:
    links = [a_link(f"aaaaaaa{number:07}") for number in range(2500)]
    assert len(ledger.add_links(links, T0)) == 2500
    assert len(ledger.todo()) == 2500


def test_the_links_of_a_long_list_of_urls(ledger: Ledger) -> None:
    """More rows than a database takes values in one statement."""
    links = [a_link(f"aaaaaaa{number:07}") for number in range(7000)]
    try:
        new = ledger.add_links(links, T0)
    except StorageError as error:
        pytest.fail(str(error)[-200:], pytrace=False)  # the whole statement would be megabytes
    assert len(new) == 7000


@pytest.mark.parametrize(
    "title", ["'; DROP TABLE link; --", "%s %(x)s :x ?", "镕喆囧㛃𠮷🎉", "a\\b"]
)
def test_a_title_is_kept_as_it_is(ledger: Ledger, title: str) -> None:
    link = Link(A, "https://sina.cn/", title, "china")
    ledger.add_links([link], T0)
    assert ledger.todo()[0].title == title


@pytest.mark.parametrize("title", ["a\x00b", "a\ud800b"], ids=["nul", "surrogate"])
def test_a_title_that_a_database_does_not_take(ledger: Ledger, title: str) -> None:
    """Nothing but a StorageError may come out, and the next call works."""
    with suppress(StorageError):
        ledger.add_links([Link(A, "https://sina.cn/", title, "china")], T0)
    ledger.add_links([a_link(B)], T0)
    assert B in todo(ledger)


# What is archived already


def test_what_is_archived(ledger: Ledger) -> None:
    assert ledger.layouts(set()) == {}
    ledger.add_links([a_link(B)], T0)
    ledger.done(a_row(A), "")
    assert ledger.layouts({A, B, C}) == {A: "T4"}
    assert ledger.layouts({B}) == {}


def test_what_is_archived_already_is_not_new(ledger: Ledger, rows: Rows) -> None:
    """By a replay or from a feed, before any list named it."""
    ledger.done(a_row(A), "")
    assert [link.doc_id for link in ledger.add_links([a_link(A), a_link(B)], T1)] == [B]
    assert todo(ledger) == [B]
    found = rows("SELECT doc_id, state, channel, first_seen_at FROM link ORDER BY doc_id")
    assert [(row["doc_id"], row["state"]) for row in found] == [(A, "done"), (B, "todo")]
    # Which lists named it is kept all the same, and when they did.
    listings = rows("SELECT doc_id, channel, seen_at FROM listing ORDER BY doc_id")
    assert [(row["doc_id"], row["seen_at"][11:13]) for row in listings] == [(A, "08"), (B, "08")]
    assert ledger.add_links([a_link(A)], T2) == []
    assert todo(ledger) == [B]


def test_only_what_is_archived_is_closed(ledger: Ledger) -> None:
    ledger.add_links([a_link(A), a_link(C)], T0)
    ledger.done(a_row(B), "")
    assert ledger.add_links([a_link(B)], T1) == []
    assert todo(ledger) == [A, C]


def test_archived_and_new_ones_of_a_long_list(ledger: Ledger) -> None:
    ids = [f"aaaaaaa{number:07}" for number in range(1200)]
    for doc_id in ids[::400]:
        ledger.done(a_row(doc_id), "")
    new = ledger.add_links([a_link(doc_id) for doc_id in ids], T0)
    assert [link.doc_id for link in new] == [doc_id for doc_id in ids if doc_id not in ids[::400]]
    assert len(ledger.todo()) == 1197


def test_where_a_link_is_from_is_kept(ledger: Ledger) -> None:
    ledger.add_links([a_link(A), a_link(B, origin="backfill")], T0)
    ledger.add_links([a_link(A, origin="backfill")], T1)
    assert {link.doc_id: link.origin for link in ledger.todo()} == {A: "crawl", B: "backfill"}


# What became of them


@pytest.mark.parametrize("reason", Reason)
def test_a_miss(ledger: Ledger, rows: Rows, reason: Reason) -> None:
    ledger.add_links([a_link(A), a_link(B)], T0)
    ledger.missed(A, reason, "warum", attempts_max=3, now=clock.now())
    row = rows(f"SELECT * FROM link WHERE doc_id = '{A}'")[0]
    state = "todo" if reason.passing else "failed" if reason.failure else "skipped"
    assert (row["state"], row["reason"], row["detail"], row["attempts"]) == (
        state,
        reason.label,
        "warum",
        0 if reason is Reason.BLOCKED else 1,
    )
    assert rows(f"SELECT state FROM link WHERE doc_id = '{B}'") == [{"state": "todo"}]


def test_a_passing_failure_is_given_up_in_the_end(ledger: Ledger, rows: Rows) -> None:
    ledger.add_links([a_link(A)], T0)
    states = []
    for number in range(4):
        now = T0 + timedelta(days=number)
        ledger.missed(A, Reason.NETWORK, "", attempts_max=3, now=now)
        states += rows("SELECT state, attempts FROM link")
    assert [(row["state"], row["attempts"]) for row in states] == [
        ("todo", 1),
        ("todo", 2),
        ("failed", 3),
        ("failed", 4),
    ]
    assert todo(ledger) == []


def test_a_refusal_uses_no_attempt_up(ledger: Ledger, rows: Rows) -> None:
    ledger.add_links([a_link(A)], clock.now())
    for _ in range(5):
        ledger.missed(A, Reason.BLOCKED, "", attempts_max=1, now=clock.now())
        assert rows("SELECT state, attempts FROM link") == [{"state": "todo", "attempts": 0}]
    assert todo(ledger) == [A]


def test_a_miss_is_counted_once_however_often_it_is_replayed(ledger: Ledger, rows: Rows) -> None:
    ledger.add_links([a_link(A)], T0)
    for _ in range(3):
        for now in (T0, T0 + timedelta(seconds=1)):
            ledger.missed(A, Reason.NETWORK, "", attempts_max=9, now=now)
    assert [row["attempts"] for row in rows("SELECT attempts FROM link")] == [2]


def test_a_link_rests_for_longer_after_each_failure(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.add_links([a_link(A)], T0)
    now = T0
    monkeypatch.setattr(clock, "now", lambda: now)
    rests = []
    for _ in range(7):
        ledger.missed(A, Reason.NETWORK, "", attempts_max=99, now=clock.now())
        rests.append(timedelta())
        while todo(ledger) == []:
            now += timedelta(minutes=30)
            rests[-1] += timedelta(minutes=30)
        now += timedelta(milliseconds=1)
    assert rests == [timedelta(hours=hours) for hours in (0, 1, 4, 16, 64, 256, 256)]


def test_a_link_that_nobody_may_read_does_not_come_first_for_ever(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.add_links([a_link(A)], T0)
    monkeypatch.setattr(clock, "now", lambda: T0 + timedelta(days=2))
    ledger.missed(A, Reason.BLOCKED, "", attempts_max=3, now=clock.now())
    assert todo(ledger) == []
    monkeypatch.setattr(clock, "now", lambda: T0 + timedelta(days=3))
    assert todo(ledger) == [A]


def test_a_link_that_rests_can_be_reopened(ledger: Ledger, rows: Rows) -> None:
    ledger.add_links([a_link(A), a_link(B)], T0)
    for _ in range(2):
        ledger.missed(A, Reason.NETWORK, "", attempts_max=5, now=clock.now())
    assert todo(ledger) == [B]
    assert [link.doc_id for link in ledger.reopen({A, B})] == [A]  # B is due as it is
    assert todo(ledger) == [A, B]
    assert rows(f"SELECT attempts FROM link WHERE doc_id = '{A}'") == [{"attempts": 0}]


# Refusals


def test_a_waiting_time_that_cannot_be_read(ledger: Ledger, rows: Rows, url: str) -> None:
    ledger.wait(T0)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE about SET value = 'soon' WHERE key = 'wait_until'"))
    engine.dispose()
    with pytest.raises(StorageError):
        ledger.wait_until()


def test_one_attempt_at_most(ledger: Ledger) -> None:
    ledger.add_links([a_link(A)], T0)
    ledger.missed(A, Reason.NETWORK, "", attempts_max=1, now=clock.now())
    assert todo(ledger) == []


def test_a_link_that_is_given_up_is_not_new(ledger: Ledger) -> None:
    ledger.add_links([a_link(A)], T0)
    ledger.missed(A, Reason.NOT_ARTICLE, "", attempts_max=3, now=clock.now())
    assert ledger.add_links([a_link(A)], T1) == []
    assert todo(ledger) == []


def test_what_is_archived_stays_archived(ledger: Ledger, rows: Rows) -> None:
    ledger.add_links([a_link(A)], T0)
    ledger.done(a_row(A), A)
    for reason in Reason:
        ledger.missed(A, reason, "", attempts_max=1, now=clock.now())
    assert [(r["state"], r["reason"]) for r in rows("SELECT * FROM link")] == [("done", "")]


def test_a_miss_of_nothing_known(ledger: Ledger, rows: Rows) -> None:
    ledger.missed(A, Reason.NETWORK, "", attempts_max=3, now=clock.now())
    assert rows("SELECT * FROM link") == []


def test_a_long_detail_is_cut(ledger: Ledger, rows: Rows) -> None:
    ledger.add_links([a_link(A)], T0)
    ledger.missed(A, Reason.NETWORK, "长" * 10_000, attempts_max=3, now=clock.now())
    assert rows("SELECT detail FROM link") == [{"detail": "长" * 500}]


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


# Walks


def test_walks(ledger: Ledger) -> None:
    assert ledger.walks() == {}
    ledger.finish_walk("china", T1, T0)
    ledger.finish_walk("macro", T1, None)
    assert sorted(ledger.walks()) == ["china", "macro"]
    ledger.finish_walk("china", T2, None)  # an empty list says nothing new
    known = ledger.walks()
    assert (known["china"]["finished_at"], known["china"]["newest_at"]) == (T2, T0)
    assert known["macro"]["newest_at"] is None
    ledger.finish_walk("china", T2, T1)
    assert ledger.walks()["china"]["newest_at"] == T1


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


def test_sqlite_commits_are_on_the_disk(tmp_path: Path) -> None:
    with (
        closing(Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")) as ledger,
        ledger._transaction() as c,
    ):
        assert c.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert c.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert c.exec_driver_sql("PRAGMA busy_timeout").scalar() == 10000
