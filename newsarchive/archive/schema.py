"""The ledger's tables: what the archive knows beside the posts themselves.

Every row ends in a seal, a short hash of what stands before it: `scrapy verify` finds a bit that
flipped in the database by it, as it finds one in a post by the post's SHA-256.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.engine import RowMapping

from newsarchive.archive.moments import Moment, moment_text

VERSION = 3
#: What a database says in place of its version once its ledger was moved; the address follows.
MOVED = "moved to "

#: A row's values by column, as they go in or as they came out.
Row = Mapping[str, Any] | RowMapping


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
    Column("doc_id", String(64), primary_key=True),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("channel", String(40), nullable=False),  # the first that named it
    Column("state", String(8), nullable=False),
    Column("reason", String(20), nullable=False),
    Column("detail", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Moment),  # before it a `todo` is not tried; null: never tried
    Column("origin", String(10), nullable=False),
    Column("listed_at", Moment),
    Column("list_ctime", Moment),
    Column("list_mtime", Moment),
    Column("raw_clocks", JSON, nullable=False),
    Column("first_seen_at", Moment, nullable=False),  # set once, never rewritten
    Column("seal", String(16), nullable=False),
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
    Column("doc_id", String(64), primary_key=True),
    Column("channel", String(40), primary_key=True),
    Column("url", Text, nullable=False),
    Column("listed_at", Moment),
    Column("seen_at", Moment, nullable=False),
    Column("seal", String(16), nullable=False),
)

#: How far the lists were walked. A walk that was cut short leaves no trace here, so that the next
#: one goes back to the newest row of the last that was finished.
walk = Table(
    "walk",
    metadata,
    Column("channel", String(40), primary_key=True),
    Column("finished_at", Moment, nullable=False),
    Column("newest_at", Moment),  # of the newest row that was met
    Column("seal", String(16), nullable=False),
)


def _version(*, several: bool) -> list[Column[Any]]:
    """What is known of one version of an article; *several* of them a document, or one."""
    return [
        Column("doc_id", String(64), primary_key=True),
        Column("revision", Integer, nullable=False, primary_key=several),  # from 1
        Column("url", Text, nullable=False),
        Column("title", Text, nullable=False),
        Column("path", Text, nullable=False),  # '' for a version whose file was lost
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
        Column("first_seen_at", Moment, nullable=False),  # of the document: set once
        Column("fetched_at", Moment),
        Column("served_at", Moment),  # the site's own clock then: its Date header
        Column("seen_at", Moment, nullable=False),  # when the archive first saw this version
        Column("cause", String(10), nullable=False),  # what is new in it: of the site, or ours
        Column("warc_file", String(120), nullable=False),  # the capture that it was read from …
        Column("warc_offset", BigInteger),  # … begins there; '' and null where there is none
    ]


#: The current version of every archived article.
article = Table(
    "article", metadata, *_version(several=False), Column("seal", String(16), nullable=False)
)
Index("article_date", article.c.date)
#: Of PostgreSQL, where workers share a re-extraction: one process reads by date.
by_file = Index("article_warc_file", article.c.warc_file).ddl_if(dialect="postgresql")

#: Earlier versions, each with the file that holds it. Current from seen_at until replaced_at.
revision = Table(
    "revision",
    metadata,
    *_version(several=True),
    Column("replaced_at", Moment, nullable=False),
    Column("seal", String(16), nullable=False),
)

#: When articles are asked for again, and how often in a row they were then not there.
recheck = Table(
    "recheck",
    metadata,
    Column("doc_id", String(64), primary_key=True),
    Column("due_at", Moment),  # null: never again
    Column("checked_at", Moment),
    Column("missing", Integer, nullable=False),
    Column("missing_since", Moment),
    Column("seal", String(16), nullable=False),
)
Index("recheck_due", recheck.c.due_at)

#: Articles that the site no longer has. The post stays.
tombstone = Table(
    "tombstone",
    metadata,
    Column("doc_id", String(64), primary_key=True),
    Column("gone_at", Moment, primary_key=True),  # the first time that it was not there
    Column("confirmed_at", Moment, nullable=False),  # the last of the sightings that it took
    Column("detail", Text, nullable=False),
    Column("returned_at", Moment),  # when it was there again
    Column("seal", String(16), nullable=False),
)

#: Every run, from its first moment: one that was killed has no end.
run = Table(
    "run",
    metadata,
    Column("name", String(80), primary_key=True),  # of its report, without the ending
    Column("spider", String(40), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("exit_code", Integer),
    Column("sha256", String(64), nullable=False),  # of its report; '' while there is none
    Column("seal", String(16), nullable=False),
)

#: WARC files that are closed.
warc = Table(
    "warc",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("size", BigInteger, nullable=False),  # bytes
    Column("sha256", String(64), nullable=False),
    Column("seal", String(16), nullable=False),
)

#: The pictures that were stored, by the address that a body names.
image = Table(
    "image",
    metadata,
    Column("url", Text, primary_key=True),  # without a fragment
    Column("path", Text, nullable=False),  # the same content under several addresses lies once
    Column("sha256", String(64), nullable=False),  # of the file's bytes, as they came
    Column("size", BigInteger, nullable=False),  # bytes
    Column("type", String(4), nullable=False),  # by the bytes: jpg, png, gif, webp
    Column("warc_file", String(120), nullable=False),  # the capture that it was read from …
    Column("warc_offset", BigInteger),  # … begins there; '' and null where there is none
    Column("seal", String(16), nullable=False),
)
Index("image_path", image.c.path)

SEALED = (link, listing, walk, article, revision, recheck, tombstone, run, warc, image)

for _table in metadata.tables.values():
    for _column in _table.columns:
        if isinstance(_column.type, String):  # its order is SQLite's, whatever the database's is
            _binary = type(_column.type)(_column.type.length, collation="C")
            _column.type = _column.type.with_variant(_binary, "postgresql")


def sealed(table: Table, row: Row) -> dict[str, Any]:
    """*row* with every column of *table*, absent ones None, and its seal."""
    values = {column.name: row.get(column.name) for column in table.columns}
    return values | {"seal": seal(table, values)}


def _text(value: object) -> str:
    """Of a time; of what a damaged row may hold instead, bytes say, something that fits no seal."""
    return moment_text(value) if isinstance(value, datetime) else repr(value)


#: `json.dumps` with options makes one for each call.
_JSON = json.JSONEncoder(sort_keys=True, default=_text)


def seal(table: Table, row: Row) -> str:
    """The first 16 hex digits of the BLAKE2b of a row's values, as JSON."""
    values = [row[column.name] for column in table.columns if column.name != "seal"]
    text = _JSON.encode([table.name, *values])
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
