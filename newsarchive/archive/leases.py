"""What a worker has in hand: documents that it claimed, and the lists, while it reads them.

What is to do is what the ledger says, links and re-checks. A lease keeps others away from a
document until its worker is done with it, or was silent for as long as a lease lasts: by the clock
of the database. So what a worker that was killed had in hand is taken up by another one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsarchive import clock
from newsarchive.archive.access import NOW, Access
from newsarchive.archive.crew import DB_NOW, FREE, Crew
from newsarchive.archive.links import LINK_FIELDS
from newsarchive.archive.moments import moment_text
from newsarchive.archive.schema import article, link
from newsarchive.archive.shared import crawl, lease
from newsarchive.items import Link

# What a crawl tried is due later than it was opened: it is not tried twice in one.
_PAGES = "FROM link AS it WHERE it.state = 'todo' AND (it.due_at IS NULL OR it.due_at <= :opened)"
_CHECKS = (
    "FROM recheck AS it WHERE it.due_at <= :opened AND EXISTS "
    "(SELECT 1 FROM article WHERE article.doc_id = it.doc_id AND article.url <> '')"
)
_FREE = FREE.format(key="doc_id")
#: What is ready, and in which order it is taken.
_READY = {
    "page": f"{_PAGES} {{hinted}} AND {_FREE} ORDER BY it.first_seen_at",
    "check": f"{_CHECKS} AND {_FREE} ORDER BY it.due_at, it.doc_id",
}
_OVER = (
    "UPDATE crawl SET ended_at = :now, exit_code = 0 WHERE name = :name AND opened_at = :opened "  # noqa: S608
    "AND ended_at IS NULL AND rechecks IS NOT NULL "
    f"AND NOT (coalesce(pages_left, 1) > 0 AND EXISTS (SELECT 1 {_PAGES})) "
    f"AND NOT (rechecks > 0 AND EXISTS (SELECT 1 {_CHECKS})) "
    f"AND NOT EXISTS (SELECT 1 FROM lease WHERE until > {NOW} "
    "AND owner IN (SELECT worker.name FROM worker WHERE worker.crawl = :name))"
)


class Leases(Crew):
    """What one worker has of a crawl."""

    def __init__(self, access: Access, name: str, seconds: float) -> None:
        super().__init__(access, name, seconds)
        self._hand: dict[str, str] = {}  # by document the kind of its lease
        self._finished: list[str] = []

    def claim(self, count: int, hints: Sequence[str] = ()) -> list[Link]:
        """At most *count* documents that are to be asked for, and are in nobody's hand.

        Those of *hints* first; new ones before archived ones that are due again.
        """
        with self._access.beside() as connection:
            found = self._open(connection, lock=True)  # first, and by all: no ring of waiting
            self._release(connection)
            if found is None or found["ended_at"] is not None:
                return []
            left = found["pages_left"]
            most = count if left is None else min(count, left)
            pages = self._claim(connection, "page", most, hints) if hints else {}
            pages |= self._claim(connection, "page", most - len(pages))
            checks: dict[str, bool] = {}
            change: dict[str, Any] = {"asked": found["asked"] + sum(pages.values())}
            if left is not None:
                change["pages_left"] = left - sum(pages.values())
            if not pages and found["rechecks"]:
                checks = self._claim(connection, "check", min(count, found["rechecks"]))
                change["rechecks"] = found["rechecks"] - sum(checks.values())
            if pages or checks:
                connection.execute(sa.update(crawl).where(*self._this).values(change))
            links = [*_links(connection, pages), *_archived(connection, checks)]
        self._hand |= dict.fromkeys(pages, "page") | dict.fromkeys(checks, "check")
        return links

    def finish(self, doc_id: str) -> None:
        """A document that was claimed is done with, whatever became of it."""
        if self._hand.pop(doc_id, None):
            self._finished.append(doc_id)

    @property
    def is_busy(self) -> bool:
        """Whether this worker has something in hand."""
        return bool(self._hand)

    def is_over(self) -> bool:
        """Whether nothing is left to do: decided once, for all workers."""
        told = {"name": self._crawl, "opened": moment_text(self._opened)}
        told["now"] = moment_text(clock.now())
        with self._access.beside() as connection:
            self._open(connection, lock=True)
            self._release(connection)
            connection.execute(sa.text(_OVER), told)
            found = self._open(connection)
            over = found is None or found["ended_at"] is not None
            if over:  # what workers had that were killed, and that was done all the same
                connection.execute(sa.delete(lease).where(lease.c.until <= DB_NOW))
            return over

    # The lists

    def lead(self) -> bool:
        """Whether this worker reads the lists from now on: one does, until they are read."""
        with self._access.beside() as connection:
            found = self._open(connection)
            unread = found is not None and found["ended_at"] is None and found["rechecks"] is None
            return unread and self._take_one(connection, "lists", self._crawl)

    def done(self) -> list[str]:
        """The channels whose lists were read."""
        with self._access.beside() as connection:
            found = self._open(connection)
            return list(found["done"]) if found else []

    def left(self) -> int | None:
        """How many more pages may be asked for than wait already; None: all."""
        with self._access.beside() as connection:
            found = self._open(connection)
            if found is None or found["pages_left"] is None:
                return None
            return max(0, int(found["pages_left"]) - self._waiting(connection))

    def asked(self) -> int:
        """How many lists and new pages the crawl asks for, those that still wait included."""
        with self._access.beside() as connection:
            found = self._open(connection)
            return int(found["asked"]) + self._waiting(connection) if found else 0

    def taken(self) -> int:
        """How many lists, pages and flashes were asked for so far, by whichever worker."""
        with self._access.beside() as connection:
            found = self._open(connection)
            return int(found["asked"]) if found else 0

    def listed(self, count: int = 1) -> None:
        """A page of a list is asked for; or *count* flashes are taken from one."""
        with self._access.beside() as connection:
            more = {"asked": crawl.c.asked + count}
            connection.execute(sa.update(crawl).where(*self._this).values(more))

    def read(self, channel: str) -> None:
        """The list of *channel* was read, well or not: no other worker begins it again."""
        with self._access.beside() as connection:
            if found := self._open(connection, lock=True):
                done = {"done": [*found["done"], channel]}
                connection.execute(sa.update(crawl).where(*self._this).values(done))

    def lists_read(self, rechecks: int) -> None:
        """All lists are read; so many archived articles may be asked for again."""
        mine = (lease.c.owner == self._me, lease.c.kind == "lists")
        with self._access.beside() as connection:
            connection.execute(sa.update(crawl).where(*self._this).values(rechecks=rechecks))
            connection.execute(sa.delete(lease).where(*mine))

    # Inside

    def _leaves(self, connection: Connection) -> None:
        """What was not done counts as not asked for."""
        back = list(self._hand.values()).count("page")
        told = {"asked": crawl.c.asked - back, "pages_left": crawl.c.pages_left + back}
        connection.execute(sa.update(crawl).where(*self._this).values(told))

    def _claim(
        self, connection: Connection, kind: str, count: int, hints: Sequence[str] = ()
    ) -> dict[str, bool]:
        told: dict[str, Any] = {"opened": moment_text(self._opened)}
        told |= {"hints": list(hints)} if hints else {}
        ready = _READY[kind].format(hinted="AND it.doc_id = ANY(:hints)" if hints else "")
        return self._take(connection, kind, count, ready, "doc_id", **told)

    def _release(self, connection: Connection) -> None:
        """Give back the leases of what is done."""
        finished, self._finished = self._finished, []
        if finished:
            mine = (lease.c.owner == self._me, lease.c.key.in_(finished))
            connection.execute(sa.delete(lease).where(*mine))

    def _waiting(self, connection: Connection) -> int:
        """How many links are ready and in nobody's hand."""
        query = sa.text(f"SELECT count(*) {_PAGES} AND {_FREE}")
        told = {"kind": "page", "opened": moment_text(self._opened)}
        return int(connection.execute(query, told).scalar_one())


def _links(connection: Connection, doc_ids: Collection[str]) -> list[Link]:
    columns = [link.c[name] for name in LINK_FIELDS]
    query = sa.select(*columns).where(link.c.doc_id.in_(doc_ids)).order_by(link.c.first_seen_at)
    if not doc_ids:
        return []
    return [Link(**row) for row in connection.execute(query).mappings()]


def _archived(connection: Connection, doc_ids: Collection[str]) -> list[Link]:
    columns = [article.c[name] for name in (*LINK_FIELDS, "warc_file", "warc_offset")]
    query = sa.select(*columns).where(article.c.doc_id.in_(doc_ids))
    if not doc_ids:
        return []
    return [Link(**row, archived=True) for row in connection.execute(query).mappings()]
