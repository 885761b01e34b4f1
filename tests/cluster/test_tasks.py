"""Which worker of a re-extraction reads which WARC file, over a PostgreSQL of our own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone

import pytest

from newsarchive.archive.ledger import Ledger
from newsarchive.archive.selection import ALL, Choice
from newsarchive.archive.tasks import Tasks
from newsarchive.exceptions import BadArgument
from tests.archive.samples import a_row

T0 = datetime(2026, 1, 1, tzinfo=timezone.utc)
TOLD = {"run": "run", "host": "here", "pid": 1}
#: Of each file how many versions it has.
FILES = {"a.warc.gz": 1, "b.warc.gz": 3, "c.warc.gz": 2, "": 1}

Worker = tuple[Ledger, Tasks]


@pytest.fixture
def worker(database: str) -> Iterator[Callable[..., Tasks]]:
    opened: list[Ledger] = []

    def make(name: str, choice: Choice = ALL, **arguments: str) -> Tasks:
        ledger = Ledger(database)
        opened.append(ledger)
        if len(opened) == 1:
            names = [file for file, count in FILES.items() for _ in range(count)]
            for number, file in enumerate(names):
                told = {"warc_file": file, "date": T0 + timedelta(days=number)}
                ledger.done(a_row(f"kknscsi{number:07}", **told), "")
        ledger.share(name, 30)
        ledger.hold()
        tasks = Tasks(ledger, "reextract", 30, choice=choice)
        tasks.join("reextract", arguments, None, TOLD)
        return tasks

    yield make
    for ledger in opened:
        ledger.close()


def test_the_largest_file_is_taken_first_and_none_twice(worker: Callable[..., Tasks]) -> None:
    one, two = worker("one"), worker("two")
    assert [one.claim(), two.claim(), one.claim(), two.claim()] == [
        "b.warc.gz",
        "c.warc.gz",
        "a.warc.gz",
        None,
    ]
    assert not two.is_over()  # they are being read
    for tasks, file in ((one, "b.warc.gz"), (two, "c.warc.gz"), (one, "a.warc.gz")):
        tasks.finish(file)
    assert two.is_over()
    assert one.is_over()
    assert one.claim() is None


def test_only_files_of_the_choice_are_read(worker: Callable[..., Tasks]) -> None:
    one = worker("one", Choice(since=T0 + timedelta(days=4)))
    assert one.claim() == "c.warc.gz"
    assert one.claim() is None


def test_a_file_that_another_took_over_is_not_finished_by_who_had_it(
    worker: Callable[..., Tasks], passed: Callable[[float], None]
) -> None:
    one = worker("one")
    assert one.claim() == "b.warc.gz"
    passed(31)
    two = worker("two")
    assert two.claim() == "b.warc.gz"
    one.finish("b.warc.gz")
    two.leave({})  # before it was done
    three = worker("three")
    assert three.claim() == "b.warc.gz"
    three.finish("b.warc.gz")
    three.leave({})
    assert worker("four").claim() == "c.warc.gz"


def test_what_all_left_goes_on_and_what_is_over_begins_anew(worker: Callable[..., Tasks]) -> None:
    one = worker("one")
    one.finish(str(one.claim()))
    with pytest.raises(BadArgument, match="join it as that"):
        worker("other", channel="hk")
    one.leave({})
    two = worker("two")
    assert two.generation == one.generation
    for file in ("c.warc.gz", "a.warc.gz"):
        assert two.claim() == file
        two.finish(file)
    assert two.is_over()
    two.leave({})
    three = worker("three")
    assert three.generation != one.generation
    assert three.claim() == "b.warc.gz"
