"""Links and rows for the ledger's tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from newsarchive.clock import UTC
from newsarchive.items import Link

T0 = datetime(2021, 8, 5, 7, 54, 29, 123000, tzinfo=UTC)
T1, T2 = T0 + timedelta(hours=1), T0 + timedelta(hours=2)
A, B, C = "aaaaaaa0000001", "bbbbbbb0000002", "31-1-18372262"

#: What a table holds, read beside the ledger.
Rows = Callable[[str], list[dict[str, Any]]]


def a_link(doc_id: str = A, channel: str = "china", **more: Any) -> Link:
    return Link(doc_id, f"https://finance.sina.com.cn/{doc_id}", "题目", channel, **more)


def a_row(doc_id: str = A, **more: Any) -> dict[str, Any]:
    return {
        "doc_id": doc_id,
        "url": f"https://finance.sina.com.cn/{doc_id}",
        "title": "题目",
        "path": f"posts/2021/08/05/{doc_id}.html",
        "revision": 1,
        "sha256": "a" * 64,
        "digest": "b" * 64,
        "origin": "crawl",
        "channel": "china",
        "layout": "T4",
        "source": "样报",
        "editor": "",
        "keywords": ["冷链", "港口"],
        "symbols": [],
        "original_title": "旧题",
        "column_ids": ["57043", "51922"],
        "raw_clocks": {"published_at": "2021-08-05 15:54:29"},
        "date": T0,
        "published_at": T0,
        "updated_at": None,
        "listed_at": None,
        "list_ctime": None,
        "list_mtime": None,
        "first_seen_at": T0,
        "fetched_at": T1,
        "served_at": T1,
        "seen_at": T1,
        "cause": "site",
        "warc_file": "20210805T075429.000000Z-sina_finance-00000.warc.gz",
        "warc_offset": 412,
    } | more


def a_revision(doc_id: str = A, **more: Any) -> dict[str, Any]:
    earlier = {"title": "旧题目", "path": f"revisions/{doc_id}/0001.html", "sha256": "c" * 64}
    earlier |= {"seen_at": T0, "replaced_at": T1}  # type: ignore[dict-item]
    return a_row(doc_id, **earlier) | more
