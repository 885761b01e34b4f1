"""Links: what is to do, and what became of it."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
import sqlalchemy as sa

from newsarchive import clock
from newsarchive.archive.ledger import Ledger
from newsarchive.exceptions import Reason, StorageError
from newsarchive.items import Link
from tests.archive.histories import todo
from tests.archive.samples import T0, T1, T2, A, B, C, Rows, a_link, a_row


def test_new_links_are_to_do(ledger: Ledger) -> None:
    links = [a_link(A, listed_at=T0, list_ctime=T1, list_mtime=T2), a_link(B)]
    assert ledger.add_links(links, T1) == links
    assert [link.first_seen_at for link in links] == [T1, T1]
    found = {link.doc_id: link for link in ledger.todo()}
    assert found == {A: links[0], B: links[1]}


def test_no_links(ledger: Ledger) -> None:
    assert ledger.add_links([], T0) == []
    assert ledger.add_links(iter(()), T0) == []


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
    for hours in (0, 1, 4, 16, 64, 256, 256):
        ledger.missed(A, Reason.NETWORK, "", attempts_max=99, now=clock.now())
        failed, rest = now, timedelta(hours=hours)
        for before in (rest, rest / 2, timedelta(milliseconds=1)) if rest else ():
            now = failed + rest - before
            assert todo(ledger) == []
        now = failed + rest
        assert todo(ledger) == [A]
        now += timedelta(milliseconds=1)


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


@pytest.mark.parametrize("order", [(A, B), (B, A)])
def test_a_link_s_own_article_counts_for_more_than_one_that_it_led_to(
    ledger: Ledger, rows: Rows, order: tuple[str, str]
) -> None:
    """In whatever order two workers of a replay tell of both."""
    ledger.add_links([a_link(A)], T0)
    for doc_id in order:
        ledger.done(a_row(doc_id), A)
    assert rows("SELECT state, detail FROM link") == [{"state": "done", "detail": ""}]


def test_a_link_that_led_elsewhere_says_where_first(ledger: Ledger, rows: Rows) -> None:
    ledger.add_links([a_link(A)], T0)
    for doc_id in (B, C):
        ledger.done(a_row(doc_id), A)
    found = rows("SELECT state, detail FROM link")
    assert found == [{"state": "done", "detail": f"archived as {B}"}]
