"""The ledger's own upkeep: what `scrapy verify` asks it, and how its rows are mended."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from newsarchive.archive import schema
from newsarchive.archive.database import raw
from newsarchive.archive.links import ALIAS, FRESH, LINK_FIELDS
from newsarchive.archive.schema import about, article, image, link, recheck, revision, walk
from newsarchive.archive.versions import Versions
from newsarchive.exceptions import StorageError


class Upkeep(Versions):
    """Checks and repairs."""

    def paths(self, doc_ids: set[str]) -> set[str]:
        """Where the files of these documents lie, all versions."""
        with self._transaction() as connection:
            return {
                path
                for table in (article, revision)
                for path in connection.execute(
                    sa.select(table.c.path).where(table.c.doc_id.in_(doc_ids))
                ).scalars()
            }

    def count_files(self) -> int:
        """How many files the ledger names; a picture counts for each of its addresses."""
        paths = [sa.select(table.c.path).where(table.c.path != "") for table in (article, revision)]
        reports = sa.select(schema.run.c.name).where(schema.run.c.sha256 != "")
        of_all = (*paths, sa.select(schema.image.c.url), reports, sa.select(schema.warc.c.name))
        query = sa.select(sa.func.count()).select_from(sa.union_all(*of_all).subquery())
        with self._transaction() as connection:
            return int(connection.execute(query).scalar_one())

    def orphans(self) -> list[str]:
        """The documents whose link is done, and that are not archived."""
        alias = sa.func.substr(link.c.detail, len(ALIAS) + 1)
        named = sa.case((link.c.detail == "", link.c.doc_id), else_=alias)
        archived = sa.select(article.c.doc_id).where(article.c.doc_id == named).exists()
        query = sa.select(link.c.doc_id).where(link.c.state == "done", ~archived)
        with self._transaction() as connection:
            return list(connection.execute(query.order_by(link.c.doc_id)).scalars())

    def is_todo(self, doc_id: str) -> bool:
        """Whether a run is still to fetch what a list called so."""
        query = sa.select(link.c.doc_id).where(link.c.doc_id == doc_id, link.c.state == "todo")
        with self._transaction() as connection:
            return connection.execute(query).first() is not None

    def is_damaged(self, doc_id: str) -> bool:
        """Whether a row of one of the document's versions is not as it was written."""
        try:
            with self._transaction() as connection:
                return any(
                    row["seal"] != schema.seal(table, row)
                    for table in (article, revision)
                    for row in connection.execute(
                        sa.select(table).where(table.c.doc_id == doc_id)
                    ).mappings()
                )
        except StorageError:
            return True

    def refetch(self, doc_id: str) -> bool:
        """The post is lost: its link is to do again; False where there is no address for that."""
        with self._transaction() as connection:
            found = self._change(connection, link, (link.c.doc_id == doc_id,), lambda _: FRESH)
            query = sa.select(article).where(article.c.doc_id == doc_id)
            known = connection.execute(query).mappings().one_or_none()
            if known is not None and known["url"] and not found:
                found = [_link_of(known) | FRESH]
                self._add(connection, link, found)
            return bool(found)

    def place(self, doc_id: str, number: int, path: str) -> None:
        """Where the file of an earlier version lies; '': it is lost."""
        same = (revision.c.doc_id == doc_id, revision.c.revision == number)
        with self._transaction() as connection:
            self._change(connection, revision, same, lambda _: {"path": path})

    def add_revision(self, row: schema.Row) -> None:
        """An earlier version was found that the ledger did not know."""
        with self._transaction() as connection:
            self._add(connection, revision, [row])

    def renew(self, table: str, key: str) -> bool:
        """Make a damaged row anew where all that it says can be had elsewhere; whether it could be.

        How far a list was read: from the beginning, then. When an article is asked for again: at
        once. A link that is archived: its article has the same. A picture: its posts and its file
        have the same. What `about` does not know: never.
        """
        with self._transaction() as connection:
            if table == "walk":
                gone = sa.delete(walk).where(walk.c.channel == key)
                return bool(connection.execute(gone).rowcount)
            if table == "image":  # a post that names it tells the rest
                gone = sa.delete(image).where(image.c.url == key)
                return bool(connection.execute(gone).rowcount)
            if table == "about":
                gone = sa.delete(about).where(about.c.key == key, about.c.key != "version")
                return bool(connection.execute(gone).rowcount)
        if table not in ("recheck", "link") or self.is_damaged(key):
            return False
        with self._transaction() as connection:
            query = sa.select(article).where(article.c.doc_id == key)
            known = connection.execute(query).mappings().one_or_none()
            if known is None:
                return False
            if table == "recheck":
                row = {"doc_id": key, "due_at": known["seen_at"], "missing": 0}
                self._put(connection, recheck, row)
            else:
                self._put(connection, link, _link_of(known) | FRESH | {"state": "done"})
            return True

    def take_out(self, table: str, key: str) -> str:
        """Delete a row that cannot even be read; returns its text, '' for any other row."""
        of = next((found for found in schema.SEALED if found.name == table), None)
        if of is None:
            return ""
        columns = [raw(column) for column in of.primary_key]
        same = [column == part for column, part in zip(columns, key.split(" "))]
        try:
            with self._transaction() as connection:
                connection.execute(sa.select(of).where(*same)).all()
            return ""
        except StorageError:
            with self._transaction() as connection:
                texts = [sa.cast(raw(column), sa.Text) for column in of.columns]
                rows = connection.execute(sa.select(*texts).where(*same)).all()
                connection.execute(sa.delete(of).where(*same))
        names = [column.name for column in of.columns]
        return "".join(f"{dict(zip(names, row))}\n" for row in rows)


def _link_of(known: RowMapping) -> dict[str, object]:
    return {name: known[name] for name in LINK_FIELDS}
