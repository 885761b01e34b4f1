"""What a run did: counted, named, written to `reports/`."""

from __future__ import annotations

import hashlib
import json
import statistics
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from newsarchive import __version__, clock
from newsarchive.archive import atomic, harmless
from newsarchive.items import Miss

#: So many skips, and so many failures, are named one by one; beyond that they are only counted.
NAMED = 1000
#: Seconds between this machine's clock and the site's that are worth a word.
SKEW = 60
#: So many answers tell the skew: the first ones of a run.
_SKEWS = 1001


@dataclass
class ChannelReport:
    """What one channel's list gave. `archived` is by outcome, `skipped` and `failed` by reason."""

    listed: int = 0  #: documents on the pages that were read
    archived: Counter[str] = field(default_factory=Counter)
    gone: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    newest: datetime | None = None  #: row on the list
    oldest: datetime | None = None
    range_reached: bool | None = None  #: whether it went back to the range's beginning

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "listed": self.listed,
            **{name: self.archived[name] for name in ("new", "revised", "unchanged")},
            "gone": self.gone,
            "skipped": dict(sorted(self.skipped.items())),
            "failed": dict(sorted(self.failed.items())),
            "newest": clock.iso(self.newest),
            "oldest": clock.iso(self.oldest),
            "range_reached": self.range_reached,
        }


