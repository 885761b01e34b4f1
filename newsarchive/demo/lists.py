"""The list API `/api/roll/get`, with its time-bounded form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from zlib import crc32

from newsarchive.demo.articles import SHANGHAI, DemoArticle, load_articles
from newsarchive.demo.special import SPECIALS, listed_url
from newsarchive.demo.wire import answer_of, asked_for, number, php_json

LIST_HOSTS = frozenset({"feed.mix.sina.com.cn", "feed.sina.com.cn"})
LIST_PATH = "/api/roll/get"
CHANNELS: Mapping[int, tuple[int, str]] = {
    1686: (155, "国内滚动"),
    1687: (155, "宏观经济"),
    1688: (155, "地方经济"),
    1689: (155, "部委动态"),
    1690: (155, "金融新闻"),
    1693: (164, "产经滚动"),
    1694: (164, "公司新闻"),
    1695: (164, "产业新闻"),
    1696: (164, "深度报道"),
    1697: (164, "人事变动"),
    1789: (205, "新股滚动"),
    1790: (205, "新股动态"),
    1791: (205, "新股评论"),
    1792: (205, "PE动态"),
    1793: (205, "IPO中介"),
    1746: (186, "券商"),
    2519: (384, "财经全部"),
    2671: (384, "股市"),
    2672: (384, "美股"),
    2673: (384, "中国概念股"),
    2674: (384, "港股"),
    2675: (384, "研究报告"),
    2676: (384, "全球市场"),
    2487: (384, "外汇"),
}
"""lid -> (pageid, name)."""

UNBOUNDED_PAGEID = 384
"""The lists of this page do not heed the bounds of time: they give their newest rows."""

_MAX_NUM = 50
_LATEST = 9_999_999_999


def list_answer(query: str) -> tuple[str, bytes]:
    """(content type, body) of the list API's answer to `query`.

    `etime` and `stime` (or `ctime`), epoch seconds, bound the rows by their `intime`: `etime` is
    the first second that counts, `stime` the first that no longer does; they are named backwards,
    as Sina has them. A list of UNBOUNDED_PAGEID answers as if it had not been given any.
    """
    asked = asked_for(query)
    lid = number(asked.get("lid"), 0)
    num = min(max(number(asked.get("num"), 10), 1), _MAX_NUM)
    page = max(number(asked.get("page"), 1), 1)
    rows = [row for row in list_rows(lid) if asked.get("k", "") in row["title"]]
    if CHANNELS.get(lid, (0, ""))[0] != UNBOUNDED_PAGEID:
        begins = number(asked.get("etime"), 0)
        ends = number(asked.get("stime") or asked.get("ctime"), _LATEST)
        rows = [row for row in rows if begins <= int(row["intime"]) < ends]
    envelope = {
        "result": {
            "status": {"code": 0, "msg": "succ"},
            "timestamp": f"{_now():%a %b %d %H:%M:%S +0800 %Y}",
            "total": str(len(rows)),
            "lid": asked.get("lid", ""),
            "data": rows[(page - 1) * num : page * num],
        }
    }
    return answer_of(envelope, asked)


@cache
def _now() -> datetime:
    """The API's clock: one minute after the newest row, so that answers never change."""
    newest = max(int(row["intime"]) for lid in CHANNELS for row in list_rows(lid))
    return datetime.fromtimestamp(newest + 60, SHANGHAI)


@cache
def list_rows(lid: int) -> tuple[dict[str, Any], ...]:
    """All rows of one list, newest first by `intime`; none for a lid that is not served."""
    rows = [article_row(article, lid) for article in load_articles() if lid in article.lids]
    for special in SPECIALS.values():
        if special.published and lid in special.listed:
            clock = int(special.published.timestamp())
            link = {"url": special.listed[lid], "title": special.title, "media_name": "新浪财经"}
            clocks = {"ctime": str(clock), "mtime": str(clock), "intime": str(clock + 30)}
            lids = ",".join(str(number) for number in special.listed)
            rows.append(_row(special.list_id, link | clocks | {"lids": lids}))
    return tuple(sorted(rows, key=lambda row: int(row["intime"]), reverse=True))


def article_row(article: DemoArticle, lid: int) -> dict[str, Any]:
    """The row that names an article in a list."""
    picture = article.extras.get("picture")
    image = _image(picture["src"]) if picture else None
    intro = article.paragraphs[0][:90] if article.paragraphs else ""
    return _row(
        article.list_id,
        {
            "title": article.title,
            "intro": intro,
            "summary": intro,
            "wapsummary": intro,
            "url": listed_url(article.doc_id, lid) or article.url,
            "wapurl": article.mobile_url,
            "media_name": article.source,
            "keywords": ",".join(article.keywords),
            "ctime": str(int(article.published.timestamp())),
            "mtime": str(int((article.updated or article.published).timestamp())),
            "intime": str(article.intime),
            "lids": ",".join(str(number) for number in article.lids),
            "img": image or [],
            "images": [image] if image else [],
        },
    )


def _row(list_id: str, known: dict[str, Any]) -> dict[str, Any]:
    """A row with every field the API has; numbers as strings, what is not known empty."""
    empty = (
        "stitle intro summary wapsummary wapurl author authoruid keywords vid video_id "
        "videoCount ext1 ext2 ext3 ext4 ext5"
    )
    row: dict[str, Any] = {
        "icons": "0",
        "docid": list_id,
        "oid": str(crc32(list_id.encode()) % 90_000_000 + 10_000_000),
        **dict.fromkeys(empty.split(), ""),
        "columnid": "56592",
        "categoryid": "1",
        "level": "2",
        "type": "1",
        "comment_channel": "cj",
        "comment_total": "0",
        "commentid": f"cj:{list_id.replace(':', '-')}:0",
        "thumbs": "",
        "img": [],
        "images": [],
        **known,
    }
    row["urls"] = php_json([row["url"]])
    row["wapurls"] = php_json([row["wapurl"]] if row["wapurl"] else [])
    return row


def _image(src: str) -> dict[str, str]:
    return {"u": f"https:{src}" if src.startswith("//") else src, "w": "550", "h": "366", "t": ""}
