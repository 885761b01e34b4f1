"""The ledger's articles: the current version, and the earlier ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from newsarchive.archive import schema, selection
from newsarchive.archive.database import raw
from newsarchive.archive.rechecks import Check, Rechecks
from newsarchive.archive.schema import article, listing, revision, tombstone
from newsarchive.archive.selection import ALL, Choice
from newsarchive.items import ABSENCE, Link


class Found(NamedTuple):
    """A document that is archived, for the ledger."""

    doc_id: str
    linked_as: str = ""  #: the id under which a list named it
    row: dict[str, Any] | None = (
        None  #: of its new version, which is durable; None: it is as it was
    )
    replaced: schema.Row | None = None  #: the row of the version that went to `revisions/`
    check: Check | None = None  #: Sina answered with it
    link: Link | None = None  #: that led to it, if the ledger may not know it


class Versions(Rechecks):
    """An article has one current version, and earlier ones."""

    def article(self, doc_id: str) -> RowMapping | None:
        """The row of an archived article, None where it is not archived."""
        with self._transaction() as connection:
            query = sa.select(article).where(article.c.doc_id == doc_id)
            return connection.execute(query).mappings().one_or_none()

    def add(self, *found: Found) -> None:
        """Write what is known of these documents, each another, and close their links: together."""
        links = {item.linked_as or item.doc_id: item.doc_id for item in found}
        links |= {item.doc_id: item.doc_id for item in found}
        new = [item.link for item in found if item.link]
        with self._transaction() as connection:
            if new:
                self._add_links(connection, new)
            if replaced := [item.replaced for item in found if item.replaced]:
                self._add(connection, revision, replaced)
            self._put(connection, article, *(item.row for item in found if item.row))
            self._close_links(connection, links)
            if checks := {item.doc_id: item.check for item in found if item.check}:
                self._checked(connection, checks, links)

    def done(
        self,
        row: dict[str, Any],
        linked_as: str,
        replaced: schema.Row | None = None,
        check: Check | None = None,
    ) -> None:
        """An article has a new version."""
        self.add(Found(row["doc_id"], linked_as, row, replaced, check))

    def seen(self, doc_id: str, linked_as: str, check: Check | None = None) -> None:
        """A document was met again and is as archived."""
        self.add(Found(doc_id, linked_as, check=check))

    def history(self, doc_id: str) -> list[RowMapping]:
        """Every version of a document, oldest first; the current one has no `replaced_at`."""
        with self._transaction() as connection:
            query = sa.select(revision).where(revision.c.doc_id == doc_id)
            old = connection.execute(query.order_by(revision.c.revision)).mappings().all()
            current = sa.select(article, sa.null().label("replaced_at"))
            current = current.where(article.c.doc_id == doc_id)
            return [*old, *connection.execute(current).mappings()]

    def tombstones(self, doc_id: str) -> list[RowMapping]:
        """When the document was found gone, oldest first."""
        query = sa.select(tombstone).where(tombstone.c.doc_id == doc_id)
        with self._transaction() as connection:
            found = connection.execute(query.order_by(tombstone.c.gone_at)).mappings()
            return list(found)

    def articles(self, choice: Choice = ALL, as_of: datetime | None = None) -> Iterator[RowMapping]:
        """The versions that are current, by date and id, read as they are asked for.

        With *as_of* those that the archive knew at that moment. Each row has `gone_at`, too: since
        when the site no longer has it, as far as was known.
        """
        return self._read(selection.current(choice, as_of))

    def versions(self, choice: Choice = ALL) -> Iterator[dict[str, Any]]:
        """Every version, by date, id and number, read as they are asked for.

        Each has `replaced_at`, None for the current one; of its document `gone_at`, as far as is
        known now, and `absences`: what is known of each time that it was gone, oldest first.
        """
        found = self._read(selection.every(choice))
        for _, told in groupby(found, lambda row: (row["doc_id"], row["revision"])):
            first, *others = told
            absences = [
                {name: row[f"absence_{name}"] for name in ABSENCE}
                for row in (first, *others)
                if row["absence_gone_at"] is not None
            ]
            gone = [stone["gone_at"] for stone in absences if stone["returned_at"] is None]
            yield {**first, "absences": absences, "gone_at": max(gone, default=None)}

    def as_kept(
        self, choice: Choice = ALL, as_of: datetime | None = None, *, every: bool = False
    ) -> Iterator[RowMapping]:
        """Of what `articles` (*every*: `versions`) tells as much as shows whether any of it has
        changed, `date` and `path` among it. Quicker. A row that something else than this code
        changed is told by `scrapy verify`, by its seal, and not here."""
        query = selection.every(choice) if every else selection.current(choice, as_of)
        told = ("doc_id", "date", "path", "seal")
        others = set(article.c.keys())  # the seal tells of them
        columns = [
            column if column.key == "date" else sa.type_coerce(column, sa.String)
            for column in query.selected_columns
            if column.key in told or column.key not in others
        ]
        return self._read(query.with_only_columns(*columns, maintain_column_froms=True))

    def count(
        self, choice: Choice = ALL, as_of: datetime | None = None, *, every: bool = False
    ) -> int:
        """How many rows `articles` has; *every*: `versions`."""
        query = selection.every(choice) if every else selection.current(choice, as_of)
        found = query.order_by(None).subquery()
        pairs = sa.select(found.c.doc_id, found.c.revision).distinct().subquery()
        with self._transaction() as connection:
            return int(
                connection.execute(sa.select(sa.func.count()).select_from(pairs)).scalar_one()
            )

    def in_batches(self, choice: Choice, size: int = 500) -> Iterator[RowMapping]:
        """As `articles`, for callers that write meanwhile: no transaction stays open."""
        query = selection.current(choice).limit(size)
        after: sa.ColumnElement[bool] = sa.true()
        while rows := list(self._read(query.where(after))):
            yield from rows
            last = rows[-1]["date"], rows[-1]["doc_id"]
            after = sa.tuple_(article.c.date, article.c.doc_id) > last

    def of_file(self, name: str, choice: Choice, size: int = 500) -> Iterator[RowMapping]:
        """As `in_batches`, of those that were read from the WARC file *name*."""
        query = selection.current(choice).with_only_columns(article.c.doc_id)
        with self._transaction() as connection:
            found = connection.execute(query.where(article.c.warc_file == name))
            doc_ids = list(found.scalars())
        for start in range(0, len(doc_ids), size):
            yield from self.some(doc_ids[start : start + size])

    def some(self, doc_ids: Sequence[str]) -> list[RowMapping]:
        """The rows of these articles, of those that are archived."""
        query = sa.select(article).where(article.c.doc_id.in_(doc_ids))
        with self._transaction() as connection:
            return list(connection.execute(query).mappings())

    def marks(self) -> Iterator[RowMapping]:
        """Of every article `doc_id`, `date` (a text that sorts), `seal`, its first `channel`, and
        all that it was `listed` by, blanks between them: what changes when anything of it does."""
        listed = sa.select(sa.func.aggregate_strings(listing.c.channel, " "))
        listed = listed.where(listing.c.doc_id == article.c.doc_id)
        columns = (article.c.doc_id, raw(article.c.date), article.c.seal, article.c.channel)
        return self._read(sa.select(*columns, listed.scalar_subquery().label("listed")))

    def texts(self, as_of: datetime | None = None) -> Iterator[RowMapping]:
        """What `Store.read` needs of every article, of its version *as_of* a moment; and `date`, a
        text that sorts: the page's own time, the post's where it has none."""
        known = article if as_of is None else selection.known_at(as_of)
        date = sa.func.coalesce(raw(known.c.published_at), raw(known.c.date)).label("date")
        names = ("doc_id", "revision", "path", "sha256")
        return self._read(sa.select(*(known.c[name] for name in names), date))
