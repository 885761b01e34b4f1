"""What is known of one article, and of an input that did not become one.

Every time is an aware `datetime` in UTC; None and '' mean *not known*.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from newsarchive.exceptions import Reason

#: A document id of Sina. Since 2015 seven letters and seven digits, from which no date can be read
#: (publishid, without the `i` of the URL); before that pid-tid-did (docs/sina.md).
#: Beside articles: `k-uid-key` of self-media, `slide-…` of picture series, `video-number` of old
#: videos, `live-feed-number` of flashes without a document.
DOC_ID = re.compile(
    r"[a-z]{7}[0-9]{7}|[0-9]{1,5}-[0-9]{1,5}-[0-9]{4,12}|k-[0-9]{5,12}-[0-9a-z]{6,32}"
    r"|slide-[0-9]{1,6}-[0-9]{1,9}-[0-9]{1,9}|video-[0-9]{4,12}|live-[0-9]{1,6}-[0-9]{1,12}"
)

#: What is known of a time in which the site did not have a document.
ABSENCE = ("gone_at", "confirmed_at", "returned_at")


@dataclass
class Link:
    """An article that a list names, before its page was seen."""

    doc_id: str
    url: str  #: canonical, https
    title: str = ""
    channel: str = ""  #: the channel's name in `sina.channels`
    listed_at: datetime | None = None  #: the list's `intime`
    list_ctime: datetime | None = None  #: the list's `ctime`
    list_mtime: datetime | None = None  #: the list's `mtime`
    raw_clocks: dict[str, str] = field(default_factory=dict)  #: as the list wrote them
    first_seen_at: datetime | None = None  #: when this archive first saw the link
    origin: str = "crawl"  #: crawl, or backfill: found by a range or a file of URLs
    archived: bool = False  #: it is, and is asked for again
    # The capture of what is archived.
    warc_file: str = ""
    warc_offset: int | None = None


@dataclass
class Article:
    """One article on its way from a page (or a post) to a post."""

    title: str
    body: str  #: HTML: the container's inner HTML, from the body stage on the post's BODY
    doc_id: str = ""
    linked_as: str = ""  #: the id under which a list named it: mostly, not always, the same
    url: str = ""  #: canonical, https
    origin: str = "crawl"  #: crawl, backfill or replay
    path: str = ""  #: of a replay the file that it was read from; once stored its post
    link: Link | None = None  #: that led here, where the ledger may not know it yet

    # What the page says.
    source: str = ""  #: the medium, as the page names it
    editor: str = ""  #: with the staff code, where there is one
    keywords: list[str] = field(default_factory=list)
    symbols: list[str] = field(default_factory=list)  #: `sz300059`, `usstock:JPM`
    original_title: str = ""  #: 原标题: the title where it was first printed
    column_ids: list[str] = field(default_factory=list)  #: Sina's columns, the main one first
    layout: str = ""  #: the page template it was read by; '' for a replayed post
    next_url: str = ""  #: the next page of an article in several pages
    digest: str = ""  #: of the visible text and title: tells an edit from a new advertisement

    # Clocks. The raw strings stand beside them in `raw_clocks`, under the same names.
    published_at: datetime | None = None  #: the article's own time, by the page
    updated_at: datetime | None = None  #: the page's own word on its last change
    listed_at: datetime | None = None  #: the list's `intime`
    list_ctime: datetime | None = None
    list_mtime: datetime | None = None
    first_seen_at: datetime | None = None  #: when this archive first saw the link
    fetched_at: datetime | None = None  #: when this archive got the page
    served_at: datetime | None = None  #: the site's own clock then: its Date header
    raw_clocks: dict[str, str] = field(default_factory=dict)

    # The capture that it was read from; of an article in several pages that of the last one.
    warc_file: str = ""  #: '' where the archive has none
    warc_offset: int | None = None
    cause: str = "site"  #: what is new in it, if anything: of the site, or `extraction`: of ours
    #: The ledger's row of the version that was read anew: it takes the place of no other one.
    replaces: Mapping[str, Any] | None = None

    # What only a post has.
    channel: str = ""  #: the channel's name in `sina.channels`
    categories: list[str] = field(default_factory=list)
    author: str = ""
    headimg: str = ""  #: src of the first picture in the body
    thumbnail: str = ""
    comments: str = "false"  #: as written: a YAML boolean
    date: str = ""  #: as written: an RFC 7231 date
    #: Keys that the format does not know, as the lines they were read from, in their order:
    #: (the known key that they come after or '', their lines).
    extra_keys: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Miss:
    """An input that did not become a post, and why."""

    subject: str  #: the URL or the file
    reason: Reason
    detail: str = ""
    doc_id: str = ""
    channel: str = ""  #: whose list named it
    at: datetime | None = None  #: when the site said so; None where it was not asked
    link: Link | None = None  #: that led here, where the ledger may not know it yet
