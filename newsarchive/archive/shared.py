"""The ledger's tables of a crawl that several workers share: who does what just now.

They hold what a crawl needs while it runs, and no word about the archive: their rows have no seal,
and are worth nothing when nobody crawls. Their times are seconds of the database's own clock since
1970, so that workers whose clocks differ agree on them.
"""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Double, Index, Integer, MetaData, String, Table, Text

from newsarchive.archive.moments import Moment

#: In PostgreSQL only: SQLite has one run at a time.
metadata = MetaData()

#: What one worker has in hand, so that no other takes it up before `until`.
lease = Table(
    "lease",
    metadata,
    Column("kind", String(16), primary_key=True),  # page, check, lists, file
    Column("key", String(160), primary_key=True),  # of a page or a check: the document's id
    Column("owner", String(80), nullable=False),  # the worker's name
    Column("until", Double, nullable=False),
)
Index("lease_owner", lease.c.owner)

#: A crawl, open until `ended_at`; the next one of the same name takes its row.
crawl = Table(
    "crawl",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("spider", String(40), nullable=False),
    Column("arguments", JSON, nullable=False),  # of the spider: all workers have the same
    Column("opened_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("exit_code", Integer),
    Column("pages_left", Integer),  # of `limit=`; null without it
    Column("asked", Integer, nullable=False),  # lists, new pages, and flashes
    Column("rechecks", Integer),  # that may still be asked; null while lists are read
    Column("done", JSON, nullable=False),  # the channels whose lists were read
    Column("stopped", Text, nullable=False),  # why it ended before its time; '' while it did not
)

#: Of a re-extraction the WARC files that are not read yet.
task = Table(
    "task",
    metadata,
    Column("crawl", String(80), primary_key=True),
    Column("file", String(120), primary_key=True),
    Column("versions", Integer, nullable=False),  # that are to be read from it
)
Index("task_largest", task.c.crawl, task.c.versions.desc(), task.c.file)

#: Every worker of a crawl, those that are gone, too.
worker = Table(
    "worker",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("crawl", String(80), nullable=False),
    Column("run", String(80), nullable=False),  # its row in `run`, its report
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("beat", Double, nullable=False),  # when it last said that it is there
    Column("ended", Boolean, nullable=False),  # of itself: it left nothing behind
    Column("counts", JSON, nullable=False),  # of its report, so far
    Column("skew", Double, nullable=False),  # seconds that its clock is ahead of the database's
)
Index("worker_crawl", worker.c.crawl)
