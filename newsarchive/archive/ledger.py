"""The ledger: what is to do, what is done, and every clock. The archive's memory between runs.

Links go to `todo` when they are found; `done` is written, in one transaction, after the post is
durable. So a killed run goes on where it was, and knows of nothing that is not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from newsarchive import clock
from newsarchive.archive import schema, selection
from newsarchive.archive.census import Census
from newsarchive.archive.database import insert
from newsarchive.archive.moments import Moment, moment_text
from newsarchive.archive.schema import about, article, image, link, listing, run, warc
from newsarchive.archive.selection import Choice
from newsarchive.archive.warc_files import Closed

_WAIT = "wait_until"  # the key in `about`
#: Nobody is kept away for longer; what says so was written under a wrong clock.
WAIT_MAX = timedelta(days=7)


class Ledger(Census):
    """What the archive knows. Every method is one transaction.

    Raises StorageError where the database cannot be read or written.
    """

    def is_empty(self) -> bool:
        """Whether nothing was ever written to it."""
        with self._transaction() as connection:
            return not any(
                connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first()
                for table in (run, link, article)
            )

    def names_posts(self) -> bool:
        """Whether it knows of a post that the archive has."""
        query = sa.select(article.c.doc_id).where(article.c.path != "").limit(1)
        with self._transaction() as connection:
            return connection.execute(query).first() is not None

    def begin_run(self, name: str, spider: str, moment: datetime) -> None:
        """A run has started; *name* is that of the report to come."""
        row = {"name": name, "spider": spider, "started_at": moment, "sha256": ""}
        with self._transaction() as connection:
            self._put(connection, run, row)

    def end_run(self, name: str, moment: datetime, exit_code: int, sha256: str) -> None:
        """A run has ended; *sha256* is of its report's bytes, '' where none could be written."""
        told = {"ended_at": moment, "exit_code": exit_code, "sha256": sha256}
        with self._transaction() as connection:
            self._change(connection, run, (run.c.name == name,), lambda _: told)

    def runs(self, count: int | None = None) -> list[RowMapping]:
        """The last *count* runs (all without it), newest first."""
        query = sa.select(run).order_by(run.c.started_at.desc(), run.c.name.desc()).limit(count)
        with self._transaction() as connection:
            return list(connection.execute(query).mappings())

    def channels(self) -> set[str]:
        """The names of the channels that listed something that is archived."""
        first = sa.select(article.c.channel).where(article.c.channel != "")
        listed = sa.select(listing.c.channel).where(listing.c.doc_id == article.c.doc_id)
        with self._transaction() as connection:
            return set(connection.execute(sa.union(first, listed)).scalars())

    def newest(self, channel: str | None = None) -> Iterator[RowMapping]:
        """What *channel* listed, or all articles: their current versions, newest first, read as
        they are asked for."""
        query = selection.current(Choice(channel=channel)).order_by(None)
        return self._read(query.order_by(article.c.date.desc(), article.c.doc_id.desc()))

    def add_warc_files(self, files: Sequence[Closed]) -> None:
        """WARC files of the archive that will not change any more."""
        with self._transaction() as connection:
            if files:
                self._add(connection, warc, [closed._asdict() for closed in files])

    def forget_warc_file(self, name: str) -> None:
        """A WARC file is lost."""
        with self._transaction() as connection:
            connection.execute(sa.delete(warc).where(warc.c.name == name))

    def warc_files(self) -> set[str]:
        """The names of all of them."""
        with self._transaction() as connection:
            return set(connection.execute(sa.select(warc.c.name)).scalars())

    def put_image(self, row: schema.Row) -> None:
        """A picture is durable on disk."""
        with self._transaction() as connection:
            self._put(connection, image, row)

    def image(self, url: str) -> RowMapping | None:
        """The row of the picture with that address, None where there is none."""
        with self._transaction() as connection:
            query = sa.select(image).where(image.c.url == url)
            return connection.execute(query).mappings().one_or_none()

    def image_paths(self, paths: Sequence[str]) -> set[str]:
        """Those of *paths* where pictures lie."""
        query = sa.select(image.c.path).where(image.c.path.in_(paths))
        with self._transaction() as connection:
            return set(connection.execute(query).scalars())

    def forget_image(self, path: str) -> None:
        """The picture that lay there is lost."""
        with self._transaction() as connection:
            connection.execute(sa.delete(image).where(image.c.path == path))

    def wait_until(self) -> datetime | None:
        """Until when the site is not to be asked; None where it may be."""
        query = sa.select(sa.type_coerce(about.c.value, Moment)).where(about.c.key == _WAIT)
        with self._transaction() as connection:
            until: datetime | None = connection.execute(query).scalar_one_or_none()
        now = clock.now()
        return until if until is not None and now < until <= now + WAIT_MAX else None

    def wait(self, until: datetime) -> None:
        """Do not ask the site before *until*; what was said before is never shortened."""
        beyond = moment_text(clock.now() + WAIT_MAX)
        fresh = insert(about, self.is_postgres).values(
            key=_WAIT, value=sa.type_coerce(until, Moment)
        )
        with self._transaction() as connection:
            connection.execute(
                fresh.on_conflict_do_update(
                    index_elements=[about.c.key],
                    set_={"value": fresh.excluded.value},
                    where=(about.c.value < fresh.excluded.value) | (about.c.value > beyond),
                )
            )
