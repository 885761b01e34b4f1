"""The 7x24 feed."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from newsarchive.exceptions import BadInput, Reason
from newsarchive.sina import flash


def answer(*rows: object) -> str:
    result = {"status": {"code": 0}, "data": {"feed": {"list": list(rows)}}}
    return json.dumps({"result": result})


def row(**changes: Any) -> dict[str, Any]:
    return {
        "id": 101,
        "zhibo_id": 152,
        "rich_text": "【测试标题】测试正文第一句。第二句。",
        "create_time": "2026-09-01 08:34:51",
        "update_time": "2026-09-01 08:36:56",
        "is_delete": 0,
        "ext": json.dumps(
            {
                "stocks": [
                    {"market": "cn", "symbol": "sh609001"},
                    {"market": "us", "symbol": "qzxa"},
                    {"market": "hk", "symbol": "09901"},
                    {"market": "fund", "symbol": "519901"},
                ],
                "docurl": "https://finance.sina.com.cn/7x24/2026-09-01/doc-iaaaaaaa0000001.shtml",
                "docid": "aaaaaaa0000001",
            }
        ),
        "tag": [{"id": "3", "name": "公司"}, {"id": "10", "name": "A股"}],
    } | changes


def one(**changes: Any) -> Any:
    feed = flash.parse(answer(row(**changes)))
    assert len(feed.articles) == 1
    return feed.articles[0]


def test_flash_becomes_an_article() -> None:
    article = one()
    assert article.title == "测试标题"
    assert article.doc_id == "aaaaaaa0000001"
    assert article.url.endswith("/doc-iaaaaaaa0000001.shtml")
    assert article.published_at == datetime(2026, 9, 1, 0, 34, 51, tzinfo=timezone.utc)
    assert article.updated_at == datetime(2026, 9, 1, 0, 36, 56, tzinfo=timezone.utc)
    assert article.symbols == ["sh609001", "usstock:QZXA", "hkstock:09901", "fund:519901"]
    assert article.keywords == ["公司", "A股"]
    assert "测试正文第一句。第二句。" in article.body
    assert article.url in article.body


def test_staff_are_not_kept() -> None:
    article = one(creator="somebody@staff.example")
    assert "staff" not in article.body + article.source + article.editor


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("没有方括号的快讯。第二句。", "没有方括号的快讯"),
        ("【】空标题", "【】空标题"),
        ("  【前有空格】正文", "前有空格"),
        ("【快讯】第一句。第二句。", "快讯：第一句"),
        ("【标题只有一半 正文", "【标题只有一半 正文"),
    ],
)
def test_title(text: str, title: str) -> None:
    assert one(rich_text=text).title == title


@pytest.mark.parametrize("ext", ["", "not json", "[]", "null", None, "{}"])
def test_flash_without_a_document_is_named_by_its_number(ext: object) -> None:
    article = one(ext=ext, docurl="")
    assert article.doc_id == "live-152-101"
    assert article.url == ""


def test_markup_in_a_flash_is_text() -> None:
    assert "<script>" not in one(rich_text="【a】<script>alert(1)</script>").body


def test_hostile_docurl_and_docid_are_not_taken() -> None:
    ext = json.dumps({"docurl": "javascript:alert(1)", "docid": "../../etc"})
    article = one(ext=ext)
    assert article.doc_id == "live-152-101"
    assert article.url == ""
    assert "javascript" not in article.body


def test_pictures() -> None:
    multimedia = json.dumps({"img_url": ["https://n.sinaimg.cn/a.jpg"]})
    assert '<img src="https://n.sinaimg.cn/a.jpg">' in one(multimedia=multimedia).body


def test_deleted_flashes_are_left_out_and_empty_ones_counted() -> None:
    feed = flash.parse(answer(row(is_delete=1), row(rich_text=" ", id=7), row(id=8)))
    assert len(feed.articles) == 1
    assert [miss.reason for miss in feed.misses] == [Reason.NOT_ARTICLE]
    assert feed.rows == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "<html>",
        '{"result":{"status":{"code":0},"data":{}}}',
        '{"result":{"status":{"code":1},"data":{"feed":{"list":[]}}}}',
        '{"result":{"status":{"code":0},"data":{"feed":{"list":{}}}}}',
    ],
)
def test_answer_that_is_no_feed(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        flash.parse(text)
    assert caught.value.reason is Reason.BAD_LISTING


def test_real_flashes(shared: Path) -> None:
    for name in ("zhibo_feed_item_2019-10-19.json", "zhibo_feed_item_2025-04-21.json"):
        item = json.loads((shared / "sina/api" / name).read_text("utf-8"))
        (article,) = flash.parse(answer(item)).articles
        assert article.title
        assert "【" not in article.title
        assert article.doc_id == json.loads(item["ext"])["docid"]
        assert article.published_at is not None
        assert article.symbols
        assert article.keywords
    envelope = (shared / "sina/api/zhibo_feed_envelope_2025-12-25.json").read_text("utf-8")
    assert flash.parse(envelope).rows == 1
