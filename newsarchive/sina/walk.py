"""How far a list is read: the decision after each of its pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from newsarchive import clock
from newsarchive.clock import SHANGHAI
from newsarchive.sina.channels import Channel, Roll


class Range(NamedTuple):
    """A range of China days: since <= time < until, both midnights in China, aware."""

    since: datetime
    until: datetime

    def holds(self, moment: datetime | None) -> bool:
        """Whether *moment* lies in the range; what has no time is taken, not lost."""
        return moment is None or self.since <= moment < self.until


def is_stale(newest: datetime | None, stale_days: int) -> bool:
    """Whether a list whose newest row is *newest* has stood still, or is empty; 0 days: never."""
    if not stale_days:
        return False
    return newest is None or clock.now() - newest > timedelta(days=stale_days)


@dataclass
class Walk:
    """One reading of one list, page after page.

    Without a range it ends at the first page that holds nothing new and nothing newer than the walk
    before it had reached: so what a killed run did not come to is not lost behind what it knew.
    With a range, known links say nothing:
    it goes day by day through the time-bounded form of the list API, newest day first; where the
    API does not heed the bounds, and for lists that have none, page by page until the rows are
    older than the range.
    """

    channel: Channel
    size: int  #: rows a page
    pages_max: int  #: pages of one list, or of one day
    finished_to: datetime | None = None  #: the newest row of the last finished walk; None: no walk
    range: Range | None = None

    page: int = 1
    day: datetime | None = None  #: midnight in China of the day that is asked for
    newest: datetime | None = None  #: the newest row met
    oldest: datetime | None = None  #: the oldest row met
    reached: bool = False  #: whether the list went back to the beginning of the range
    _ids: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.range and isinstance(self.channel.place, Roll):
            self.day = _midnight(self.range.until - timedelta(seconds=1))

    @property
    def url(self) -> str:
        """Where the next page is."""
        return self.channel.place.url(self.page, self.size, self.day)

    def turn(self, met: Mapping[str, datetime | None], new: int) -> bool:
        """Note a page that was read, and say whether another follows.

        *met* are the documents on it with their times, *new* how many of them were unknown before.
        A time from the future counts for none: it would hide what is behind it from later walks.
        """
        latest = clock.now() + timedelta(days=1)
        times = [moment for moment in met.values() if moment is not None and moment <= latest]
        self.newest = max([*times, *filter(None, [self.newest])], default=None)
        self.oldest = min([*times, *filter(None, [self.oldest])], default=None)
        fresh = bool(met.keys() - self._ids)
        self._ids |= met.keys()
        if self.range is None:
            to = self.finished_to
            beyond = to is None or any(moment > to for moment in times)
            return self._next_page(fresh and (new > 0 or beyond))
        if self.day is not None:
            return self._turn_day(times, fresh)
        self.reached = self.oldest is not None and self.oldest < self.range.since
        if times and max(times) < self.range.since:
            return False
        return self._next_page(fresh)

    def _turn_day(self, times: list[datetime], fresh: bool) -> bool:
        assert self.day is not None
        assert self.range is not None
        ends = self.day + timedelta(days=1)
        if times and not any(self.day <= moment < ends for moment in times):
            # Rows, and none of that day: the bounds are not heeded. From the beginning, then.
            self.day, self.page = None, 1
            self._ids.clear()
            return True
        if self._next_page(fresh):
            return True
        self.day, self.page = _midnight(self.day - timedelta(seconds=1)), 1
        self.reached = self.day < self.range.since
        return not self.reached

    def _next_page(self, more: bool) -> bool:
        if not more or self.page >= self.pages_max:
            return False
        self.page += 1
        return True


def _midnight(moment: datetime) -> datetime:
    local = moment.astimezone(SHANGHAI)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)
