"""The last stage: durable, then told; trouble with the storage ends the run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from newsarchive import clock
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.store import Outcome, Store
from newsarchive.clock import UTC
from newsarchive.exceptions import BadInput, NewsarchiveError, Reason, StorageError
from newsarchive.extensions.run import Dropped, Run
from newsarchive.items import Article
from newsarchive.pipelines.body import BodyPipeline
from newsarchive.pipelines.describe import DescribePipeline
from newsarchive.pipelines.store import StorePipeline
from newsarchive.pipelines.validate import ValidatePipeline
from newsarchive.sina import article as page
from newsarchive.sina import encoding
from tests.conftest import FIXTURES

ID = "kqtesta0000501"


class FakeRun:
    """What the stage asks of a run."""

    def __init__(self, store: Store) -> None:
        self.store = store
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

    def sync(self) -> None:
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


def an_article(body: str = "<p>文</p>", **values: Any) -> Article:
    defaults = {"doc_id": ID, "date": "Thu, 05 Aug 2021 07:54:29 GMT", "digest": body}
    return Article(title="题", body=body, **(defaults | values))


def test_captures_are_durable_before_the_ledger_names_them(run: FakeRun) -> None:
    stage(run).process_item(an_article(warc_file="a.warc.gz", warc_offset=7))
    assert run.known_at_sync == [False]
    assert run.store.ledger.article(ID) is not None


def test_outcomes_are_told(run: FakeRun) -> None:
    last = stage(run)
    for body in ("<p>一</p>", "<p>一</p>", "<p>二</p>"):
        article = an_article(body)
        assert last.process_item(article) is article
        assert run.articles[-1] is article
        assert (run.store.root / article.path).is_file()
    assert run.outcomes == [Outcome.NEW, Outcome.UNCHANGED, Outcome.REVISED]
    assert run.faults == []


def test_the_id_of_the_list_goes_along(run: FakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def put(article: Article, linked_as: str, *_: object, late: bool) -> Outcome:
        asked.append(linked_as)
        return Outcome.NEW

    monkeypatch.setattr(run.store, "put", put)
    stage(run).process_item(an_article(linked_as="kqtesta0000502"))
    assert asked == ["kqtesta0000502"]


def test_trouble_with_the_storage_ends_the_run(
    run: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put(article: Article, *_: object, late: bool) -> Outcome:
        raise StorageError("disk full")

    monkeypatch.setattr(run.store, "put", put)
    with pytest.raises(DropItem) as raised:
        stage(run).process_item(an_article())
    assert [str(fault) for fault in run.faults] == ["disk full"]
    assert run.outcomes == []
    # The article is not to blame: no miss, so that its link stays to do.
    assert not isinstance(raised.value, Dropped)


def test_a_post_that_cannot_be_written_is_a_miss(run: FakeRun) -> None:
    with pytest.raises(Dropped) as raised:
        stage(run).process_item(an_article(comments="false\nevil: true"))
    assert raised.value.miss.reason is Reason.BAD_FRONT_MATTER
    assert isinstance(raised.value.__cause__, BadInput)
    assert (run.outcomes, run.faults) == ([], [])


def test_a_hostile_id_does_not_pass(run: FakeRun) -> None:
    with pytest.raises(ValueError, match="no document id"):
        stage(run).process_item(an_article(doc_id="../../x"))
    assert run.outcomes == []


def test_a_page_on_its_whole_way(run: FakeRun) -> None:
    data = (FIXTURES / "pages" / "t4_2021_finance" / "page.html").read_bytes()
    article = page.parse(encoding.decode(data)[0])
    article.channel = "china"
    for each in (ValidatePipeline(), BodyPipeline(), DescribePipeline(), stage(run)):
        assert each.process_item(article) is article
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
