"""What the spiders' arguments mean. Raises BadArgument for values that make no sense."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

from newsarchive import clock
from newsarchive.exceptions import BadArgument
from newsarchive.sina.walk import Range


def refuse(unknown: dict[str, str], known: str) -> None:
    """Complain of arguments that do not exist."""
    if unknown:
        raise BadArgument(f"no such argument: {', '.join(unknown)}. There are: {known}")


def given(**named: str | None) -> dict[str, str]:
    """Those that were given, as they were."""
    return {name: text for name, text in named.items() if text is not None}


def number(name: str, text: str | None) -> int | None:
    """The argument *name*, a number above zero; None without one."""
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) == 0:
        raise BadArgument(f"{name}={text}: not a number above zero")
    return int(text)


def day(text: str) -> datetime:
    """Midnight in China at which the day `2021-08-06` begins."""
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError
        found = datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI)
        if not 1990 <= found.year <= 2100:
            raise ValueError
        return found
    except ValueError as error:
        raise BadArgument(f"{text}: not a day as 2021-08-06") from error


def days(since: str | None, until: str | None) -> Range | None:
    """The days from *since* to *until*, both included; until today without the second."""
    if since is None:
        if until is not None:
            raise BadArgument("until= needs since=")
        return None
    today = f"{clock.now().astimezone(clock.SHANGHAI):%Y-%m-%d}"
    begins, ends = bounds(since, until if until is not None else today)
    assert begins is not None
    assert ends is not None
    return Range(begins, ends)


def bounds(since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """The first moment of *since* and the end of *until*, China days, each None without it."""
    begins = day(since) if since is not None else None
    ends = day(until) + timedelta(days=1) if until is not None else None
    if begins and ends and ends <= begins:
        raise BadArgument(f"since={since} is after until={until}")
    return begins, ends


def moment(text: str) -> datetime:
    """`2021-08-06T15:00`: China time where it names no zone, midnight where it names no time."""
    try:
        # Python 3.10 does not read the Z.
        found = datetime.fromisoformat(re.sub(r"[Zz]\Z", "+00:00", text.strip()))
        found = found if found.tzinfo else found.replace(tzinfo=clock.SHANGHAI)
        return found.astimezone(clock.UTC)
    except (ValueError, OverflowError) as error:
        raise BadArgument(f"{text}: not a time as 2021-08-06T15:00") from error


def lines(name: str | None) -> list[str] | None:
    """The lines of a file without blank ones and comments (`#`); None without a file."""
    if name is None:
        return None
    try:
        text = Path(name).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadArgument(f"urls={name}: {getattr(error, 'strerror', None) or error}") from error
    found = [line.strip() for line in text.splitlines()]
    return [line for line in found if line and not line.startswith("#")]
