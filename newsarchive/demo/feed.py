"""The 7x24 feed `/api/zhibo/feed`: flashes of `flashes.yaml`, and the pages they have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any
from zlib import crc32

import yaml

from newsarchive.demo.articles import LOADER, SHANGHAI, DemoArticle
from newsarchive.demo.wire import answer_of, asked_for, number, php_json

FEED_HOST = "zhibo.sina.com.cn"
FEED_PATH = "/api/zhibo/feed"
ZHIBO_ID = 152
"""The one feed that has flashes; any other answers with an empty list."""

TAGS: Mapping[str, str] = {
    "宏观": "1",
    "行业": "2",
    "公司": "3",
    "数据": "4",
    "市场": "5",
    "观点": "6",
    "央行": "7",
    "其他": "8",
    "A股": "10",
    "国际": "102",
}

_MAX_SIZE = 20


@dataclass(frozen=True)
class Flash:
    """One flash. `doc_id`: of its page, '' where it has none. `bare`: its ext is empty.

    `stocks`: (market, symbol, name), market being cn, hk, us, fund or foreign.
    """

    number: int
    doc_id: str
    text: str
    created: datetime
    tags: tuple[str, ...]
    stocks: tuple[tuple[str, str, str], ...]
    pictures: tuple[str, ...]
    deleted: bool
    bare: bool

    @property
    def article(self) -> DemoArticle:
        """The flash as its page shows it."""
        headline, _, text = self.text.removeprefix("【").partition("】")
        if not self.text.startswith("【"):
            headline, text = self.text.partition("。")[0], self.text
        return DemoArticle(
            doc_id=self.doc_id,
            template="T4",
            url=f"https://finance.sina.com.cn/7x24/{self.created:%Y-%m-%d}/doc-i{self.doc_id}.shtml",
            title=headline,
            published=self.created,
            updated=None,
            source="新浪财经",
            editor=None,
            keywords=(),
            symbols=(),
            paragraphs=tuple(text.split("\n")),
            lids=(),
            extras={"promotion": False},
        )


@cache
def load_flashes() -> tuple[Flash, ...]:
    """Every flash of the feed, newest first."""
    file = files("newsarchive.demo").joinpath("flashes.yaml")
    entries = yaml.load(file.read_text("utf-8"), LOADER)  # noqa: S506
    flashes = (_flash(entry) for entry in entries)
    return tuple(sorted(flashes, key=lambda flash: flash.number, reverse=True))


@cache
def flash_articles() -> tuple[DemoArticle, ...]:
    """The pages of the flashes that have one."""
    return tuple(flash.article for flash in load_flashes() if flash.doc_id)


def feed_answer(query: str) -> tuple[str, bytes]:
    """(content type, body) of the feed's answer to `query`."""
    asked = asked_for(query)
    size = number(asked.get("page_size") or asked.get("pagesize"), 10)
    size, page = min(max(size, 1), _MAX_SIZE), max(number(asked.get("page"), 1), 1)
    known = load_flashes() if asked.get("zhibo_id") == str(ZHIBO_ID) else ()
    if tag := number(asked.get("tag_id") or asked.get("tag"), 0):
        known = tuple(flash for flash in known if str(tag) in map(TAGS.get, flash.tags))
    shown = known[(page - 1) * size : page * size]
    now = load_flashes()[0].created + timedelta(minutes=1)
    feed = {
        "list": [_row(flash) for flash in shown],
        "page_info": {
            "totalPage": -(-len(known) // size),
            "pageSize": size,
            "prePage": max(page - 1, 1),
            "nextPage": page + 1,
            "firstPage": 1,
            "lastPage": -(-len(known) // size),
            "totalNum": len(known),
            "page": page,
        },
        "max_id": max((flash.number for flash in shown), default=0),
        "min_id": min((flash.number for flash in shown), default=0),
    }
    envelope = {
        "result": {
            "status": {"code": 0, "msg": "OK"},
            "timestamp": f"{now:%a %b %d %H:%M:%S +0800 %Y}",
            "data": {"feed": feed},
        }
    }
    return answer_of(envelope, asked)


def _flash(entry: dict[str, Any]) -> Flash:
    return Flash(
        number=entry["id"],
        doc_id=entry.get("doc", ""),
        text=entry["text"].rstrip("\n"),
        created=entry["at"].replace(tzinfo=SHANGHAI),
        tags=tuple(entry["tags"]),
        stocks=tuple((market, code, name) for market, code, name in entry.get("stocks", ())),
        pictures=tuple(entry.get("pictures", ())),
        deleted=entry.get("deleted", False),
        bare=entry.get("bare", False),
    )


def _row(flash: Flash) -> dict[str, Any]:
    """A row with the fields that the feed has; the clocks are Shanghai's, without a zone."""
    page = flash.article if flash.doc_id else None
    changed = flash.created + timedelta(seconds=crc32(flash.text.encode()) % 90)
    return {
        "id": flash.number,
        "zhibo_id": ZHIBO_ID,
        "type": 0,
        "rich_text": flash.text,
        "multimedia": php_json({"img_url": flash.pictures}) if flash.pictures else "",
        "commentid": f"live:finance-{ZHIBO_ID}-{flash.number}:0",
        "compere_id": 0,
        "creator": "desk@staff.example",
        "mender": "desk@staff.example",
        "create_time": f"{flash.created:%Y-%m-%d %H:%M:%S}",
        "update_time": f"{changed:%Y-%m-%d %H:%M:%S}",
        "is_need_check": "0",
        "check_time": "1970-01-01 08:00:01",
        "check_status": "1",
        "check_user": "",
        "is_delete": int(flash.deleted),
        "top_value": 0,
        "is_focus": 0,
        "source_content_id": "0",
        "anchor_image_url": "",
        "anchor": "直播员",
        "ext": "" if flash.bare else _ext(flash, page),
        "old_live_cid": "0",
        "tab": "",
        "is_repeat": "0",
        "tag": [{"id": TAGS[name], "name": name} for name in flash.tags],
        "like_nums": 0,
        "comment_list": {"list": [], "total": 0, "thread_show": 0, "qreply": 0, "show": 0},
        "docurl": page.mobile_url if page else "",
        "rich_text_nick_to_url": [],
        "rich_text_nick_to_routeUri": [],
        "compere_info": "",
    }


def _ext(flash: Flash, page: DemoArticle | None) -> str:
    stocks = []
    for market, symbol, name in flash.stocks:
        stocks.append({"market": market, "symbol": symbol, "key": name})
        if market == "fund":
            stocks[-1]["sym_party_status"] = "0"
    known: dict[str, Any] = {"stocks": stocks, "needPushWB": False, "needCMSLink": bool(page)}
    known["needCalender"] = False
    if page:
        known |= {"docurl": page.url, "docid": page.doc_id}
    return php_json(known)
