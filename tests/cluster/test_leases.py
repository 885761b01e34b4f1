"""Who does what: claims, leases that end, the end of a crawl, over a PostgreSQL of our own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa

from newsarchive import clock
from newsarchive.archive.leases import Leases
from newsarchive.archive.ledger import Ledger
from newsarchive.exceptions import BadArgument, Locked, Reason, StorageError
from newsarchive.items import Link
from tests.fork import PATIENCE

T0 = datetime(2026, 1, 1, tzinfo=timezone.utc)
IDS = [f"kknscsi{number:07}" for number in range(20)]
TOLD = {"run": "run", "host": "here", "pid": 1}

Worker = tuple[Ledger, Leases]


def links(*doc_ids: str) -> list[Link]:
    return [Link(doc_id, f"https://finance.sina.com.cn/{doc_id}") for doc_id in doc_ids]


@pytest.fixture
def worker(database: str) -> Iterator[Callable[..., Worker]]:
    opened: list[Ledger] = []

    def make(name: str, seconds: float = 30, limit: int | None = None, **arguments: str) -> Worker:
        ledger = Ledger(database)
        opened.append(ledger)
        ledger.share(name, seconds)
        ledger.hold()
        leases = Leases(ledger, "crawl", seconds)
        leases.join("sina_finance", arguments, limit, TOLD)
        return ledger, leases

    yield make
    for ledger in opened:
        ledger.close()


def ids(claimed: list[Link]) -> set[str]:
    return {link.doc_id for link in claimed}


def test_no_two_workers_have_the_same_document(worker: Callable[..., Worker]) -> None:
    ledger, one = worker("one")
    _, two = worker("two")
    ledger.add_links(links(*IDS), T0)
    first, second = ids(one.claim(12)), ids(two.claim(12))
    assert first | second == set(IDS)
    assert not first & second
    assert one.claim(12) == two.claim(12) == []


def test_many_claim_at_once(worker: Callable[..., Worker]) -> None:
    workers = [worker(f"w{number}") for number in range(4)]
    workers[0][0].add_links(links(*IDS), T0)
    got: list[str] = []

    def claim(leases: Leases) -> None:
        while found := leases.claim(1):
            got.extend(ids(found))

    threads = [threading.Thread(target=claim, args=(leases,)) for _, leases in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == IDS


def test_what_a_silent_worker_had_is_taken_up_and_it_writes_no_more(
    worker: Callable[..., Worker], passed: Callable[[float], None]
) -> None:
    ledger, one = worker("one")
    ledger.add_links(links(*IDS[:3]), T0)
    assert len(one.claim(3)) == 3
    passed(31)
    _, two = worker("two")
    with pytest.raises(StorageError, match="silent"):
        one.beat({})
    assert ids(two.claim(3)) == set(IDS[:3])
    with pytest.raises(StorageError, match="silent"), ledger.alone({IDS[0]}):
        pytest.fail("it was let in")


def test_a_beat_keeps_what_is_in_hand(
    worker: Callable[..., Worker], passed: Callable[[float], None]
) -> None:
    ledger, one = worker("one", 300)
    _, two = worker("two", 300)
    ledger.add_links(links(*IDS[:3]), T0)
    one.claim(3)
    for _ in range(2):
        passed(200)
        assert one.beat({"archived": 1}) is None
        assert two.claim(3) == []


def test_a_connection_that_is_idle_for_a_lease_is_cut(worker: Callable[..., Worker]) -> None:
    """One that is stopped, not dead, must not hold a document's lock for ever."""
    _, one = worker("one", 2)
    time.sleep(2.5)
    with pytest.raises(StorageError, match=r"idle-session|connection"):
        one.beat({})


def test_one_that_is_stopped_inside_a_transaction_keeps_no_lock_either(
    worker: Callable[..., Worker],
) -> None:
    ledger, _ = worker("one", 1)
    other, two = worker("two")
    ledger.add_links(links(*IDS[:3]), T0)
    with ledger.alone({IDS[0]}), suppress(StorageError), ledger._transaction() as connection:
        connection.execute(sa.text("SELECT 1 FROM crawl FOR UPDATE"))
        try:
            with other.alone({IDS[0]}):
                claimed = ids(two.claim(3))
        except StorageError as error:
            pytest.fail(f"the other one waits in vain: {error}")
        with pytest.raises(StorageError, match=r"idle-in-transaction|connection"):
            ledger.article(IDS[0])
    assert claimed == set(IDS[:3])


def test_hints_come_first_and_decide_nothing(worker: Callable[..., Worker]) -> None:
    ledger, one = worker("one")
    ledger.add_links(links(*IDS), T0)
    assert ids(one.claim(2, [IDS[7], IDS[9], "nosuch"])) == {IDS[7], IDS[9]}
    assert len(one.claim(3, [IDS[7], "nosuch"])) == 3


def test_what_failed_is_not_claimed_again_in_the_same_crawl(worker: Callable[..., Worker]) -> None:
    ledger, one = worker("one")
    ledger.add_links(links(IDS[0]), T0)
    one.claim(1)
    ledger.missed(IDS[0], Reason.NETWORK, "", 5, clock.now() + timedelta(milliseconds=2))
    one.finish(IDS[0])
    assert one.claim(1) == []
    one.lead()
    one.lists_read(0)
    assert one.is_over()
    one.leave({})
    _, two = worker("two")
    assert ids(two.claim(1)) == {IDS[0]}


