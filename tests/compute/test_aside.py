"""Calls in a second process: what comes back, and what becomes of them where it dies."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from newsarchive import clock
from newsarchive.compute import aside, server
from newsarchive.compute.aside import Aside
from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import Article, Link
from newsarchive.pipelines import cleaning
from newsarchive.spiders import pages
from tests.compute.processes import ended, imported, orphan, runs
from tests.conftest import FIXTURES

pytestmark = pytest.mark.skipif(os.name != "posix", reason="no second process on Windows")


@asynccontextmanager
async def second() -> AsyncIterator[Aside]:
    calls = Aside(beside=True)
    try:
        yield calls
    finally:
        calls.close()


async def told(*calls: tuple[Callable[..., Any], tuple[Any, ...]]) -> list[Any]:
    """What each call gives, or raises, all of them made at once."""
    async with second() as ask:
        made = [ask(function, *arguments) for function, arguments in calls]
        return await asyncio.gather(*made, return_exceptions=True)


def test_results_come_back_in_their_order() -> None:
    texts = [f"{number}" * 100_000 for number in range(20)]
    found = asyncio.run(told(*((str.encode, (text,)) for text in texts)))
    assert found == [text.encode() for text in texts]


def test_it_is_another_process_or_this_one() -> None:
    (there,) = asyncio.run(told((os.getpid, ())))
    assert there != os.getpid()
    assert asyncio.run(Aside(beside=False)(os.getpid)) == os.getpid()


def test_what_is_raised_is_raised_here() -> None:
    article = Article("题", "<p></p>")
    bad, fault = asyncio.run(told((cleaning.clean, (article, "full")), (int, ("x",))))
    assert isinstance(bad, BadInput)
    assert (bad.reason, bad.detail) == (Reason.NO_BODY, "nothing is left of it")
    assert str(bad) == "no_body: nothing is left of it"
    assert isinstance(fault, ValueError)


def test_what_cannot_travel_is_told_to_who_asked_and_the_others_are_made() -> None:
    async def calls() -> list[Any]:
        async with second() as ask:
            made = [ask(len, "a"), ask(len, lambda: None), ask(len, "abc")]
            return await asyncio.gather(*made, return_exceptions=True)

    first, bad, last = asyncio.run(calls())
    assert (first, last) == (1, 3)
    assert isinstance(bad, (AttributeError, pickle.PicklingError))


@pytest.mark.parametrize("size", [1, 3, 5, 1_000])
def test_answers_come_in_pieces(size: int) -> None:
    told: list[tuple[Any, ...]] = []

    async def pieces() -> None:
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        answers = aside._Answers(lambda *answer: told.append(answer), ended)
        sent = b"".join(map(server.message, [("a", None), ("b" * 500, None), ("", None)]))
        for start in range(0, len(sent), size):
            answers.data_received(sent[start : start + size])
        assert not ended.done()
        answers.data_received(server.HEAD.pack(1) + b"?")
        with pytest.raises(pickle.UnpicklingError):
            await ended
        answers.connection_lost(None)

    asyncio.run(pieces())
    assert told == [("a", None), ("b" * 500, None), ("", None)]


def test_a_page_read_there_is_as_one_read_here() -> None:
    page = (FIXTURES / "pages" / "t4_2021_finance" / "page.html").read_bytes()
    link = Link("kqtesta0000501", "https://finance.sina.com.cn/doc-ikqtesta0000501.shtml")
    answer = pages.Answer(page, "", link.url, clock.now())
    here = cleaning.clean(pages.page(answer, link), "full")

    async def there() -> Article:
        async with second() as ask:
            return await ask(cleaning.clean, await ask(pages.page, answer, link, None), "full")

    assert asyncio.run(there()) == here


def test_the_call_that_kills_it_is_a_miss_and_the_others_are_made() -> None:
    first, seventh, second_, aborted = asyncio.run(
        told((str.upper, ("a",)), (os._exit, (7,)), (str.upper, ("b",)), (os.abort, ()))
    )
    assert (first, second_) == ("A", "B")
    for killed, status in ((seventh, 7), (aborted, -signal.SIGABRT)):
        assert isinstance(killed, BadInput)
        assert killed.reason is Reason.INTERNAL
        assert killed.detail == f"the process that read it ended with {status}"


def _dies_once(mark: Path) -> str:
    if not mark.exists():
        mark.touch()
        os._exit(9)
    return "made"


def test_a_call_is_not_blamed_for_the_first_process_that_dies_of_it(tmp_path: Path) -> None:
    """That one may have been killed by somebody else."""
    assert asyncio.run(told((_dies_once, (tmp_path / "mark",)))) == ["made"]


def test_one_that_died_with_nothing_to_do_is_begun_again() -> None:
    async def both() -> list[int]:
        async with second() as ask:
            first = await ask(os.getpid)
            os.kill(first, signal.SIGKILL)
            while runs(first):  # noqa: ASYNC110  # nobody tells
                await asyncio.sleep(0.02)
            return [first, await ask(os.getpid)]

    first, again = asyncio.run(both())
    assert first != again


def test_signals_are_to_the_first_process() -> None:
    async def after(number: int) -> bool:
        async with second() as ask:
            pid = await ask(os.getpid)
            os.kill(pid, number)
            return await ask(os.getpid) == pid

    assert asyncio.run(after(signal.SIGTERM))
    assert asyncio.run(after(signal.SIGINT))


def test_where_none_can_be_begun_whoever_waits_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_COMMAND", ("/nonexistent/python",))
    assert [type(each) for each in asyncio.run(told((len, ("a",))))] == [FileNotFoundError]


PARENT = """
import asyncio, os
from newsarchive.compute.aside import Aside
async def main():
    print(await Aside(beside=True)(os.getpid), flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


def test_it_ends_with_the_first_process_however_that_dies() -> None:
    assert ended(orphan(PARENT))


def test_it_needs_neither_scrapy_nor_a_database() -> None:
    loaded = imported(
        "from newsarchive.spiders import pages", "from newsarchive.pipelines import cleaning"
    )
    assert not {"scrapy", "twisted", "sqlalchemy"} & loaded
