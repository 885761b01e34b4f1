"""What is counted of an archive as a whole: too slow for a page at a time, so it is kept."""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path

from newsarchive import clock
from newsarchive.archive.store import Store

#: The newest articles that the page on the archive's health is made of.
SIGHTINGS = 5_000
#: Where an archive keeps what, in the order in which it is shown.
KINDS = "posts revisions images warc ledger index reports other".split()
_FILES = {"ledger.db": "ledger", "index.db": "index"}


@dataclass(frozen=True)
class Counts:
    """Of the articles, as they were `at` a moment."""

    at: datetime
    days: Mapping[date, Mapping[str, int]]  #: day in China: by channel that named it first
    channels: Mapping[str, int]
    symbols: Mapping[str, int]
    delays: list[float]  #: seconds from publication to first sight, of the newest articles

    @cached_property
    def total(self) -> int:
        return sum(self.by_day.values())

    @cached_property
    def by_day(self) -> dict[date, int]:
        return {day: sum(told.values()) for day, told in self.days.items()}

    def months(self, year: int) -> dict[int, int]:
        """How many articles each month of a year has."""
        found: Counter[int] = Counter()
        for day, count in self.by_day.items():
            if day.year == year:
                found[day.month] += count
        return dict(found)

    @cached_property
    def years(self) -> dict[int, int]:
        found: Counter[int] = Counter()
        for day, count in self.by_day.items():
            found[day.year] += count
        return dict(sorted(found.items()))


@dataclass(frozen=True)
class Storage:
    """Bytes and files by kind, as they were `at` a moment."""

    at: datetime
    bytes: Counter[str] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)


def count(store: Store) -> Counts:
    """Ask the ledger."""
    at = clock.now()
    days: dict[date, Counter[str]] = defaultdict(Counter)
    for hour, channel, number in store.ledger.by_hour():
        days[_china_day(hour)][channel] += number
    symbols: Counter[str] = Counter()
    for text, number in store.ledger.by_symbols():
        for symbol in dict.fromkeys(json.loads(text)):
            symbols[symbol] += number
    sightings = store.ledger.sightings(SIGHTINGS)
    return Counts(
        at=at,
        days=dict(sorted(days.items())),
        channels=dict(Counter(store.ledger.by_channel()).most_common()),
        symbols=dict(symbols.most_common()),
        delays=sorted((seen - published).total_seconds() for published, seen in sightings),
    )


def _china_day(hour: str) -> date:
    """Of `2021-08-05T16`, UTC."""
    day, _, clock_hour = hour.partition("T")
    return date.fromisoformat(day) + timedelta(days=int(clock_hour) >= 16)


def weigh(root: Path) -> Storage:
    """Look at every file of the archive. Follows no links."""
    storage = Storage(clock.now())
    for kind, size in _files(root):
        storage.bytes[kind] += size
        storage.files[kind] += 1
    return storage


def _files(root: Path) -> Iterator[tuple[str, int]]:
    for entry in os.scandir(root):
        if entry.is_dir(follow_symlinks=False):
            kind = entry.name if entry.name in KINDS else "other"
            for folder, _, names in os.walk(entry.path):
                for name in names:
                    yield kind, _size(os.path.join(folder, name))
        else:
            beside = entry.name.removesuffix("-wal").removesuffix("-shm")
            yield _FILES.get(beside, "other"), _size(entry.path)


def _size(path: str) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:  # it came and went
        return 0
