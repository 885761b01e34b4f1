"""A crawl that several workers share, and who of them is at work."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple


class Worker(NamedTuple):
    """One process of a crawl."""

    name: str
    run: str  #: its row among the runs
    host: str
    state: str  #: `alive`, `silent` (others take over what it had in hand) or `ended`
    silence: float  #: seconds since it last said that it is there
    skew: float  #: seconds that its clock is ahead of the database's
    counts: dict[str, Any]  #: of its report, so far
    in_hand: int = 0  #: documents, of a re-extraction files


@dataclass(frozen=True)
class Crawl:
    """What is known of one, of whatever machines its workers are."""

    name: str
    spider: str
    opened_at: datetime
    ended_at: datetime | None
    stopped: str  #: why it ended before its time; '' where it did not
    workers: list[Worker] = field(default_factory=list)
    files: int = 0  #: of a re-extraction: WARC files that are not read yet

    def states(self) -> dict[str, int]:
        """How many workers are in which state."""
        found = Counter(worker.state for worker in self.workers)
        return {state: found[state] for state in ("alive", "silent", "ended")}

    @property
    def in_hand(self) -> int:
        """How many documents, or files, its workers have just now."""
        return sum(worker.in_hand for worker in self.workers)

    def total(self, name: str) -> int:
        """The sum of one of the workers' counts."""
        return sum(int(worker.counts.get(name, 0)) for worker in self.workers)

    def by(self, name: str) -> Counter[str]:
        """The same of a count that is kept by outcome, reason or status."""
        found: Counter[str] = Counter()
        for worker in self.workers:
            found.update(worker.counts.get(name, {}))
        return found

    def rate(self, now: datetime) -> float:
        """Requests a second since it was opened."""
        seconds = ((self.ended_at or now) - self.opened_at).total_seconds()
        return self.total("requests") / seconds if seconds > 0 else 0.0
