"""How much refusal and failure a run bears, and when the site may be asked again."""

from __future__ import annotations

from datetime import datetime, timedelta

from scrapy.settings import BaseSettings

from newsarchive import clock
from newsarchive.archive.ledger import WAIT_MAX
from newsarchive.exceptions import Blocked, ExitCode, NewsarchiveError, Reason, Unreachable
from newsarchive.items import Miss

FAILURES = (Reason.NETWORK, Reason.HTTP_ERROR)


class Patience:
    """Counts the refusals of a run, and its failures in a row."""

    def __init__(self, settings: BaseSettings) -> None:
        self._blocks_max = settings.getint("BLOCKS_MAX")
        self._failures_max = settings.getint("FAILURES_MAX")
        self._block_wait = settings.getint("BLOCK_WAIT")
        self._blocks = 0
        self._failures = 0

    def answered(self) -> None:
        """The site gave an answer that is no error."""
        self._failures = 0

    def missed(self, miss: Miss) -> NewsarchiveError | None:
        """What ends the run because of *miss*; None while it goes on."""
        if not miss.subject.startswith("http"):
            return None  # a saved page refuses nobody
        if miss.reason is Reason.BLOCKED:
            self._blocks += 1
            if fault := self.refused(self._blocks, miss):
                return fault
        if miss.reason not in FAILURES:
            self._failures = 0
            return None
        self._failures += 1
        return self.failed(self._failures, miss)

    def refused(self, times: int, miss: Miss) -> Blocked | None:
        """What ends the crawl where *miss* is its refusal number *times*; None: it goes on."""
        if times < self._blocks_max:
            return None
        return self.blocked(f"refused {times} times, the last time {miss.subject}")

    def failed(self, times: int, miss: Miss) -> Unreachable | None:
        """As `refused`, of failures in a row."""
        if not self._failures_max or times < self._failures_max:
            return None
        last = f"{miss.subject} ({miss.detail})"
        return Unreachable(f"{times} failures in a row, the last one {last}: given up")

    def blocked(self, why: str, wait: timedelta | None = None) -> Blocked:
        """The end of a run, with the moment before which the site is not to be asked again.

        *wait*: what it said itself; without that, or where it has passed, BLOCK_WAIT.
        """
        wait = wait or timedelta(seconds=min(self._block_wait, WAIT_MAX.total_seconds()))
        until = clock.now() + min(wait, WAIT_MAX)
        return Blocked(f"the site refuses us, {why}: not asked again before {utc(until)}", until)


def stopped(why: str, exit_code: int) -> Blocked | Unreachable:
    """What another worker stopped the crawl with."""
    return Blocked(why) if exit_code == ExitCode.BLOCKED else Unreachable(why)


def heed(until: datetime | None) -> None:
    """Raise Blocked before *until*, when the site does not want to be asked."""
    if until is not None and clock.now() < until:
        raise Blocked(f"the site refused us: it is not asked again before {utc(until)}", until)


def utc(moment: datetime) -> str:
    """`2021-08-06 07:54:29 UTC`."""
    return f"{moment.astimezone(clock.UTC):%Y-%m-%d %H:%M:%S} UTC"
