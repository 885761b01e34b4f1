"""When a link that became no post is tried again."""

from __future__ import annotations

from datetime import timedelta

from newsarchive.exceptions import Reason

_DAY = timedelta(days=1)


def counts(reason: Reason) -> bool:
    """Whether a miss uses up one of a link's attempts: of a refusal the link is not to blame."""
    return reason is not Reason.BLOCKED


def pause(reason: Reason, attempts: int, age: timedelta) -> timedelta:
    """How long a link rests after *attempts* that failed, the last one for *reason*.

    Nothing after the first, then 1 h, 4 h, 16 h, 64 h, 256 h: a network that is down for a day
    does not use up a link. *age* is how long the link has been known: one that is refused after
    more than a day rests for another, lest a few that nobody may read block every run.
    """
    if reason is Reason.BLOCKED:
        return _DAY if age > _DAY else timedelta()
    return timedelta(hours=4 ** min(attempts - 2, 4)) if attempts >= 2 else timedelta()
