"""The small Sina's 7x24 feed."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from newsarchive.demo.articles import SHANGHAI, load_articles
from newsarchive.demo.feed import TAGS, flash_articles, load_flashes
from tests.demo.helpers import get, text_of

FEED = "https://zhibo.sina.com.cn/api/zhibo/feed?zhibo_id={}&tag_id={}&page={}&page_size={}"


def feed(zhibo_id: int = 152, tag: int = 0, page: int = 1, size: int = 20) -> dict[str, Any]:
    result = json.loads(get(FEED.format(zhibo_id, tag, page, size)).body)["result"]
    assert result["status"] == {"code": 0, "msg": "OK"}
    found: dict[str, Any] = result["data"]["feed"]
    return found


def all_rows() -> list[dict[str, Any]]:
    return [row for page in (1, 2, 3) for row in feed(page=page)["list"]]


def extras(row: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(row["ext"]) if row["ext"] else {}
    return found


def test_pages_give_every_flash_once_newest_first() -> None:
    rows = all_rows()
    assert len(rows) == len(load_flashes()) >= 45
    numbers = [row["id"] for row in rows]
    assert numbers == sorted(set(numbers), reverse=True)
    clocks = [row["create_time"] for row in rows]
    assert clocks == sorted(clocks, reverse=True)
    assert feed(page=4)["list"] == []


def test_a_page_says_where_it_is() -> None:
    second = feed(page=2)
    assert second["page_info"]["page"] == 2
    assert second["page_info"]["pageSize"] == 20
    assert second["page_info"]["totalNum"] == len(load_flashes())
    assert second["page_info"]["totalPage"] == 3
    assert second["max_id"] == second["list"][0]["id"]
    assert second["min_id"] == second["list"][-1]["id"]


def test_sizes() -> None:
    assert len(feed(size=500)["list"]) == 20
    assert len(feed(size=0)["list"]) == 1
    address = "https://zhibo.sina.com.cn/api/zhibo/feed?zhibo_id=152"
    assert get(f"{address}&pagesize=7").body.count(b'"rich_text"') == 7
    assert get(address).body.count(b'"rich_text"') == 10


def test_jsonp_and_the_way_php_writes() -> None:
    url = FEED.format(152, 0, 1, 3)
    plain, wrapped = get(url), get(f"{url}&callback=cb")
    assert wrapped.body == b"try{cb(" + plain.body + b");}catch(e){};"
    assert wrapped.headers["Content-Type"] == "text/javascript"
    assert plain.body.isascii()
    assert not re.search(rb"(?<!\\)/", plain.body)


@pytest.mark.parametrize("zhibo_id", [151, 153, 0])
def test_other_feeds_are_empty(zhibo_id: int) -> None:
    answer = feed(zhibo_id)
    assert answer["list"] == []
    assert answer["page_info"]["totalNum"] == 0


def test_tags() -> None:
    rows = all_rows()
    assert {tag["name"] for row in rows for tag in row["tag"]} == set(TAGS)
    companies = feed(tag=3)["list"]
    assert 0 < len(companies) < len(rows)
    assert all({"id": "3", "name": "公司"} in row["tag"] for row in companies)


def test_flashes_are_of_every_kind() -> None:
    rows = all_rows()
    assert {type(row["ext"]) for row in rows} == {str}
    assert sum(not row["rich_text"].startswith("【") for row in rows) >= 5
    assert sum(row["is_delete"] for row in rows) == 1
    assert sum(row["rich_text"] == "" for row in rows) == 1
    assert sum(row["ext"] == "" for row in rows) >= 2
    assert sum("docid" in extras(row) for row in rows) > 0.8 * len(rows)
    assert any("\n" in row["rich_text"] for row in rows)
    assert any("<" in row["rich_text"] and "&" in row["rich_text"] for row in rows)
    markets = {stock["market"] for row in rows for stock in extras(row).get("stocks", ())}
    assert markets == {"cn", "hk", "us", "fund", "foreign"}
    (pictures,) = (json.loads(row["multimedia"]) for row in rows if row["multimedia"])
    assert [get(url).status for url in pictures["img_url"]] == [200]


def test_flashes_with_a_page_have_it_under_both_addresses() -> None:
    articles = {article.doc_id: article for article in flash_articles()}
    rows = [row for row in all_rows() if "docid" in extras(row)]
    assert len(rows) == len(articles)
    for row in rows:
        known = extras(row)
        article = articles[known["docid"]]
        assert known["docurl"] == article.url
        day = row["create_time"][:10]
        assert article.url.endswith(f".com.cn/7x24/{day}/doc-i{article.doc_id}.shtml")
        assert row["docurl"].endswith(f".sina.cn/7x24/{day}/detail-i{article.doc_id}.d.html")
        tree = LexborHTMLParser(get(article.url).body.decode())
        assert text_of(tree, "h1.main-title") == article.title
        assert article.title in row["rich_text"]
        assert article.paragraphs[0] in text_of(tree, "#artibody")
        assert get(row["docurl"]).status == 200


def test_ids_clocks_and_texts_are_of_their_own() -> None:
    flashes = load_flashes()
    ids = [flash.doc_id for flash in flashes if flash.doc_id]
    assert all(re.fullmatch(r"[a-z]{7}\d{7}", doc_id) for doc_id in ids)
    assert not set(ids) & {article.doc_id for article in load_articles()}
    assert len(set(ids)) == len(ids)
    assert len({flash.text for flash in flashes}) == len(flashes)
    assert any(
        flash.created == datetime(2026, 9, 10, 0, 0, 3, tzinfo=SHANGHAI) for flash in flashes
    )
    for row in all_rows():
        assert row["create_time"] <= row["update_time"]