def test_the_limit_is_the_crawl_s(worker: Callable[..., Worker]) -> None:
    ledger, one = worker("one", limit=5)
    _, two = worker("two", limit=5)
    ledger.add_links(links(*IDS), T0)
    assert one.left() == 0
    assert len(one.claim(3)) == 3
    assert len(two.claim(3)) == 2
    one.leave({})  # and gives back what it did not do
    assert len(two.claim(9)) == 3


def test_one_reads_the_lists_and_another_goes_on(
    worker: Callable[..., Worker], passed: Callable[[float], None]
) -> None:
    _, one = worker("one")
    _, two = worker("two")
    assert one.lead()
    assert not two.lead()
    one.read("china")
    passed(31)
    assert two.lead()
    assert two.done() == ["china"]
    two.lists_read(0)
    assert two.is_over()


def test_a_crawl_is_over_when_nothing_waits_and_nobody_works(worker: Callable[..., Worker]) -> None:
    ledger, one = worker("one")
    _, two = worker("two")
    ledger.add_links(links(IDS[0]), T0)
    assert not two.is_over()  # lists are unread
    one.lead()
    one.lists_read(0)
    assert not two.is_over()  # a link waits
    one.claim(1)
    assert not two.is_over()  # it is being asked for
    ledger.missed(IDS[0], Reason.NO_BODY, "", 1, clock.now())
    one.finish(IDS[0])
    assert one.is_over()
    assert two.is_over()


def test_a_crawl_is_not_over_while_its_last_page_is_in_hand(worker: Callable[..., Worker]) -> None:
    ledger, one = worker("one", limit=1)
    _, two = worker("two", limit=1)
    ledger.add_links(links(*IDS[:2]), T0)
    one.lead()
    one.lists_read(0)
    (last,) = one.claim(1)
    assert not two.is_over()
    one.finish(last.doc_id)
    assert one.is_over()


def test_who_joins_has_the_same_arguments(worker: Callable[..., Worker]) -> None:
    worker("one", channels="china")
    with pytest.raises(BadArgument, match="channels=china"):
        worker("two", channels="hk")
    worker("three", channels="china")


def test_a_crawl_that_all_its_workers_left_goes_on(
    worker: Callable[..., Worker], passed: Callable[[float], None]
) -> None:
    ledger, one = worker("one", limit=5, channels="china")
    ledger.add_links(links(*IDS), T0)
    assert len(one.claim(3)) == 3
    one.lead()
    one.read("china")
    passed(31)  # it died
    _, two = worker("two", limit=5, channels="china")
    assert two.generation == one.generation
    assert two.done() == ["china"]
    assert len(two.claim(9)) == 2  # what the first one left of the limit
    passed(31)
    _, three = worker("three", limit=5, channels="hk")  # another crawl, and nobody is in the way
    assert three.generation != one.generation
    assert three.done() == []


def test_a_stop_is_everybody_s(worker: Callable[..., Worker]) -> None:
    _, one = worker("one")
    _, two = worker("two")
    one.stop("the site refuses us", 4)
    two.stop("later", 1)
    assert two.beat({}) == ("the site refuses us", 4)
    assert two.claim(1) == []


def test_a_single_run_and_workers_keep_each_other_away(
    worker: Callable[..., Worker], database: str
) -> None:
    ledger, _ = worker("one")
    with closing(Ledger(database)) as single, pytest.raises(Locked):
        single.hold()
    ledger.close()
    with closing(Ledger(database)) as single:
        single.hold()
        with pytest.raises(Locked):
            worker("two")


def test_a_dead_worker_is_buried_once(
    worker: Callable[..., Worker], passed: Callable[[float], None]
) -> None:
    worker("one")
    passed(301)
    _, two = worker("two")
    _, three = worker("three")
    (dead,) = two.dead()
    assert dead.name == "one"
    assert three.dead() == []
    two.bury(dead)
    assert three.dead() == two.dead() == []


def test_the_same_document_is_written_by_one_at_a_time(worker: Callable[..., Worker]) -> None:
    one, _ = worker("one")
    two, _ = worker("two")
    inside: list[Any] = []

    def write(ledger: Ledger, documents: list[str]) -> None:
        for _ in range(20):
            with ledger.alone(documents):
                inside.append(1)
                assert len(inside) == 1
                ledger.article(documents[0])
                inside.pop()

    threads = [
        threading.Thread(target=write, args=(one, IDS[:3])),
        threading.Thread(target=write, args=(two, IDS[2::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not inside


def test_links_found_in_opposite_orders_do_not_wait_in_a_ring(
    worker: Callable[..., Worker],
) -> None:
    one, _ = worker("one")
    two, _ = worker("two")
    many = [f"kknscsi{number:07}" for number in range(400)]
    failed: list[StorageError] = []

    def add(ledger: Ledger, doc_ids: list[str]) -> None:
        try:
            for start in range(0, 400, 100):
                ledger.add_links(links(*doc_ids[start:], *doc_ids[:start]), T0)
        except StorageError as error:
            failed.append(error)

    threads = [
        threading.Thread(target=add, args=(one, many)),
        threading.Thread(target=add, args=(two, many[::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert failed == []


def test_many_open_an_empty_database_at_once(database: str) -> None:
    failed: list[StorageError] = []

    def opened() -> None:
        try:
            Ledger(database).close()
        except StorageError as error:
            failed.append(error)

    threads = [threading.Thread(target=opened) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
