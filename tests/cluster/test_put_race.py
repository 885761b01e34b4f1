"""Two workers that were handed the same article, at the same moment."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from newsarchive.archive import access
from newsarchive.archive.crew import Crew
from newsarchive.archive.entry import Entry, Outcome
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.store import Store
from newsarchive.exceptions import BadInput, StorageError
from newsarchive.items import Article
from tests.cluster.servers import Postgres
from tests.fork import PATIENCE

ID = "kknscsi1234567"
NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)

Stores = list[Store]


def an_article(number: int, title: str = "", at: int = 0) -> Article:
    found = Article(title or f"标题 {number}", f"<p>text {number}</p>\n", doc_id=ID)
    found.url, found.origin, found.layout = "https://finance.sina.com.cn/x", "crawl", "2016"
    found.digest, found.date = f"{number}" * 64, "Fri, 06 Aug 2021 08:00:00 GMT"
    found.fetched_at = found.first_seen_at = NOW + timedelta(seconds=at or number)
    return found


@pytest.fixture
def stores(database: str, tmp_path: Path) -> Iterator[Stores]:
    opened = []
    for name in ("one", "two"):
        ledger = Ledger(database)
        ledger.share(name, 30)
        ledger.hold()
        Crew(ledger, "crawl", 30).join("s", {}, None, {"run": name, "host": "", "pid": 1})
        opened.append(Store(tmp_path, ledger))
    yield opened
    for store in opened:
        store.close()


def together(stores: Stores, articles: list[Article]) -> list[object]:
    """What each store says of its article, all being put at once."""
    outcomes: list[object] = [None] * len(articles)
    barrier = threading.Barrier(len(articles))

    def put(number: int) -> None:
        barrier.wait()
        entry = Entry(articles[number], ID, late=True)
        try:
            (outcomes[number],) = stores[number].put_all([entry])
        except StorageError as error:
            outcomes[number] = error

    threads = [threading.Thread(target=put, args=(number,)) for number in range(len(articles))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return outcomes


def check(store: Store, texts: int) -> None:
    """The ledger has so many versions, each a text of its own in its file, and nothing strays."""
    versions = store.ledger.history(ID)
    assert [row["revision"] for row in versions] == list(range(1, texts + 1))
    files = {path: path.read_bytes() for path in store.root.rglob("*.html")}
    for row in versions:
        data = files.pop(store.root / row["path"])
        assert hashlib.sha256(data).hexdigest() == row["sha256"]
    assert files == {}
    assert not list((store.root / ".newsarchive").glob("*"))


def test_the_same_page_twice(stores: Stores) -> None:
    outcomes = together(stores, [an_article(1, at=1), an_article(1, at=2)])
    assert sorted(map(str, outcomes)) == [str(Outcome.NEW), str(Outcome.UNCHANGED)]
    check(stores[0], 1)


@pytest.mark.parametrize("known", [False, True])
def test_two_versions_at_once(stores: Stores, known: bool) -> None:
    """Both are kept, or the older one comes too late; never one without a trace."""
    if known:
        stores[0].put(an_article(1))
    outcomes = together(stores, [an_article(2, "甲"), an_article(3, "乙")])
    late = [outcome for outcome in outcomes if isinstance(outcome, BadInput)]
    assert not [outcome for outcome in outcomes if isinstance(outcome, StorageError)]
    check(stores[0], 2 + known - len(late))


def test_a_worker_without_its_lock_undoes_nothing(
    stores: Stores, postgres_server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit fails with the connection: what is at the path may be another worker's by now."""
    one, two = stores
    one.put(an_article(1))
    add = one.ledger.add

    def lost(*told: object) -> None:
        one.ledger.cut()
        add(*told)  # type: ignore[arg-type]

    monkeypatch.setattr(one.ledger, "add", lost)
    with pytest.raises(StorageError):
        one.put(an_article(2, at=5), late=True)
    assert two.put(an_article(2, at=6), late=True) is Outcome.REVISED
    check(two, 2)


@pytest.mark.parametrize("step", range(9))
def test_a_worker_that_is_stopped_at_any_step_and_goes_on_changes_nothing(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """What it had begun to write is another's by then, who went on with it."""
    one, two = stores
    one.put(an_article(1))
    seconds, left, real = 0.0, step, os.fsync

    def stop() -> None:
        nonlocal seconds
        one.ledger.cut()  # as the server does with a session that says nothing for a lease
        assert two.put(an_article(3, at=6), late=True) is Outcome.REVISED
        seconds = 31

    def syncing(descriptor: int) -> None:
        nonlocal left
        left -= 1
        real(descriptor)
        if left == 0:
            stop()

    read = one._files.read

    def reading(path: str) -> bytes:
        nonlocal left
        data = read(path)
        if step == 0 and left == 0:
            left = -1
            stop()
        return data

    monkeypatch.setattr(access, "_clock", lambda: time.monotonic() + seconds)
    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(one._files, "read", reading)
    with pytest.raises(StorageError):
        one.put(an_article(2, at=5), late=True)
    assert seconds, "it was stopped"
    two._exchange.settle()
    check(two, 2)


def test_a_worker_that_is_not_alive_writes_nothing(
    stores: Stores, make: Callable[..., None]
) -> None:
    make("UPDATE worker SET beat = 0 WHERE name = 'one'")
    with pytest.raises(StorageError, match="silent"):
        stores[0].put(an_article(1))
    assert not list(stores[0].root.rglob("*.html"))
