"""What the tests of articles, re-checks and links ask a ledger, and tell it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from newsarchive.archive.ledger import Ledger
from newsarchive.archive.rechecks import Check
from newsarchive.archive.selection import ALL, Choice
from tests.archive.samples import T0, T1, A, B, a_row

HOUR = timedelta(hours=1)


def todo(ledger: Ledger) -> list[str]:
    return [link.doc_id for link in ledger.todo()]


def when(hours: float) -> datetime:
    return T0 + hours * HOUR


def checked(ledger: Ledger, doc_id: str, at: datetime, due_at: datetime | None, **row: Any) -> None:
    """Sina answered with an article, as if a page had come."""
    ledger.done(a_row(doc_id, **row), doc_id, None, Check(at, due_at))


def gone(ledger: Ledger, hours: float, doc_id: str = A, detail: str = "404") -> bool:
    """A re-check found it missing; the third time in a row counts."""
    moment = when(hours)
    due_at = moment + 100 * HOUR
    return ledger.missing(doc_id, moment, detail, 3, pause=HOUR, due_at=due_at)


def due(ledger: Ledger, hours: float, count: int = 99) -> list[str]:
    return [link.doc_id for link in ledger.due(when(hours), count)]


def versions(ledger: Ledger) -> None:
    """A in three versions, seen after 0, 2 and 4 hours; B in one, seen after 3."""
    for number, hours in ((1, 0), (2, 2), (3, 4)):
        row = a_row(A, revision=number, title=f"第{number}版", seen_at=when(hours), channel="us")
        before = ledger.article(A)
        replaced = {**before, "path": "r", "replaced_at": when(hours)} if before else None
        ledger.done(row, A, replaced)
    ledger.done(a_row(B, seen_at=when(3), date=T1, channel="macro"), B)


def at(ledger: Ledger, hours: float, choice: Choice = ALL) -> list[dict[str, Any]]:
    return [dict(row) for row in ledger.articles(choice, when(hours))]


def known(ledger: Ledger, hours: float, **choice: Any) -> list[tuple[str, int]]:
    return [(row["doc_id"], row["revision"]) for row in at(ledger, hours, Choice(**choice))]
