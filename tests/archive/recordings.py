"""Small recordings: transfers of a test's own, and the files that a recorder makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from newsarchive.archive.recorder import Recorder, Transfer
from newsarchive.archive.warc import Position
from newsarchive.clock import UTC
from newsarchive.items import Link
from newsarchive.spiders.context import of_link

T0 = datetime(2026, 8, 6, 7, 54, 29, 123000, tzinfo=UTC)
PAGE = Transfer(
    url="https://finance.sina.com.cn/china/2026-08-06/doc-ikqtesta0000001.shtml",
    at=T0,
    method="GET",
    request_headers=[("Host", "finance.sina.com.cn"), ("Accept", "text/html")],
    protocol="HTTP/1.1",
    status=200,
    headers=[("Content-Type", "text/html; charset=utf-8"), ("X-Via", "\u00e4\u00b8\u0080")],
    body="<html><body><p>　　正文。</p></body></html>".encode(),
    address="127.0.0.1",
    context={},
)  # fmt: skip


def transfer(number: int, body: bytes = PAGE.body, **more: Any) -> Transfer:
    """The page of an article, with its link."""
    doc_id = f"kqtesta{number:07}"
    url = PAGE.url.replace("kqtesta0000001", doc_id)
    told = {"url": url, "at": T0 + timedelta(seconds=number), "body": body}
    return replace(PAGE, **{**told, "context": of_link(Link(doc_id, url, "题目")), **more})


def recorder(root: Path, size_max: int = 10**9, run: str = "20260806T075429Z-test") -> Recorder:
    return Recorder(root, run, size_max, {"robots": "obey"})


def recorded(root: Path, transfers: Sequence[Transfer]) -> tuple[Path, list[Position]]:
    """A closed file with these, and where each is."""
    recording = recorder(root)
    positions = [recording.record(each) for each in transfers]
    (closed,) = recording.close()
    return root / "warc" / closed.name, positions
