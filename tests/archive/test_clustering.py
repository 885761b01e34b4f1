"""Clusters of reprints: in whatever order texts came, as of a moment, whatever befell the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsarchive import clock
from newsarchive.archive import clustering, lock
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.reprints import Reprints, Text
from newsarchive.archive.sketch import Sketch
from newsarchive.archive.store import Store
from newsarchive.clock import UTC
from newsarchive.exceptions import Locked, StorageError
from newsarchive.items import Article
from newsarchive.sina import reading
from tests.archive.small import at

T0 = datetime(2021, 8, 5, 7, 54, 29, tzinfo=UTC)
HOUR = timedelta(hours=1)
A, B, C, D, E = (f"kqtesta000060{number}" for number in range(1, 6))
READER = clustering.Reader(reading.text, reading.symbols)


def text(*parts: int) -> str:
    """A body of paragraphs of 60 characters, each of its own."""
    lines = ("".join(chr(0x5200 + part * 60 + place) for place in range(60)) for part in parts)
    return "".join(f"<p>{line}</p>\n" for line in lines)


def put(store: Store, doc_id: str, body: str, published: datetime, seen: datetime) -> None:
    with at(seen):
        store.put(
            Article(
                title="题目",
                body=body,
                doc_id=doc_id,
                author="新浪财经",
                categories=["金融"],
                date=clock.http_date(published),
                published_at=published,
                fetched_at=seen,
                digest=reading.digest("题目", body),
            )
        )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """B is A's reprint, published later and seen before; D is not; C came between them."""
    with closing(Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")) as ledger:
        opened = Store(tmp_path / "archive", ledger)
        put(opened, B, text(1, 2, 3, 4, 9), T0 + HOUR, T0 + HOUR)
        put(opened, A, text(1, 2, 3, 4), T0, T0 + 2 * HOUR)
        put(opened, D, text(5, 6, 7, 8), T0, T0 + 2 * HOUR)
        yield opened


def asked(store: Store, as_of: datetime | None = None, *, anew: bool = False) -> dict[str, str]:
    """What is said, with notes not expected."""
    watcher = clustering.Watcher(pytest.fail, lambda _: None, lambda _: None)
    return clustering.duplicates(store, READER, watcher, as_of, anew=anew)


def noted(store: Store) -> tuple[dict[str, str], list[str]]:
    notes: list[str] = []
    watcher = clustering.Watcher(notes.append, lambda _: None, lambda _: None)
    return clustering.duplicates(store, READER, watcher), notes


def test_the_first_is_the_earliest_published_not_the_first_seen(store: Store) -> None:
    assert asked(store) == {B: A}


def test_as_of_a_moment_nothing_leads_to_what_was_not_known_then(store: Store) -> None:
    put(store, E, text(1, 2, 3, 4, 10), T0 + 2 * HOUR, T0 + 3 * HOUR)
    assert asked(store) == {B: A, E: A}
    assert asked(store, T0) == {}
    assert asked(store, T0 + HOUR) == {}  # A was published, and not seen
    assert asked(store, T0 + 2 * HOUR) == {B: A}
    assert asked(store, T0 + 3 * HOUR) == {B: A, E: A}


def test_as_of_a_moment_two_are_not_joined_by_what_came_later(store: Store) -> None:
    put(store, C, text(5, 6, 7, 8, 11, 12), T0 + HOUR, T0 + HOUR)
    put(store, E, text(7, 8, 11, 12), T0 + HOUR, T0 + 2 * HOUR)
    assert asked(store)[E] == asked(store)[C] == D
    assert asked(store, T0 + 2 * HOUR) == {B: A, C: D, E: D}
    assert asked(store, T0 + HOUR) == {}


def test_a_revision_counts_from_when_it_was_seen(store: Store) -> None:
    put(store, B, text(20, 21, 22, 23), T0 + HOUR, T0 + 4 * HOUR)
    assert asked(store) == {}
    assert asked(store, T0 + 3 * HOUR) == {B: A}
    put(store, D, text(1, 2, 3, 4, 13), T0, T0 + 5 * HOUR)
    assert asked(store) == {D: A}
    assert asked(store, T0 + 3 * HOUR) == {B: A}


def test_the_same_text_twice_is_a_cluster_and_a_short_one_is_none(store: Store) -> None:
    put(store, C, text(5, 6, 7, 8), T0 + HOUR, T0)
    assert asked(store) == {B: A, C: D}
    put(store, C, "<p>快讯：沪指翻红。</p>", T0 + HOUR, T0 + 3 * HOUR)
    put(store, D, "<p>快讯：沪指翻红。</p>", T0 + HOUR, T0 + 3 * HOUR)
    assert asked(store) == {B: A}


def test_dates_that_are_the_same_leave_it_to_the_ids(store: Store) -> None:
    put(store, C, text(1, 2, 3, 4, 13), T0, T0)
    assert asked(store) == {B: A, C: A}


def test_without_the_pages_time_the_posts_counts(store: Store) -> None:
    with at(T0):
        post = Article(title="题", body=text(1, 2, 3, 4, 9), doc_id=C, author="甲", digest="1")
        post.categories, post.date = ["金融"], clock.http_date(T0 - HOUR)
        store.put(post)
    assert asked(store) == {A: C, B: C}


# The file


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return sorted(connection.iterdump())


def test_what_is_done_at_once_and_bit_by_bit_is_the_same(store: Store) -> None:
    path = store.root / clustering.NAME
    asked(store, T0 + HOUR)
    put(store, C, text(1, 2, 3, 9), T0 + HOUR, T0 + 3 * HOUR)
    first = asked(store)
    slowly = dump(path)
    assert asked(store, anew=True) == first
    assert dump(path) == slowly


@pytest.mark.parametrize("seed", range(8))
def test_what_is_not_known_joins_nothing(seed: int) -> None:
    """Two that have two parts in common with a third, and one with each other."""
    parts = {"a": (1, 2, 3), "x": (1, 2, 4), "b": (1, 5, 4)}
    texts = {name: Text(name, 1, "", name, "") for name in parts}
    with closing(Reprints(None)) as reprints:
        for name, (one, two, three) in parts.items():
            told = b"".join(bytes([seed * 8 + part]) * 168 for part in (one, two, three))
            reprints.put([(name, Sketch(told.ljust(512), b""))])
        reprints.compare(texts.values())
        assert reprints.duplicates() == {"b": "a", "x": "a"}
        reprints.compare([texts["a"], texts["b"]])
        assert reprints.duplicates() == {}


_PARTS = st.tuples(*[st.integers(0, 3)] * 3)


@settings(deadline=None)
@given(st.lists(_PARTS, min_size=2, max_size=7), st.data())
def test_the_order_in_which_posts_come_leaves_no_trace(
    texts: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    """Sketches of three parts, of which two in common make them alike."""
    known = [Text(f"id{number}", 1, "", f"sha{number}", "") for number in range(len(texts))]
    put = [
        (each.sha256, Sketch(b"".join(bytes([part]) * 168 for part in parts).ljust(512), b""))
        for each, parts in zip(known, texts)
    ]
    told = []
    for order in (put, data.draw(st.permutations(put))):
        with closing(Reprints(None)) as reprints:
            for each in order:
                reprints.put([each])
            assert reprints.compare(known) == 0
            told.append((reprints.duplicates(), sorted(reprints._connection.iterdump())))
    assert told[0] == told[1]


def test_nothing_is_read_twice(store: Store) -> None:
    read: list[str] = []

    def reading_text(body: str) -> str:
        read.append(body)
        return reading.text(body)

    watcher = clustering.Watcher(pytest.fail, lambda _: None, lambda _: None)
    reader = READER._replace(text=reading_text)
    for _ in range(2):
        assert clustering.duplicates(store, reader, watcher) == {B: A}
        assert len(read) == 3


@pytest.mark.parametrize("content", [b"", b"rotten" * 1000, b"SQLite format 3\0" + b"\1" * 5000])
def test_a_file_that_is_none_is_made_anew(store: Store, content: bytes) -> None:
    (store.root / clustering.NAME).write_bytes(content)
    found, notes = noted(store)
    assert found == {B: A}
    assert len(notes) == bool(content)
    assert asked(store) == {B: A}


def test_a_file_of_another_version_is_made_anew(store: Store) -> None:
    asked(store)
    with closing(sqlite3.connect(store.root / clustering.NAME)) as connection, connection:
        connection.execute("UPDATE about SET value = '0'")
    found, (note,) = noted(store)
    assert found == {B: A}
    assert "of version 0" in note


def test_beside_another_process_the_same_is_said(store: Store) -> None:
    held = lock.acquire(store.root, "reprints")
    try:
        assert asked(store) == {B: A}
        assert not (store.root / clustering.NAME).exists()
        with pytest.raises(Locked):
            asked(store, anew=True)
        (store.root / clustering.NAME).write_bytes(b"rotten" * 1000)
        assert asked(store) == {B: A}
    finally:
        held.release()
    noted(store)
    put(store, C, text(5, 6, 7, 8, 9), T0 + HOUR, T0)
    held = lock.acquire(store.root, "reprints")
    try:
        assert asked(store) == {B: A, C: D}
    finally:
        held.release()


def test_a_disk_that_is_full_does_not_matter(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put_really = Reprints.put

    def full(reprints: Reprints, *sketches: object) -> None:
        if "memory" not in str(reprints._path):
            raise StorageError("full")
        put_really(reprints, *sketches)  # type: ignore[arg-type]

    monkeypatch.setattr(Reprints, "put", full)
    assert asked(store) == {B: A}
    with pytest.raises(StorageError):
        asked(store, anew=True)


def test_an_archive_that_only_can_be_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise StorageError("read-only")

    monkeypatch.setattr(lock, "acquire", refuse)
    assert asked(store) == {B: A}
    assert not (store.root / clustering.NAME).exists()


def test_a_post_that_cannot_be_read_is_in_no_cluster(store: Store) -> None:
    next((store.root / "posts").rglob(f"*{A}.html")).write_bytes(b"rotten")
    assert asked(store) == {}


def test_on_another_database(ledger: Ledger, tmp_path: Path) -> None:
    store = Store(tmp_path / "archive", ledger)
    put(store, B, text(1, 2, 3, 4, 9), T0 + HOUR, T0 + HOUR)
    put(store, A, text(1, 2, 3, 4), T0, T0 + 2 * HOUR)
    assert asked(store) == {B: A}
    assert asked(store, T0 + HOUR) == {}
