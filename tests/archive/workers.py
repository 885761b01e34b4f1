"""A crawl that three workers share: one is there, one is silent, one has ended."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

import sqlalchemy as sa

from newsarchive import clock
from newsarchive.archive.leases import Leases
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.shared import crawl, worker

CRAWL = "sina_finance"
ALIVE, SILENT, ENDED = "east-0a1b2c3d", "west-1a2b3c4d", "west-2a3b4c5d"
COUNTS = {
    "requests": 7,
    "retries": 2,
    "bytes": 1_500,
    "answers": {"200": 6, "404": 1},
    "archived": {"new": 6},
    "failed": {},
}
MORE = COUNTS | {
    "retries": 1,
    "archived": {"new": 5},
    "failed": {"no_body": 1},
}


def share(url: str) -> None:
    """Make them, with two pages in hand."""
    for name in (ALIVE, SILENT, ENDED):
        with closing(Ledger(url)) as ledger:
            ledger.share(name, 60)
            ledger.hold()
            moment = clock.now()
            run = f"{moment:%Y%m%dT%H%M%S.%f}Z-{name}-{CRAWL}"
            ledger.begin_run(run, CRAWL, moment)
            leases = Leases(ledger, CRAWL, 60)
            leases.join(CRAWL, {}, None, {"run": run, "host": name[:4], "pid": 1})
            leases.beat(MORE if name == SILENT else COUNTS)
            if name == ALIVE:
                leases.claim(2)
            if name == ENDED:
                leases.leave({})
                ledger.end_run(run, clock.now(), 0, "")
    change(url, sa.update(crawl).values(opened_at=clock.now() - timedelta(hours=1)))
    change(url, sa.update(worker).where(worker.c.name == SILENT).values(beat=worker.c.beat - 130))


def finish(url: str) -> None:
    """The crawl has come to its end."""
    change(url, sa.update(crawl).values(ended_at=clock.now(), exit_code=0))


def change(url: str, statement: sa.Update) -> None:
    with closing(Ledger(url)) as ledger, ledger._transaction() as connection:
        connection.execute(statement)
