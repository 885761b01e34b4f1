"""The ledger's tables: what the archive knows beside the posts themselves."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from sqlalchemy import JSON, Column, Index, Integer, MetaData, String, Table, Text, TypeDecorator
from sqlalchemy.engine import Dialect

VERSION = 1


class Moment(TypeDecorator[datetime]):
    """An aware time, kept as ISO 8601 text in UTC to the millisecond: sorts, and reads anywhere."""

    impl = String(24)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        naive = value.astimezone(timezone.utc).replace(tzinfo=None)
        return naive.isoformat(timespec="milliseconds") + "Z"

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return datetime.fromisoformat(value[:-1]).replace(tzinfo=timezone.utc)


metadata = MetaData()

about = Table(
    "about",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

#: Every document that a list named or a run was given: todo, done, skipped or failed.
link = Table(
    "link",
    metadata,
    Column("doc_id", String(40), primary_key=True),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("channel", String(40), nullable=False),  # the first that named it
    Column("state", String(8), nullable=False),
    Column("reason", String(20), nullable=False),
    Column("detail", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("origin", String(10), nullable=False),
    Column("listed_at", Moment),
    Column("list_ctime", Moment),
    Column("list_mtime", Moment),
    Column("raw_clocks", JSON, nullable=False),
    Column("first_seen_at", Moment, nullable=False),  # set once, never rewritten
)
Index(
    "link_todo",
    link.c.first_seen_at,
    sqlite_where=link.c.state == "todo",
    postgresql_where=link.c.state == "todo",
)

#: Which lists named a document, and when each of them did.
listing = Table(
    "listing",
    metadata,
    Column("doc_id", String(40), primary_key=True),
    Column("channel", String(40), primary_key=True),
    Column("url", Text, nullable=False),
    Column("listed_at", Moment),
    Column("seen_at", Moment, nullable=False),
)

#: How far the lists were walked. A walk that was cut short leaves no trace here, so that the next
#: one goes back to the newest row of the last that was finished.
walk = Table(
    "walk",
    metadata,
    Column("channel", String(40), primary_key=True),
    Column("finished_at", Moment, nullable=False),
    Column("newest_at", Moment),  # of the newest row that was met
)

#: The current version of every archived article.
article = Table(
    "article",
    metadata,
    Column("doc_id", String(40), primary_key=True),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("revision", Integer, nullable=False),  # from 1
    Column("sha256", String(64), nullable=False),  # of the file's bytes
    Column("digest", String(64), nullable=False),  # of the visible text and title
    Column("origin", String(10), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("layout", String(10), nullable=False),
    Column("source", Text, nullable=False),
    Column("editor", Text, nullable=False),
    Column("keywords", JSON, nullable=False),
    Column("symbols", JSON, nullable=False),
    Column("original_title", Text, nullable=False),
    Column("column_ids", JSON, nullable=False),
    Column("raw_clocks", JSON, nullable=False),
    Column("date", Moment, nullable=False),  # the post's `date`
    Column("published_at", Moment),
    Column("updated_at", Moment),
    Column("listed_at", Moment),
    Column("list_ctime", Moment),
    Column("list_mtime", Moment),
    Column("first_seen_at", Moment, nullable=False),
    Column("fetched_at", Moment),
)
Index("article_date", article.c.date)

#: Earlier versions, each with the file that holds it.
revision = Table(
    "revision",
    metadata,
    Column("doc_id", String(40), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("path", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("updated_at", Moment),
    Column("fetched_at", Moment),
    Column("replaced_at", Moment, nullable=False),
)
