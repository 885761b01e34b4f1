"""A function of many things by several processes: the results in order, and what ends it early."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from newsarchive.compute import server
from newsarchive.compute.abreast import in_order, processes
from newsarchive.exceptions import BadInput, NewsarchiveError, Reason
from tests.compute.processes import ended, imported, orphan

pytestmark = pytest.mark.skipif(os.name != "posix", reason="no other processes on Windows")


def _slow_at_first(number: int) -> tuple[int, int]:
    time.sleep(0.2 if number == 3 else 0)
    return os.getpid(), number**2


@pytest.mark.parametrize("count", [0, 1, 3])
@pytest.mark.parametrize("alone", [0, 3, 30])
def test_results_come_in_order(count: int, alone: int) -> None:
    found = list(in_order(_slow_at_first, range(20), count, alone))
    assert [(thing, square) for thing, (_, square) in found] == [(n, n**2) for n in range(20)]
    pids = [pid for _, (pid, _) in found]
    here = alone if count else 20
    assert [pid for pid in pids if pid == os.getpid()] == pids[:here]
    assert len({*pids[here:]}) == (count if here < 20 else 0)


def test_nothing_is_begun_for_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_COMMAND", ("/nonexistent/python",))
    assert list(in_order(str, range(3), 2, alone=3)) == [(0, "0"), (1, "1"), (2, "2")]
    assert list(in_order(str, [], 2, alone=0)) == []
    with pytest.raises(NewsarchiveError, match="no process can be begun: No such file"):
        list(in_order(str, range(4), 2, alone=3))


def test_what_is_large_passes() -> None:
    """Neither waits for the other to read."""
    things = [f"{number}" * 5_000_000 for number in range(4)]
    assert list(in_order(str.encode, things, 2, 0)) == [(t, t.encode()) for t in things]


def test_no_more_is_taken_than_is_at_work() -> None:
    taken: list[int] = []

    def things() -> Iterator[int]:
        for number in range(20):
            taken.append(number)
            yield number

    for thing, _ in in_order(str, things(), 3, 0):
        assert len(taken) == min(20, thing + 1 + 3)


def test_what_is_raised_is_raised_here() -> None:
    found = in_order(_refused, range(5), 2, 0)
    assert next(found) == (0, 0)
    with pytest.raises(BadInput) as error:
        list(found)
    assert (error.value.reason, error.value.detail) == (Reason.TOO_LARGE, "1")


def _refused(number: int) -> int:
    if number:
        raise BadInput(Reason.TOO_LARGE, str(number))
    return number


def test_what_cannot_travel_is_told() -> None:
    with pytest.raises((AttributeError, pickle.PicklingError)):
        list(in_order(lambda thing: thing, range(5), 2, 0))
    with pytest.raises((AttributeError, TypeError, pickle.PicklingError)):
        list(in_order(_a_function, range(5), 2, 0))


def _a_function(_: int) -> object:
    return lambda: None


@pytest.mark.skipif(sys.version_info < (3, 11), reason="exceptions have no notes")
def test_where_a_fault_is_of_ours_it_is_told_where() -> None:
    with pytest.raises(ZeroDivisionError) as error:
        list(in_order(_fault, range(5), 2, 0))
    assert "in _fault" in "".join(getattr(error.value, "__notes__", ()))


def _fault(number: int) -> float:
    return 1 / number


def _dies(number: int) -> int:
    if number == 2:
        os._exit(7)
    return number


def _aborts(number: int) -> int:
    if number == 2:
        os.abort()
    return number


@pytest.mark.parametrize(("function", "status"), [(_dies, 7), (_aborts, -signal.SIGABRT)])
def test_one_that_dies_is_told(function: Callable[[int], int], status: int) -> None:
    found = in_order(function, range(5), 2, 0)
    assert next(found) == (0, 0)
    with pytest.raises(NewsarchiveError, match=rf"ended with {status}, at work on 2\Z"):
        list(found)


def test_one_that_was_killed_is_told_when_it_is_asked() -> None:
    found = in_order(_pid, range(5), 1, 0)
    _, pid = next(found)
    os.kill(pid, signal.SIGKILL)
    # It may have answered what it was at.
    with pytest.raises(NewsarchiveError, match=r"ended with -9, at work on [12]\Z"):
        list(found)


def _pid(_: int) -> int:
    return os.getpid()


def test_nothing_is_left_at_its_end_nor_where_it_is_given_up() -> None:
    pids = {pid for _, pid in in_order(_pid, range(5), 2, 0)}
    given_up = in_order(_pid, range(50), 2, 0)
    pids |= {pid for _, (_, pid) in zip(range(4), given_up)}
    given_up.close()  # type: ignore[attr-defined]
    assert len(pids) == 4
    assert all(map(ended, pids))


PARENT = """
import time
from newsarchive.compute.abreast import in_order
from tests.compute.test_abreast import _pid
for _, pid in in_order(_pid, iter(int, 1), 1, 0):
    print(pid, flush=True)
    time.sleep(60)
"""


def test_they_end_with_the_first_process_however_that_dies() -> None:
    assert ended(orphan(PARENT))


def test_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    for processors, count in ((1, 0), (2, 2), (3, 3), (64, 4)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, n=processors: set(range(n)))
        assert processes() == count
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert processes() == 2
    monkeypatch.setattr(os, "name", "nt")
    assert processes() == 0


def test_what_makes_rows_begins_quickly() -> None:
    """Each of the processes of an export imports this."""
    loaded = imported(
        "from newsarchive.archive import export, formats, parquet",
        "from newsarchive.sina import reading",
    )
    assert not {"scrapy", "twisted", "sqlalchemy"} & loaded
