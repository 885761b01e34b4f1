"""What a run did: counted, named, written to `reports/`."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from newsarchive import clock
from newsarchive.archive import atomic
from newsarchive.items import Miss

#: So many skips, and so many failures, are named one by one; beyond that they are only counted.
NAMED = 1000


@dataclass
class Report:
    """The counts of one run. `archived` is by outcome, `skipped` and `failed` by reason."""

    started_at: datetime
    ended_at: datetime | None = None
    spider: str = ""
    finish_reason: str = ""
    exit_code: int = 0
    found: int = 0
    archived: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    misses: list[Miss] = field(default_factory=list)
    layouts: Counter[str] = field(default_factory=Counter)  #: of archived articles
    replacements: int = 0  #: U+FFFD in what was archived: characters that were lost on the way
    lists: dict[str, dict[str, str | bool | None]] = field(default_factory=dict)
    stale: list[str] = field(default_factory=list)  #: channels whose lists stand still
    requests: int = 0
    bytes: int = 0  #: as they came over the wire
    path: str = ""  #: where the report lies, relative to the archive

    def miss(self, miss: Miss) -> None:
        """Count an input that did not become a post; the first thousand of a kind are named."""
        counts = self.failed if miss.reason.failure else self.skipped
        counts[miss.reason.label] += 1
        if counts.total() <= NAMED:
            self.misses.append(miss)

    def walked(
        self,
        channel: str,
        newest: datetime | None,
        oldest: datetime | None,
        reached: bool | None,
    ) -> None:
        """Note how far a list was read: its newest and oldest row, and, of a range, whether the
        list went back to its beginning (None without a range)."""
        self.lists[channel] = {
            "newest": clock.iso(newest),
            "oldest_reachable": clock.iso(oldest),
            "range_reached": reached,
        }

    def write(self, root: Path) -> str:
        """Write the report under *root*; returns its path there. Raises OSError."""
        path = f"reports/{self.started_at:%Y%m%dT%H%M%S.%fZ}-{self.spider}.json"
        content = {
            "spider": self.spider,
            "started_at": clock.iso(self.started_at),
            "ended_at": clock.iso(self.ended_at),
            "finish_reason": self.finish_reason,
            "exit_code": self.exit_code,
            "found": self.found,
            "archived": dict(sorted(self.archived.items())),
            "skipped": dict(sorted(self.skipped.items())),
            "failed": dict(sorted(self.failed.items())),
            "layouts": dict(sorted(self.layouts.items())),
            "replacement_characters": self.replacements,
            "lists": self.lists,
            "stale_lists": self.stale,
            "requests": self.requests,
            "bytes": self.bytes,
            "misses": [
                {
                    "subject": miss.subject,
                    "doc_id": miss.doc_id or None,
                    "reason": miss.reason.label,
                    "failure": miss.reason.failure,
                    "detail": miss.detail or None,
                }
                for miss in self.misses
            ],
        }
        data = json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8", "replace")
        atomic.write(root, path, data + b"\n")
        return path

    def summary(self) -> str:
        """The run in one line that a person can read."""
        seconds = ((self.ended_at or clock.now()) - self.started_at).total_seconds()
        parts = [
            f"{self.found} found",
            _counted("archived", self.archived),
            _counted("skipped", self.skipped),
            _counted("failed", self.failed),
            f"{_size(self.bytes)} in {seconds:.1f} s",
        ]
        if self.layouts["generic"]:
            parts.append(f"{self.layouts['generic']} on a page template that is not known")
        if self.stale:
            parts.append(f"stale lists: {' '.join(self.stale)}")
        short = [
            f"{name} {told['oldest_reachable']}"
            for name, told in self.lists.items()
            if told["range_reached"] is False and told["oldest_reachable"]
        ]
        if short:
            parts.append(f"oldest reachable: {', '.join(short)}")
        return ", ".join(parts)


def _counted(what: str, counts: Counter[str]) -> str:
    named = ", ".join(f"{name} {count}" for name, count in counts.most_common())
    return f"{counts.total()} {what}" + (f" ({named})" if named else "")


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"
