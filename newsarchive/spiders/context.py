"""What a crawl knew when it asked: kept beside each capture, and read again by a replay.

A context is a JSON object with one of three members: `link`, the link whose page was asked for,
`list`, the channel whose list it was, or `image`, the picture (`archive/image_captures.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from newsarchive import clock
from newsarchive.archive.warc import Position
from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import DOC_ID, Link
from newsarchive.sina import channels, urls
from newsarchive.sina.channels import Channel
from newsarchive.sina.walk import Range

_CLOCKS = ("listed_at", "list_ctime", "list_mtime", "first_seen_at")
_ORIGINS = ("crawl", "backfill")


@dataclass
class Read:
    """A context that was read again."""

    link: Link | None = None
    before: list[Position] = field(default_factory=list)  #: the article's pages before this one
    channel: Channel | None = None  #: whose list it is
    days: Range | None = None  #: the range that was asked for
    taken: frozenset[str] = frozenset()  #: which flashes of a feed were new, and wanted
    redirected: bool = False  #: another address had been asked for


def of_link(link: Link, before: list[Position] | None = None) -> dict[str, Any]:
    """Of the page of *link*, *before* which others came."""
    told = {item.name: _plain(getattr(link, item.name)) for item in fields(link)}
    context: dict[str, Any] = {"link": {name: value for name, value in told.items() if value}}
    return context | {"pages": [list(page) for page in before]} if before else context


def of_list(
    channel: str, days: Range | None = None, taken: list[str] | None = None
) -> dict[str, Any]:
    """Of a page of *channel*'s list; of a feed, which of its flashes were *taken*."""
    told = {"list": channel, "days": days and [_plain(day) for day in days], "taken": taken}
    return {name: value for name, value in told.items() if value is not None}


def read(told: Mapping[str, Any]) -> Read:
    """What a context says. Raises BadInput where no crawl of ours can have said that."""
    try:
        text = json.dumps(told, ensure_ascii=False)
        text.encode()  # half a surrogate pair is no text
        if "\\u0000" in text:
            raise ValueError("NUL")
        days = told.get("days")
        return Read(
            link=_link(told["link"]) if "link" in told else None,
            before=[Position(str(name), int(offset)) for name, offset in told.get("pages", ())],
            channel=channels.BY_NAME[told["list"]] if "list" in told else None,
            days=Range(*map(clock.from_iso, days)) if days else None,
            taken=frozenset(told.get("taken", ())),
            redirected=bool(told.get("redirected")),
        )
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        detail = f"none of our metadata: {error!r}"[:300]
        raise BadInput(Reason.UNKNOWN_FORMAT, detail) from error


def _link(told: Mapping[str, Any]) -> Link:
    """A link goes into the ledger, and to Sina: nothing else passes for one."""
    clocks = {name: clock.from_iso(told[name]) for name in _CLOCKS if name in told}
    named = urls.parse(told["url"])
    raw = {str(name): str(value) for name, value in told.get("raw_clocks", {}).items()}
    link = Link(
        doc_id=told["doc_id"],
        url=named.url if named else "",
        title=str(told.get("title", "")),
        channel=told.get("channel", ""),
        origin=told.get("origin", "crawl"),
        raw_clocks=raw,
        archived=bool(told.get("archived")),
        warc_file=str(told.get("warc_file", "")),
        warc_offset=told.get("warc_offset"),
        **clocks,
    )
    known_channel = link.channel in ("", *channels.BY_NAME)
    if not (link.url and DOC_ID.fullmatch(link.doc_id) and known_channel):
        raise ValueError("no link to an article")
    if link.origin not in _ORIGINS:
        raise ValueError("a link of no crawl")
    return link


def _plain(value: Any) -> Any:
    return clock.iso(value) if isinstance(value, datetime) else value
