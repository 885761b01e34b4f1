"""The way to the ledger's database: its connections, and what workers that share it keep apart."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakSet

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection

from newsarchive.archive import sqlite_file
from newsarchive.exceptions import Locked, StorageError

#: Of libpq: a server that is gone is told within half a minute, not within a quarter of an hour.
_LINE = {
    "connect_timeout": 10,  # seconds
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,  # milliseconds
}
#: Of PostgreSQL: of a machine that is gone the locks come free, and nobody waits for ever for one.
_SESSION = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "lock_timeout": "30s",
}
#: Of PostgreSQL: how long a session may say nothing, between two transactions and inside of one.
_SILENCE = ("idle_session_timeout", "idle_in_transaction_session_timeout")
#: Seconds since 1970 by the database's own clock: the one that all workers share.
NOW = "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"
#: Advisory locks are the database's: those of two ledgers in it are told apart by their schemas.
_KEY = "hashtextextended(current_schema() || ' newsarchive ' || {}, 0)"
#: In the order of the keys: no two workers wait for each other in a ring.
_LOCKS = sa.text(
    "SELECT pg_advisory_lock(key) FROM (SELECT DISTINCT "  # noqa: S608  # ours, all of it
    + _KEY.format("document")
    + " AS key FROM unnest(CAST(:documents AS text[])) AS document ORDER BY 1) AS sorted"
)
_UNLOCK = sa.text("SELECT pg_advisory_unlock_all()")
_HOLD = "SELECT pg_try_advisory_lock{how}(" + _KEY.format("'/run'") + ")"
#: Until the transaction ends.
MAKE = sa.text("SELECT pg_advisory_xact_lock(" + _KEY.format("'/tables'") + ")")
_ALIVE = sa.text(f"SELECT 1 FROM worker WHERE name = :name AND beat > {NOW} - :seconds")  # noqa: S608


class Access:
    """The connections to one database, by its SQLAlchemy URL. Raises StorageError.

    *read_only*: it is left as it is.
    """

    def __init__(self, url: str | URL, *, read_only: bool = False) -> None:
        try:
            self._engine = _engine_of(sa.make_url(url))
        except (sa.exc.SQLAlchemyError, ImportError, ValueError) as error:
            raise StorageError(f"LEDGER_URL is not usable: {error}") from error
        if "@" in (self._engine.url.host or ""):  # it would be told as a part of the host
            raise StorageError("LEDGER_URL is not usable: an @ in the password is written %40")
        # A password may also stand among the parameters.
        self.url = self._engine.url.set(query={}).render_as_string(hide_password=True)
        if self._engine.dialect.name not in ("sqlite", "postgresql"):
            raise StorageError(f"LEDGER_URL: SQLite or PostgreSQL, not {self._engine.dialect.name}")
        self.is_postgres = self._engine.dialect.name == "postgresql"
        if self.is_postgres or not read_only:
            sa.event.listen(self._engine, "connect", self._connected)
        #: Called before the database is asked anything: what waits to be written is written first.
        #: So where one thread writes what another asks about, only one of them is at it.
        self.before: Callable[[], None] = lambda: None
        #: The name of this worker, where there are others; '' where there are none.
        self.worker = ""
        self._seconds = 0.0  # that a worker may be silent
        self._asked = 0.0  # then, or later, the session that has the locks of `alone` last answered
        self._held: Connection | None = None
        #: Over which all is asked inside of `alone` and `at_one_moment`, by one thread.
        self._pinned: Connection | None = None
        self._lines: WeakSet[Any] = WeakSet()
        driver: Any = self._engine.dialect.dbapi
        self._error: type[Exception] = driver.Error

    def close(self) -> None:
        """Give the connections back."""
        if self._held is not None:
            with suppress(sa.exc.SQLAlchemyError):  # it died with the server: so did the lock
                self._held.invalidate()  # what is closed for good holds no lock
                self._held.close()
            self._held = None
        self._engine.dispose()

    def cut(self) -> None:
        """Hang up on the server, from another thread: who waits for its answer gets an error."""
        for line in list(self._lines):
            # An error of the driver: the line was lost already.
            with suppress(OSError, self._error), socket.socket(fileno=os.dup(line.fileno())) as end:
                end.shutdown(socket.SHUT_RDWR)

    def hold(self) -> None:
        """Keep every other run away until `close`; of workers those that do not share the crawl.

        SQLite's are kept away by the archive's lock alone. Raises Locked.
        """
        if not self.is_postgres:
            return
        how = "_shared" if self.worker else ""
        with self._told():
            self._held = self._engine.connect()
            got = self._held.execute(sa.text(_HOLD.format(how=how))).scalar_one()
            self._held.commit()
        if not got:
            raise Locked(f"another run works on {self.url}")

    def identity(self) -> str:
        """Which ledger of its server it is, of PostgreSQL."""
        where = sa.text("SELECT current_database() || '/' || current_schema()")
        with self._told(), self._engine.connect() as connection:
            return str(connection.execute(where).scalar_one())

    def share(self, worker: str, seconds: float) -> None:
        """Be one of several workers from now on, *worker*, which may be silent for *seconds*."""
        if not self.is_postgres:
            raise StorageError("several workers share one LEDGER_URL of PostgreSQL")
        self.worker, self._seconds = worker, seconds
        self._engine.dispose()  # the connections to come are told of it

    @contextmanager
    def beside(self) -> Iterator[Connection]:
        """A transaction on who does what, beside what is archived: `before` is not asked.

        Over the connection that holds the lock. It is not mended: with it the lock is gone.
        """
        if self._held is None or self._held.invalidated:
            raise StorageError(f"the ledger {self.url}: the connection was lost")
        with self._told(), self._held.begin():
            yield self._held

    @contextmanager
    def alone(self, documents: Collection[str]) -> Iterator[None]:
        """Inside, no other worker writes these documents.

        One that was silent for so long that others do its work is not let in. All that is asked
        of the ledger inside goes over the connection that holds the locks: they end together.
        """
        if not self.worker or not documents:
            yield
            return
        assert self._pinned is None, "not one inside another, nor in two threads"
        with self._told():
            connection = self._engine.connect()
        try:
            with self._told():
                connection.execute(_LOCKS, {"documents": list(documents)})
                self._asked = _clock()
                told = {"name": self.worker, "seconds": self._seconds}
                if connection.execute(_ALIVE, told).first() is None:
                    raise StorageError(f"{self.worker} was silent: others do its work by now")
                connection.commit()
            self._pinned = connection
            yield
        finally:
            self._pinned = None
            with suppress(sa.exc.SQLAlchemyError):  # it was lost, and the locks with it
                if not connection.invalidated:
                    connection.rollback()
                    connection.execute(_UNLOCK)
                    connection.commit()
                connection.close()

    def sure(self) -> None:
        """Between two looks at the ledger: raise StorageError where `alone` may have ended.

        The server ends a session that was silent for a lease. To be called right before a file is
        changed: a process may have been stopped anywhere, and its documents are another's then.
        """
        if self._pinned is not None and self.worker and _clock() - self._asked > self._seconds:
            raise StorageError(f"{self.worker} was silent: others do its work by now")

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        self.before()
        with self._told():
            if self._pinned is None:
                with self._engine.begin() as connection:
                    yield connection
                return
            if self._pinned.invalidated:
                raise StorageError(f"the ledger {self.url}: the connection was lost")
            if self._pinned.in_transaction():
                yield self._pinned
                return
            asked = _clock()
            with self._pinned.begin():
                yield self._pinned
            self._asked = asked

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the database complains of becomes a StorageError."""
        try:
            yield
        except (sa.exc.SQLAlchemyError, ValueError) as error:  # ValueError: text it cannot encode
            cause = getattr(error, "orig", None) or error
            raise StorageError(f"the ledger {self.url}: {cause}") from error

    def _connected(self, connection: Any, _record: Any) -> None:
        if not self.is_postgres:
            _set_pragmas(connection)
            return
        session = dict(_SESSION)
        if self.worker:  # one that is stopped, not dead, keeps its locks no longer than its leases
            lease = f"{int(self._seconds * 1000)}ms"
            session |= dict.fromkeys(_SILENCE, lease)
        cursor = connection.cursor()
        for name, value in session.items():
            cursor.execute(f"SET {name} = '{value}'")
        cursor.close()
        connection.commit()
        self._lines.add(connection)

    def stamp(self) -> str:
        """What is another whenever the database has changed; '' where that cannot be told."""
        file = self._engine.url.database
        return "" if self.is_postgres or not file else sqlite_file.stamp(file)


def _clock() -> float:
    """Seconds that pass also while the machine sleeps, where it can tell."""
    number = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if number is None else time.clock_gettime(number)


def _engine_of(url: URL) -> sa.Engine:
    if url.get_backend_name() != "postgresql" or url.get_driver_name() != "psycopg":
        return sa.create_engine(url)
    line = {name: value for name, value in _LINE.items() if name not in url.query}
    return sa.create_engine(url, connect_args=line, pool_pre_ping=True)


def _set_pragmas(connection: Any) -> None:
    """SQLite: readers beside the writer, and a commit that is on the disk when it returns."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