@dataclass
class Report:
    """The counts of one run. `archived` is by outcome, `skipped` and `failed` by reason."""

    started_at: datetime
    spider: str = ""
    command: str = ""  #: as it was typed
    worker: str = ""  #: of several that share a crawl: which one
    ended_at: datetime | None = None
    finish_reason: str = ""
    exit_code: int = 0
    found: int = 0
    archived: Counter[str] = field(default_factory=Counter)
    gone: int = 0  #: articles of which it is now sure that the site no longer has them
    rechecks: int = 0  #: archived articles that were asked for again
    skipped: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    misses: list[Miss] = field(default_factory=list)
    layouts: Counter[str] = field(default_factory=Counter)  #: of archived articles
    images: Counter[str] = field(default_factory=Counter)  #: stored; known: another article's, too
    images_failed: Counter[str] = field(default_factory=Counter)  #: by reason
    replacements: int = 0  #: U+FFFD in what was archived: characters that were lost on the way
    channels: dict[str, ChannelReport] = field(default_factory=dict)
    stale: list[str] = field(default_factory=list)  #: channels whose lists stand still
    requests: int = 0
    retries: int = 0
    bytes: int = 0  #: as they came over the wire
    skews: list[float] = field(default_factory=list)  #: seconds that the site's clock is ahead

    @property
    def name(self) -> str:
        """What the report's file is called, without its ending."""
        worker = f"{self.worker}-" if self.worker else ""
        return f"{self.started_at:%Y%m%dT%H%M%S.%f}Z-{worker}{self.spider}"

    @property
    def path(self) -> str:
        """Where it lies, relative to the archive."""
        return f"reports/{self.name}.json"

    @property
    def clock_skew(self) -> float | None:
        """Seconds that the site's clock was ahead of this machine's: the median of the answers."""
        return round(statistics.median(self.skews), 1) if self.skews else None

    def of(self, channel: str) -> ChannelReport:
        """The part on one channel; '' for what no list named."""
        return self.channels.setdefault(channel, ChannelReport())

    def miss(self, miss: Miss) -> None:
        """Count an input that did not become a post; the first thousand of a kind are named."""
        label = miss.reason.label
        counts = self.failed if miss.reason.failure else self.skipped
        counts[label] += 1
        if miss.channel:
            channel = self.of(miss.channel)
            (channel.failed if miss.reason.failure else channel.skipped)[label] += 1
        if counts.total() <= NAMED:
            self.misses.append(miss)

    def put(self, channel: str, outcome: str) -> None:
        """Count an article that went through."""
        self.archived[outcome] += 1
        if channel:
            self.of(channel).archived[outcome] += 1

    def add(self, other: Report) -> None:
        """Add the counts of a part of the same run; one that did not end says why it did not."""
        if self.finish_reason in ("", "finished"):
            self.finish_reason = other.finish_reason or self.finish_reason
        self.found += other.found
        self.gone += other.gone
        self.replacements += other.replacements
        for name in ("archived", "skipped", "failed", "layouts", "images", "images_failed"):
            getattr(self, name).update(getattr(other, name))
        self.misses += other.misses
        for name, told in other.channels.items():
            mine = self.of(name)
            mine.listed += told.listed
            mine.gone += told.gone
            for counts in ("archived", "skipped", "failed"):
                getattr(mine, counts).update(getattr(told, counts))

    def answered(self, served_at: datetime) -> None:
        """Note the site's own time of an answer that has just come."""
        if len(self.skews) < _SKEWS:
            # Its header is cut to the second: half a second is lost on the average.
            self.skews.append((served_at - clock.now()).total_seconds() + 0.5)

    def walked(
        self,
        channel: str,
        newest: datetime | None,
        oldest: datetime | None,
        reached: bool | None,
    ) -> None:
        """Note how far a list was read: its newest and oldest row, and, of a range, whether the
        list went back to its beginning (None without a range)."""
        told = self.of(channel)
        told.newest, told.oldest, told.range_reached = newest, oldest, reached

    def write(self, root: Path) -> str:
        """Write the file below *root*; returns its SHA-256 in hex. Raises OSError."""
        content = harmless.dumps(self._content(), indent=1) + "\n"
        data = content.encode("utf-8", "replace")
        atomic.write(root, self.path, data)
        return hashlib.sha256(data).hexdigest()

    def _content(self) -> dict[str, Any]:
        return {
            "newsarchive": __version__,
            "spider": self.spider,
            "command": self.command,
            "started_at": clock.iso(self.started_at),
            "ended_at": clock.iso(self.ended_at),
            "finish_reason": self.finish_reason,
            "exit_code": self.exit_code,
            "found": self.found,
            "archived": dict(sorted(self.archived.items())),
            "gone": self.gone,
            "rechecks": self.rechecks,
            "skipped": dict(sorted(self.skipped.items())),
            "failed": dict(sorted(self.failed.items())),
            "layouts": dict(sorted(self.layouts.items())),
            "images": {
                **{name: self.images[name] for name in ("stored", "known")},
                "failed": dict(sorted(self.images_failed.items())),
            },
            "replacement_characters": self.replacements,
            "channels": {name: told.plain() for name, told in self.channels.items()},
            "stale_lists": self.stale,
            "requests": self.requests,
            "retries": self.retries,
            "bytes": self.bytes,
            "clock_skew": self.clock_skew,
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
        if self.gone:
            parts.append(f"{self.gone} gone from the site")
        if self.images:
            parts.append(f"{self.images['stored']} pictures stored")
        if self.images_failed:
            parts.append(_counted("pictures failed", self.images_failed))
        if self.layouts["generic"]:
            parts.append(f"{self.layouts['generic']} on a page template that is not known")
        if self.stale:
            parts.append(f"stale lists: {' '.join(self.stale)}")
        if self.clock_skew is not None and abs(self.clock_skew) > SKEW:
            parts.append(f"this machine's clock is {-self.clock_skew:+.0f} s off the site's")
        short = [
            f"{name} {clock.iso(told.oldest)}"
            for name, told in self.channels.items()
            if told.range_reached is False and told.oldest
        ]
        if short:
            parts.append(f"oldest reachable: {', '.join(short)}")
        return ", ".join(parts)


def read(root: Path, name: str) -> dict[str, Any]:
    """The report of a run by its name; {} where there is none that can be read.

    So it is of a run that was killed, or still is at work.
    """
    try:
        found = json.loads((root / "reports" / f"{name}.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _counted(what: str, counts: Counter[str]) -> str:
    named = ", ".join(f"{name} {count}" for name, count in counts.most_common())
    return f"{counts.total()} {what}" + (f" ({named})" if named else "")


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"
