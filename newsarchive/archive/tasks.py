"""What the workers of a re-extraction have to do: WARC files, each a task, and each in one hand.

The files are noted when it is opened, those that versions of its choice were read from. A task goes
when all of its versions were compared and what came of that is stored: a worker that dies before
leaves the file to another one, which finds what was done already to be as it is.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from newsarchive import clock
from newsarchive.archive import selection
from newsarchive.archive.access import Access
from newsarchive.archive.crew import FREE, Crew
from newsarchive.archive.schema import article
from newsarchive.archive.selection import Choice
from newsarchive.archive.shared import crawl, lease, task

_KIND = "file"
#: The largest first: so that no worker begins with one when the others have come to their ends.
_READY = (
    f"FROM task AS it WHERE it.crawl = :crawl AND {FREE.format(key='file')} "
    "ORDER BY it.versions DESC, it.file"
)


class Tasks(Crew):
    """What one worker has of a re-extraction of *choice*."""

    def __init__(self, access: Access, name: str, seconds: float, choice: Choice) -> None:
        super().__init__(access, name, seconds)
        self._choice = choice

    def claim(self) -> str | None:
        """The name of a file that is to be read, and is in nobody's hand; None: there is none."""
        with self._access.beside() as connection:
            found = self._open(connection, lock=True)
            if found is None or found["ended_at"] is not None:
                return None
            taken = self._take(connection, _KIND, 1, _READY, "file", crawl=self._crawl)
            return next(iter(taken), None)

    def finish(self, file: str) -> None:
        """All that *file* tells is stored. Nothing happens where another worker has it by now."""
        mine = (lease.c.kind == _KIND, lease.c.key == file, lease.c.owner == self._me)
        with self._access.beside() as connection:
            found = self._open(connection, lock=True)
            if connection.execute(sa.delete(lease).where(*mine)).rowcount and found is not None:
                done = (task.c.crawl == self._crawl, task.c.file == file)
                connection.execute(sa.delete(task).where(*done))

    def is_over(self) -> bool:
        left = sa.select(task.c.file).where(task.c.crawl == self._crawl)
        with self._access.beside() as connection:
            found = self._open(connection, lock=True)
            if found is None or found["ended_at"] is not None:
                return True
            over = connection.execute(left.limit(1)).first() is None
            if over:
                told = {"ended_at": clock.now(), "exit_code": 0}
                connection.execute(sa.update(crawl).where(*self._this).values(told))
            return over

    def _opens(self, connection: Connection) -> None:
        connection.execute(sa.delete(task).where(task.c.crawl == self._crawl))
        named = (sa.literal(self._crawl), article.c.warc_file, sa.func.count())
        files = selection.current(self._choice).with_only_columns(*named).order_by(None)
        files = files.where(article.c.warc_file != "").group_by(article.c.warc_file)
        connection.execute(sa.insert(task).from_select(list(task.c.keys()), files))
