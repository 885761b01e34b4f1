"""The last stage: durable, then told; trouble with the storage ends the run."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from newsarchive import clock
from newsarchive.archive.entry import Entry, Outcome
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.store import Store
from newsarchive.clock import UTC
from newsarchive.exceptions import BadInput, NewsarchiveError, Reason, StorageError
from newsarchive.extensions.run import Dropped, Run
from newsarchive.items import Article
from newsarchive.pipelines import store as store_stage
from newsarchive.pipelines.store import StorePipeline
from newsarchive.sina import article as page
from newsarchive.sina import encoding
from tests.conftest import FIXTURES
from tests.fork import PATIENCE
from tests.stages import staged

ID = "kqtesta0000501"


class FakeRun:
    """What the stage asks of a run."""

    in_turn: Callable[..., Awaitable[Any]]

    def __init__(self, store: Store) -> None:
        self.store = store
        self.ledger = store.ledger
        self.outcomes: list[Outcome] = []
        self.articles: list[Article] = []
        self.faults: list[NewsarchiveError] = []
        self.known_at_sync: list[bool] = []

    def archived(self, article: Article, outcome: Outcome) -> None:
        self.articles.append(article)
        self.outcomes.append(outcome)

    live = True

    def check_at(self, date: str, now: datetime) -> datetime | None:
        return clock.parse_http_date(date)

    @property
    def recording(self) -> FakeRun:
        return self

    def syncing(self) -> Callable[[], None]:
        return self._sync

    def _sync(self) -> None:
        self.known_at_sync.append(self.store.ledger.article(ID) is not None)

    def stop(self, fault: NewsarchiveError) -> None:
        self.faults.append(fault)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[FakeRun]:
    with closing(Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")) as ledger:
        yield FakeRun(Store(tmp_path / "archive", ledger))


def stage(run: FakeRun) -> StorePipeline:
    crawler = SimpleNamespace(get_extension=lambda kind: run if kind is Run else None)
    return StorePipeline.from_crawler(cast("Crawler", crawler))


def stored(run: FakeRun, *articles: Article) -> Any:
    """What becomes of *articles* that arrive together; of several the exceptions, too."""

    async def all_of_them() -> Any:
        last = stage(run)
        waiting = [last.process_item(article) for article in articles]
        if len(waiting) == 1:
            return await waiting[0]
        return await asyncio.gather(*waiting, return_exceptions=True)

    return asyncio.run(all_of_them())


def an_article(body: str = "<p>文</p>", **values: Any) -> Article:
    defaults = {"doc_id": ID, "date": "Thu, 05 Aug 2021 07:54:29 GMT", "digest": body}
    return Article(title="题", body=body, **(defaults | values))


def test_captures_are_durable_before_the_ledger_names_them(run: FakeRun) -> None:
    stored(run, an_article(warc_file="a.warc.gz", warc_offset=7))
    assert run.known_at_sync == [False]
    assert run.store.ledger.article(ID) is not None


def test_outcomes_are_told(run: FakeRun) -> None:
    for body in ("<p>一</p>", "<p>一</p>", "<p>二</p>"):
        article = an_article(body)
        assert stored(run, article) is article
        assert run.articles[-1] is article
        assert (run.store.root / article.path).is_file()
    assert run.outcomes == [Outcome.NEW, Outcome.UNCHANGED, Outcome.REVISED]
    assert run.faults == []


def test_the_id_of_the_list_goes_along(run: FakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def put_all(entries: list[Entry]) -> list[Outcome]:
        asked.extend(entry.linked_as for entry in entries)
        return [Outcome.NEW] * len(entries)

    monkeypatch.setattr(run.store, "put_all", put_all)
    stored(run, an_article(linked_as="kqtesta0000502"))
    assert asked == ["kqtesta0000502"]


def test_trouble_with_the_storage_ends_the_run(
    run: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put_all(entries: list[Entry]) -> list[Outcome]:
        raise StorageError("disk full")

    monkeypatch.setattr(run.store, "put_all", put_all)
    with pytest.raises(DropItem) as raised:
        stored(run, an_article())
    assert [str(fault) for fault in run.faults] == ["disk full"]
    assert run.outcomes == []
    # The article is not to blame: no miss, so that its link stays to do.
    assert not isinstance(raised.value, Dropped)


def test_a_post_that_cannot_be_written_is_a_miss(run: FakeRun) -> None:
    with pytest.raises(Dropped) as raised:
        stored(run, an_article(comments="false\nevil: true"))
    assert raised.value.miss.reason is Reason.BAD_FRONT_MATTER
    assert isinstance(raised.value.__cause__, BadInput)
    assert (run.outcomes, run.faults) == ([], [])


def test_a_hostile_id_does_not_pass(run: FakeRun) -> None:
    with pytest.raises(ValueError, match="no document id"):
        stored(run, an_article(doc_id="../../x"))
    assert run.outcomes == []


def test_a_page_on_its_whole_way(run: FakeRun) -> None:
    data = (FIXTURES / "pages" / "t4_2021_finance" / "page.html").read_bytes()
    article = page.parse(encoding.decode(data)[0])
    article.channel = "china"
    assert stored(run, staged(article)) is article
    assert run.outcomes == [Outcome.NEW]
    row = run.store.ledger.article(article.doc_id)
    assert row is not None
    post = run.store.read(row)
    assert post.title == "样港口岸：第二条冷链通道启用，冷藏箱等待减半"
    assert post.categories == ["金融", "新浪财经", "新浪财经－国內"]
    assert post.date == "Thu, 05 Aug 2021 07:54:29 GMT"
    assert post.headimg == post.thumbnail != ""
    row = run.store.ledger.article(ID)
    assert row is not None
    assert (row["layout"], row["symbols"], row["editor"]) == ("T4", ["sz309903"], "编辑丁")
    assert row["first_seen_at"].tzinfo is UTC


def numbered(*numbers: int, **values: Any) -> list[Article]:
    return [an_article(f"<p>{n}</p>", doc_id=f"kqtesta00005{n:02}", **values) for n in numbers]


@pytest.fixture
def batches(run: FakeRun, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many articles are stored at a time, by a disk that takes its time."""
    found: list[int] = []
    put_all = run.store.put_all

    def counted(entries: list[Entry]) -> Any:
        found.append(len(entries))
        time.sleep(0.05)
        return put_all(entries)

    monkeypatch.setattr(run.store, "put_all", counted)
    return found


