"""What a list answers: rows of links with their clocks (docs/sina.md)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from newsarchive import clock
from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import Link
from newsarchive.sina import urls

#: `try{X({...});}catch(e){};` or plain `X({...});`: what `callback=X` makes of the answer.
_JSONP = re.compile(
    r"\A(?:try\s*\{)?\s*[\w$.]+\s*\((?P<json>.*)\)\s*(?:;\s*)?(?:\}\s*catch\b[^)]*\).*)?\Z",
    re.DOTALL,
)


@dataclass
class Listing:
    """One page of a list."""

    links: list[Link] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)  #: URLs of rows that are no articles of ours
    rows: int = 0  #: how many rows the page had, usable or not


def parse(text: str, channel: str) -> Listing:
    """The rows of one answer of `api/roll/get`, JSON or JSONP.

    A document that is named twice (its mobile twin, another section) gives one link, the desktop
    one. Raises BadInput(BAD_LISTING) for what is no such answer: HTML, cut off, `{}`, a status
    other than 0, `data: {}`.
    """
    rows = _rows(text)
    listing = Listing(rows=len(rows))
    links: dict[str, tuple[bool, Link]] = {}
    for row in rows:
        named = urls.parse(str(row.get("url") or "")) or urls.parse(str(row.get("wapurl") or ""))
        if named is None:
            listing.foreign.append(_text(row.get("url") or row.get("docid") or row)[:500])
            continue
        link = Link(
            doc_id=named.doc_id,
            url=named.url,
            title=_text(row.get("title") or ""),
            channel=channel,
            listed_at=clock.from_epoch(row.get("intime")),
            list_ctime=clock.from_epoch(row.get("ctime")),
            list_mtime=clock.from_epoch(row.get("mtime")),
        )
        mobile, _ = links.get(named.doc_id, (True, None))
        if named.doc_id not in links or (mobile and not named.mobile):
            links[named.doc_id] = (named.mobile, link)
    listing.links = [link for _, link in links.values()]
    return listing


def _text(value: object) -> str:
    """*value* without what JSON can say and a database cannot keep: NUL and lone surrogates."""
    return str(value).replace("\x00", "").encode("utf-8", "replace").decode()


def _rows(text: str) -> list[dict[str, Any]]:
    wrapped = _JSONP.match(text.strip())
    try:
        answer = json.loads(wrapped["json"] if wrapped else text)
    except (ValueError, RecursionError) as error:
        start = " ".join(text[:60].split())
        raise BadInput(Reason.BAD_LISTING, f"no JSON ({error}): {start!r}") from error
    result = answer.get("result") if isinstance(answer, dict) else None
    if not isinstance(result, dict):
        raise BadInput(Reason.BAD_LISTING, "no 'result'")
    status = result.get("status")
    code = status.get("code") if isinstance(status, dict) else None
    if str(code) != "0":
        raise BadInput(Reason.BAD_LISTING, f"status {status!r}"[:200])
    data = result.get("data")
    if not isinstance(data, list):
        raise BadInput(Reason.BAD_LISTING, f"'data' is {type(data).__name__}, not a list")
    return [row for row in data if isinstance(row, dict)]
