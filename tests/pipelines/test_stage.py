"""What all stages share: a bad input drops the item, and the miss says why."""

from __future__ import annotations

import pytest
from scrapy.exceptions import DropItem

from newsarchive.exceptions import BadInput, Reason
from newsarchive.extensions.run import Dropped
from newsarchive.items import Article, Miss
from newsarchive.pipelines.stage import Stage

URL = "https://finance.sina.com.cn/roll/2021-08-05/doc-ikqtesta0000501.shtml"


class Refusing(Stage):
    def process(self, article: Article) -> None:
        raise BadInput(Reason.TRUNCATED, "at byte 7")


class Marking(Stage):
    def process(self, article: Article) -> None:
        article.title += "!"


class Crashing(Stage):
    def process(self, article: Article) -> None:
        raise RuntimeError("a fault of ours")


def test_an_item_goes_on_as_itself() -> None:
    article = Article("题", "文")
    assert Marking().process_item(article) is article
    assert article.title == "题!"


@pytest.mark.parametrize(
    ("article", "subject", "doc_id"),
    [
        (Article("题", "文", doc_id="a", url=URL), URL, "a"),
        (Article("题", "文", doc_id="a", linked_as="b", url=URL), URL, "b"),
        (Article("题", "文", url=URL, path="posts/x.html"), "posts/x.html", ""),
        (Article("题", "文"), "", ""),
    ],
)
def test_a_bad_input_is_dropped_with_its_miss(article: Article, subject: str, doc_id: str) -> None:
    with pytest.raises(Dropped) as raised:
        Refusing().process_item(article)
    assert raised.value.miss == Miss(subject, Reason.TRUNCATED, "at byte 7", doc_id)
    assert str(raised.value) == "truncated: at byte 7"
    assert isinstance(raised.value.__cause__, BadInput)


def test_what_is_dropped_is_dropped_for_scrapy() -> None:
    assert issubclass(Dropped, DropItem)
    assert str(Dropped(Miss("x", Reason.NO_BODY))) == "no_body"


def test_a_fault_of_ours_is_not_hidden() -> None:
    with pytest.raises(RuntimeError):
        Crashing().process_item(Article("题", "文"))


def test_a_stage_without_work_says_so() -> None:
    with pytest.raises(NotImplementedError):
        Stage().process_item(Article("题", "文"))