def test_what_arrives_together_is_stored_together(run: FakeRun, batches: list[int]) -> None:
    assert len(stored(run, *numbered(*range(40)))) == 40
    assert batches == [32, 8]
    assert run.outcomes == [Outcome.NEW] * 40
    assert all((run.store.root / article.path).is_file() for article in run.articles)


def test_no_more_waits_than_the_disk_can_take(run: FakeRun, batches: list[int]) -> None:
    stored(run, *numbered(*range(99)))
    assert batches == [32, 32, 32, 3]


def test_what_was_stored_early_hurries_nothing_that_comes_later(
    run: FakeRun, batches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_stage, "_MOMENT", 0.05)

    async def in_turn() -> None:
        last = stage(run)
        first, second, third = map(last.process_item, numbered(1, 2, 3))
        waiting = asyncio.ensure_future(first)
        await asyncio.sleep(0)
        run.store.ledger.article(ID)  # it is stored for who asks
        await waiting
        await asyncio.sleep(0.1)  # its moment is over
        await asyncio.gather(second, third)

    asyncio.run(in_turn())
    assert batches == [1, 2]


def test_versions_that_arrive_together_stay_in_order(run: FakeRun) -> None:
    stored(run, an_article("<p>一</p>"), an_article("<p>二</p>"), an_article("<p>二</p>"))
    assert run.outcomes == [Outcome.NEW, Outcome.REVISED, Outcome.UNCHANGED]
    assert [row["revision"] for row in run.store.ledger.history(ID)] == [1, 2]


def test_who_asks_the_ledger_sees_what_waits(run: FakeRun) -> None:
    async def asked() -> Any:
        waiting = asyncio.ensure_future(stage(run).process_item(an_article()))
        await asyncio.sleep(0)
        assert run.outcomes == []
        found = run.store.ledger.article(ID)
        await waiting
        return found

    assert asyncio.run(asked()) is not None


