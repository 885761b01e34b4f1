"""The workers of one crawl, in the ledger: who is there, how the crawl goes, and who is dead.

A worker says from time to time that it is there (`beat`). One that was silent for as long as a
lease lasts has lost all that it had in hand, and writes nothing more (see `Access.alone`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection, RowMapping

from newsarchive import clock
from newsarchive.archive.access import NOW, Access
from newsarchive.archive.moments import moment_text
from newsarchive.archive.shared import crawl, lease, worker
from newsarchive.exceptions import BadArgument, StorageError

DB_NOW: sa.ColumnElement[float] = sa.literal_column(NOW, sa.Double())
#: A worker that was silent for so many leases is dead: what it left half done is settled.
_DEAD = 10
#: Of what is ready, `it`: nobody has it in hand.
FREE = (
    "NOT EXISTS (SELECT 1 FROM lease WHERE lease.kind = :kind AND lease.key = it.{key} "  # noqa: S608
    f"AND lease.until > {NOW})"
)
#: `fresh`: nobody had it; else the lease of another worker has ended.
_CLAIM = (
    "WITH ready AS (SELECT it.{key} {ready} LIMIT :count FOR UPDATE OF it SKIP LOCKED) "  # noqa: S608
    f"INSERT INTO lease SELECT :kind, {{key}}, :me, {NOW} + :seconds FROM ready "
    "ON CONFLICT (kind, key) DO UPDATE SET owner = excluded.owner, until = excluded.until "
    f"WHERE lease.until <= {NOW} RETURNING key, xmax = 0 AS fresh"
)


class Dead(NamedTuple):
    """A worker that ended without a word."""

    name: str
    run: str  #: what its WARC files are called by


class Crew:
    """One worker's place in a crawl. Every method is one transaction; raises StorageError.

    *seconds*: so long a lease lasts.
    """

    def __init__(self, access: Access, name: str, seconds: float) -> None:
        self._access = access
        self._crawl = name
        self._me = access.worker
        self._seconds = seconds
        self._opened = clock.now()

    @property
    def generation(self) -> str:
        """Which crawl of that name it is."""
        return f"{self._crawl} {moment_text(self._opened)}"

    def join(
        self, spider: str, arguments: Mapping[str, str], limit: int | None, told: Mapping[str, Any]
    ) -> None:
        """Take part in the crawl, or open it: where it is over, and where nobody is at work in one
        with other *arguments*.

        One that all its workers left, or died in, goes on. *told*: `run`, `host` and `pid` of the
        worker. Raises BadArgument where the others have other *arguments*.
        """
        opened = clock.to_milliseconds(clock.now())
        fresh: dict[str, Any] = {
            "spider": spider,
            "arguments": dict(arguments),
            "opened_at": opened,
            "ended_at": None,
            "exit_code": None,
            "pages_left": limit,
            "asked": 0,
            "rechecks": None,
            "done": [],
            "stopped": "",
        }
        named = (crawl.c.name == self._crawl,)
        with self._access.beside() as connection:
            row = insert(crawl).values({"name": self._crawl, **fresh, "ended_at": opened})
            connection.execute(row.on_conflict_do_nothing())
            query = sa.select(crawl).where(*named).with_for_update()
            known = connection.execute(query).mappings().one()
            others = sa.select(worker.c.name).where(
                worker.c.crawl == self._crawl,
                ~worker.c.ended,
                worker.c.beat > DB_NOW - self._seconds,
            )
            same = (known["spider"], known["arguments"]) == (spider, fresh["arguments"])
            if known["ended_at"] is None and same:
                opened = known["opened_at"]
            elif known["ended_at"] is None and connection.execute(others).first():
                words = " ".join(map("=".join, known["arguments"].items())) or "without arguments"
                other = f"{known['spider']} {words}"
                raise BadArgument(f"the crawl {self._crawl} is at work as {other}: join it as that")
            else:
                connection.execute(sa.update(crawl).where(*named).values(fresh))
                self._opens(connection)
            skew = clock.now().timestamp() - connection.execute(sa.select(DB_NOW)).scalar_one()
            mine = {"name": self._me, "crawl": self._crawl, "beat": DB_NOW, "ended": False}
            connection.execute(
                sa.insert(worker).values(mine | {"counts": {}, "skew": skew, **told})
            )
        self._opened = opened

    def _opens(self, connection: Connection) -> None:
        """The crawl is opened, in this transaction."""

    def _leaves(self, connection: Connection) -> None:
        """The worker leaves, in this transaction."""

    def is_over(self) -> bool:
        """Whether nothing is left to do: decided once, for all workers."""
        raise NotImplementedError

    def beat(self, counts: Mapping[str, Any]) -> tuple[str, int] | None:
        """Say that the worker is there, and what it did so far.

        Returns why the crawl was stopped, and with which exit code; None while it goes on. Raises
        StorageError where the worker was silent for too long.
        """
        alive = (worker.c.name == self._me, worker.c.beat > DB_NOW - self._seconds)
        told = {"beat": DB_NOW, "counts": dict(counts)}
        mine = sa.update(lease).where(lease.c.owner == self._me)
        with self._access.beside() as connection:
            if not connection.execute(sa.update(worker).where(*alive).values(told)).rowcount:
                raise StorageError(f"{self._me} was silent: others do its work by now")
            connection.execute(mine.values(until=DB_NOW + self._seconds))
            return _stopped(self._open(connection))

    def stopped(self) -> tuple[str, int] | None:
        """Why the crawl was stopped, and with which exit code; None where it was not."""
        with self._access.beside() as connection:
            return _stopped(self._open(connection))

    def stop(self, why: str, exit_code: int) -> None:
        """End the crawl for all workers; who stops it first says why."""
        told = {"stopped": why, "exit_code": exit_code, "ended_at": clock.now()}
        with self._access.beside() as connection:
            running = (*self._this, crawl.c.ended_at.is_(None))
            connection.execute(sa.update(crawl).where(*running).values(told))

    def leave(self, counts: Mapping[str, Any]) -> None:
        """Be gone, and leave to the others what was not done."""
        told = {"ended": True, "beat": DB_NOW, "counts": dict(counts)}
        with self._access.beside() as connection:
            self._leaves(connection)
            connection.execute(sa.delete(lease).where(lease.c.owner == self._me))
            connection.execute(sa.update(worker).where(worker.c.name == self._me).values(told))

    def dead(self) -> list[Dead]:
        """The workers that ended without a word, and that nobody else buries just now."""
        silent = (~worker.c.ended, worker.c.beat < DB_NOW - _DEAD * self._seconds)
        query = sa.select(worker.c.name, worker.c.run).where(*silent)
        with self._access.beside() as connection:
            found = [Dead(*row) for row in connection.execute(query)]
            return [one for one in found if self._take_one(connection, "janitor", one.name)]

    def bury(self, dead: Dead) -> None:
        """What it left half done is settled."""
        with self._access.beside() as connection:
            gone = sa.update(worker).where(worker.c.name == dead.name)
            connection.execute(gone.values(ended=True))
            mine = (lease.c.kind == "janitor", lease.c.key == dead.name)
            connection.execute(sa.delete(lease).where(*mine))

    # Inside

    @property
    def _this(self) -> tuple[sa.ColumnElement[bool], ...]:
        """The crawl's row: another one of the same name may have been opened."""
        return crawl.c.name == self._crawl, crawl.c.opened_at == self._opened

    def _open(self, connection: Connection, *, lock: bool = False) -> RowMapping | None:
        query = sa.select(crawl).where(*self._this)
        found = connection.execute(query.with_for_update() if lock else query)
        return found.mappings().one_or_none()

    def _take(
        self, connection: Connection, kind: str, count: int, ready: str, key: str, **told: Any
    ) -> dict[str, bool]:
        """Claim at most *count* of what is *ready*, by its *key*; whether nobody had it before."""
        if count <= 0:
            return {}
        query = _CLAIM.format(key=key, ready=ready)
        told |= {"kind": kind, "me": self._me, "seconds": self._seconds, "count": count}
        return {name: fresh for name, fresh in connection.execute(sa.text(query), told)}

    def _take_one(self, connection: Connection, kind: str, key: str) -> bool:
        """Take a lease that nobody has; whether nobody had it."""
        row = {"kind": kind, "key": key, "owner": self._me, "until": DB_NOW + self._seconds}
        fresh = insert(lease).values(row)
        taken = fresh.on_conflict_do_update(
            index_elements=[lease.c.kind, lease.c.key],
            set_={"owner": fresh.excluded.owner, "until": fresh.excluded.until},
            where=lease.c.until <= DB_NOW,
        )
        return connection.execute(taken.returning(lease.c.key)).first() is not None


def _stopped(found: RowMapping | None) -> tuple[str, int] | None:
    return (found["stopped"], found["exit_code"]) if found and found["stopped"] else None
