"""Feeds of articles, with their full texts: Atom (RFC 4287) and RSS 2.0 from the same entries.

The same entries give the same bytes. What is in a feed is what posts hold, which is cleaned.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from newsarchive.archive.schema import Row
from newsarchive.clock import UTC
from newsarchive.items import Article
from newsarchive.post import body as bodies

if TYPE_CHECKING:
    from feedgen.feed import FeedGenerator

#: By the ending of the file's name, which tells web servers the type, too.
FORMATS = {"atom": "application/atom+xml", "rss": "application/rss+xml"}
#: Ids are tag URIs (RFC 4151) of a name that nobody can own: whoever archives an article, wherever,
#: gives it the same one.
_TAG = "tag:newsarchive.invalid,2021:"
#: Where a feed's articles come from.
_SITE = "https://finance.sina.com.cn/"
#: Characters of a summary.
_SUMMARY = 200
#: What XML 1.0 has no characters for, and the controls that it advises against.
_NO_XML = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Entry(NamedTuple):
    """An article in a feed. Times are in UTC; '' where there is none."""

    doc_id: str
    url: str
    title: str  #: plain text
    author: str
    categories: tuple[str, ...]
    summary: str  #: plain text
    html: str
    published: datetime
    updated: datetime  #: of its last change


class Feed(NamedTuple):
    """The newest articles, newest first, at least one."""

    name: str  #: of its file, without the ending
    title: str
    entries: list[Entry]
    base: str = ""  #: the URL of the folder that it is served from


def entry(row: Row, post: Article, text: str) -> Entry:
    """The entry of a version of an article; *text*: what its body says.

    Pictures of the archive lead to where they were on the web: a reader has no folder `images/`.
    A revision was last changed when the page says so, or when it was first seen, if that is later.
    """
    published = row["published_at"] or row["date"]
    changes = [row["updated_at"], row["seen_at"] if row["revision"] > 1 else None]
    summary = " ".join(text.split())
    return Entry(
        doc_id=row["doc_id"],
        url=row["url"],
        title=_plain(post.title).strip() or row["doc_id"],
        author=_plain(row["source"] or post.author),
        categories=tuple(dict.fromkeys(map(_plain, [*post.categories, *row["keywords"]]))),
        summary=_plain(summary if len(summary) <= _SUMMARY else f"{summary[:_SUMMARY]}…"),
        html=_plain(bodies.without_images(post.body)),
        published=published.astimezone(UTC),
        updated=max([published, *filter(None, changes)]).astimezone(UTC),
    )


def files(feed: Feed) -> dict[str, bytes]:
    """The files of a feed by their names: `china.atom`, `china.rss`. UTF-8, times in UTC."""
    return {f"{feed.name}.{form}": _rendered(feed, form) for form in FORMATS}


def _rendered(feed: Feed, form: str) -> bytes:
    from feedgen.feed import FeedGenerator  # a tenth of a start, which most commands can spare

    made = FeedGenerator()
    made.load_extension("dc", atom=False)
    made.id(f"{_TAG}feed/{feed.name}")
    made.title(feed.title)
    made.description(feed.title)
    made.author(name=feed.title)  # of entries that have none
    made.language("zh-CN")
    if feed.base or form == "atom":  # a relative address is one in Atom only
        made.link(href=f"{feed.base}{feed.name}.{form}", rel="self", type=FORMATS[form])
    made.link(href=_SITE, rel="alternate")
    updated = max(each.updated for each in feed.entries)
    made.updated(updated)
    made.lastBuildDate(updated)
    for each in feed.entries:
        _add(made, each)
    rendered: bytes = (made.atom_str if form == "atom" else made.rss_str)(pretty=True)
    return rendered


def _add(made: FeedGenerator, known: Entry) -> None:
    added = made.add_entry(order="append")
    added.id(f"{_TAG}{known.doc_id}")
    added.title(known.title)
    if known.url:
        added.link(href=known.url)
    if known.author:
        added.author(name=known.author)
        added.dc.dc_creator(known.author)  # RSS has a place for e-mail addresses only
    added.category([{"term": name} for name in known.categories if name])
    added.summary(known.summary or known.title)
    added.content(known.html, type="html")
    added.published(known.published)
    added.updated(known.updated)


def _plain(text: str) -> str:
    return _NO_XML.sub("", text)