def test_what_is_asked_in_turn_waits_for_the_batch_and_holds_up_nobody(
    run: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on, real = threading.Event(), threading.Event(), run.store.put_all

    def slowly(entries: Sequence[Entry]) -> list[Outcome | BadInput]:
        begun.set()
        assert goes_on.wait(PATIENCE)
        return real(entries)

    async def all_of_it() -> Any:
        last = stage(run)
        storing = asyncio.ensure_future(last.process_item(an_article()))
        await asyncio.to_thread(begun.wait, PATIENCE)
        asking = asyncio.ensure_future(run.in_turn(run.ledger.article, ID))
        await asyncio.sleep(0.05)  # that goes by: nobody is held up
        assert not asking.done()
        goes_on.set()
        await storing
        return await asking

    monkeypatch.setattr(run.store, "put_all", slowly)
    assert asyncio.run(all_of_it())["doc_id"] == ID


def test_the_ledger_is_asked_by_one_at_a_time(run: FakeRun) -> None:
    told: list[str] = []
    begun = threading.Event()

    def slowly() -> None:
        begun.set()
        time.sleep(0.1)
        told.append("ended")

    async def all_of_it() -> None:
        stage(run)
        asking = asyncio.ensure_future(run.in_turn(slowly))
        await asyncio.to_thread(begun.wait, PATIENCE)
        run.ledger.article(ID)
        told.append("asked")
        await asking

    asyncio.run(all_of_it())
    assert told == ["ended", "asked"]


def test_what_is_asked_in_turn_fails_who_asks(run: FakeRun) -> None:
    def fails() -> None:
        raise StorageError("locked")

    async def all_of_it() -> None:
        stage(run)
        await run.in_turn(fails)

    with pytest.raises(StorageError, match="locked"):
        asyncio.run(all_of_it())
    assert run.faults == []


def test_one_that_cannot_be_written_does_not_hold_up_the_others(run: FakeRun) -> None:
    bad = an_article(comments="false\nevil: true")
    first, miss, second = stored(run, *numbered(1), bad, *numbered(2))
    assert isinstance(miss, Dropped)
    assert {first.doc_id, second.doc_id} == {"kqtesta0000501", "kqtesta0000502"}
    assert run.outcomes == [Outcome.NEW, Outcome.NEW]


def test_a_fault_of_ours_in_one_is_no_fault_of_the_others(run: FakeRun) -> None:
    first, fault, second = stored(run, *numbered(1), an_article(doc_id="../../x"), *numbered(2))
    assert isinstance(fault, ValueError)
    assert run.outcomes == [Outcome.NEW, Outcome.NEW]
    assert run.store.ledger.article(first.doc_id)
    assert run.store.ledger.article(second.doc_id)


def test_trouble_with_the_storage_is_that_of_all(
    run: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add(*_: object) -> None:
        raise StorageError("disk full")

    monkeypatch.setattr(run.store.ledger, "add", add)
    found = stored(run, *numbered(1, 2))
    assert [type(each) for each in found] == [DropItem, DropItem]
    assert [str(fault) for fault in run.faults] == ["disk full"]
    assert run.outcomes == []


def test_where_no_thread_can_be_begun_nobody_waits_for_it(
    run: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", none)
    found = stored(run, *numbered(1, 2))
    assert [type(each) for each in found] == [RuntimeError, RuntimeError]


@pytest.mark.parametrize("hurried", [False, True], ids=["in its turn", "for who asks"])
def test_captures_that_could_not_be_synced_are_named_by_no_row(
    run: FakeRun, monkeypatch: pytest.MonkeyPatch, hurried: bool
) -> None:
    def lost() -> Callable[[], None]:
        raise StorageError("Input/output error")

    monkeypatch.setattr(run, "syncing", lost)

    async def both() -> Any:
        last = stage(run)
        waiting = asyncio.gather(*map(last.process_item, numbered(1, 2)), return_exceptions=True)
        await asyncio.sleep(0)
        if hurried:
            assert run.store.ledger.article(ID) is None
        return await waiting

    assert [type(each) for each in asyncio.run(both())] == [DropItem, DropItem]
    assert [str(fault) for fault in run.faults] == ["Input/output error"]
    assert run.store.ledger.article(ID) is None
