"""What a list answers: rows of links with their clocks (docs/sina.md)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from newsarchive import bounds, clock
from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import Link
from newsarchive.sina import urls
from newsarchive.sina.channels import Channel, Section

#: `try{X({...});}catch(e){};` or plain `X({...});`: what `callback=X` makes of the answer.
_JSONP = re.compile(
    r"\A(?:try\s*\{)?\s*[\w$.]+\s*\((?P<json>.*)\)\s*(?:;\s*)?(?:\}\s*catch\b[^)]*\).*)?\Z",
    re.DOTALL,
)
#: The containers of the HTML lists, today's and those before 2015.
_HTML_LISTS = ".listBlk, .list_009, .d_list_txt"
_HTML_ROWS = ".listBlk li, ul.list_009 li, .d_list_txt li"

#: Where a row has its clocks, and what they are called here.
_CLOCKS = {
    "intime": "listed_at",
    "beside": "listed_at",
    "ctime": "list_ctime",
    "mtime": "list_mtime",
}


@dataclass
class Listing:
    """One page of a list."""

    links: list[Link] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)  #: URLs of rows that are no articles of ours
    rows: int = 0  #: how many rows the page had, usable or not

    @property
    def times(self) -> dict[str, datetime | None]:
        """By document id, what the list says its time is."""
        return {link.doc_id: row_time(link) for link in self.links}


def row_time(link: Link) -> datetime | None:
    """When the list, or else the link's own path, says that the article is of."""
    if link.listed_at or link.list_ctime:
        return link.listed_at or link.list_ctime
    named = urls.parse(link.url)
    if named is None or named.path_date is None:
        return None
    day = named.path_date
    return datetime(day.year, day.month, day.day, tzinfo=clock.SHANGHAI).astimezone(clock.UTC)


def parse(text: str, channel: Channel) -> Listing:
    """The rows of one answer of *channel*'s list: JSON, JSONP or HTML.

    A document that is named twice (its mobile twin, another section) gives one link, the desktop
    one. Raises BadInput(BAD_LISTING) for what is no such answer: cut off, `{}`, a status other than
    0, `data: {}`, HTML where JSON belongs; BadInput(TOO_LARGE) for a page that no list is.
    """
    rows = _html_rows(text) if isinstance(channel.place, Section) else _json_rows(text)
    listing = Listing(rows=len(rows))
    links: dict[str, tuple[bool, Link]] = {}
    for row in rows:
        named = urls.parse(str(row.get("url") or "")) or urls.parse(str(row.get("wapurl") or ""))
        if named is None:
            listing.foreign.append(str(row.get("url") or row.get("docid") or row)[:500])
            continue
        link = Link(
            doc_id=named.doc_id,
            url=named.url,
            title=str(row.get("title") or ""),
            channel=channel.name,
            listed_at=row.get("shown") or clock.from_epoch(row.get("intime")),
            list_ctime=clock.from_epoch(row.get("ctime")),
            list_mtime=clock.from_epoch(row.get("mtime")),
            raw_clocks={name: str(row[key])[:100] for key, name in _CLOCKS.items() if row.get(key)},
        )
        mobile, _ = links.get(named.doc_id, (True, None))
        if named.doc_id not in links or (mobile and not named.mobile):
            links[named.doc_id] = (named.mobile, link)
    listing.links = [link for _, link in links.values()]
    return listing


def result(text: str) -> dict[str, Any]:
    """`result` of an answer whose status is 0, JSON or JSONP. Raises BadInput(BAD_LISTING)."""
    wrapped = _JSONP.match(text.strip())
    try:
        answer = loads(wrapped["json"] if wrapped else text)
    except (ValueError, RecursionError) as error:
        start = " ".join(text[:60].split())
        raise BadInput(Reason.BAD_LISTING, f"no JSON ({error}): {start!r}") from error
    found = answer.get("result") if isinstance(answer, dict) else None
    if not isinstance(found, dict):
        raise BadInput(Reason.BAD_LISTING, "no 'result'")
    status = found.get("status")
    code = status.get("code") if isinstance(status, dict) else None
    if str(code) != "0":
        raise BadInput(Reason.BAD_LISTING, f"status {status!r}"[:200])
    return found


def loads(text: str) -> Any:
    """JSON without what it can say and nothing can keep: NUL and lone surrogates.

    Raises ValueError and RecursionError as `json.loads`.
    """
    value = json.loads(text)
    return _plain(value) if "\\u0000" in text or "\\ud" in text.lower() else value


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {_plain(key): _plain(part) for key, part in value.items()}
    return value


def _json_rows(text: str) -> list[dict[str, Any]]:
    data = result(text).get("data")
    if not isinstance(data, list):
        raise BadInput(Reason.BAD_LISTING, f"'data' is {type(data).__name__}, not a list")
    return [row for row in data if isinstance(row, dict)]


def _html_rows(text: str) -> list[dict[str, Any]]:
    page = LexborHTMLParser(bounds.checked(text))
    if page.css_first(_HTML_LISTS) is None:
        raise BadInput(Reason.BAD_LISTING, "a page without a list")
    rows = []
    spent = 0  # rows in rows say the same again and again
    for item in {item.mem_id: item for item in page.css(_HTML_ROWS)}.values():
        link = item.css_first("a[href]")
        if link is None:
            continue
        address = link.attributes.get("href") or ""
        whole = item.text()
        spent += len(whole)
        if spent > 2 * len(text):
            raise BadInput(Reason.BAD_LISTING, "rows within rows")
        beside = whole.replace(link.text(), "", 1).strip()
        shown = _shown_time(beside, address)
        row = {"url": address, "title": link.text().strip(), "shown": shown, "beside": beside}
        rows.append(row)
    return rows


def _shown_time(text: str, address: str) -> datetime | None:
    """The time beside a link. Where it has no year, the one that is nearest the path's date."""
    if whole := clock.parse_shanghai(text):
        return whole
    day = urls.path_date(address)
    return clock.parse_without_year(text, day) if day else None
