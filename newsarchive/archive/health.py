"""How an archive is: its last runs, its workers, what is to do, and what needs attention."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

from newsarchive import clock
from newsarchive.archive import attention, lock, report
from newsarchive.archive.crawls import Crawl
from newsarchive.archive.schema import Row
from newsarchive.archive.store import Store

#: The last runs that it is told by.
RUNS = 200
#: What is told where `metrics`, which tells the same in numbers, has not what it needs.
METRICS_NEED = "metrics need prometheus-client: pip install 'newsarchive[cluster]'"
_NONE: Mapping[str, Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True)
class Health:
    """As it was `at` a moment."""

    at: datetime
    runs: list[Row]  #: newest first
    reports: Mapping[str, Mapping[str, Any]]  #: of these runs, by name
    states: Mapping[str, int]  #: links
    due: int  #: re-checks
    points: list[attention.Point]  #: what needs attention
    crawls: list[Crawl] = field(default_factory=list)  #: that several workers share, or shared last
    wait_until: datetime | None = None  #: the site is not to be asked before

    @cached_property
    def failures(self) -> dict[str, int]:
        """By reason, the most frequent first."""
        found: Counter[str] = Counter()
        for told in self.reports.values():
            failed = told.get("failed")
            if isinstance(failed, dict):
                found.update({str(k): v for k, v in failed.items() if isinstance(v, int)})
        return dict(found.most_common())


def look(store: Store, known: Mapping[str, Mapping[str, Any]] = _NONE, runs: int = RUNS) -> Health:
    """Ask the ledger and read the reports of the last *runs*, but for those that are *known*."""
    with lock.at_rest(store.root) as busy:
        found: list[Row] = list(store.ledger.runs(runs))
        crawls = store.ledger.crawls()
    reports = {
        run["name"]: known.get(run["name"]) or report.read(store.root, run["name"]) for run in found
    }
    now = clock.now()
    wait_until = store.ledger.wait_until()
    return Health(
        at=now,
        runs=found,
        reports=reports,
        states=store.ledger.states(),
        due=store.ledger.due_count(now),
        points=list(attention.points(now, found, reports, wait_until, crawls, busy=busy)),
        crawls=crawls,
        wait_until=wait_until,
    )
