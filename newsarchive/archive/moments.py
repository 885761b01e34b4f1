"""How the archive writes a moment: ISO 8601 in UTC, to the millisecond."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import String, TypeDecorator
from sqlalchemy.engine import Dialect

from newsarchive import clock

#: What `moment_text` writes; some read an hour 24, too.
_TEXT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?!24)[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")


class Moment(TypeDecorator[datetime]):
    """An aware time, kept as ISO 8601 text in UTC to the millisecond: sorts, and reads anywhere."""

    #: In PostgreSQL it sorts by its bytes, whatever the order of the database's other texts is.
    impl = String(24).with_variant(String(24, collation="C"), "postgresql")
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else moment_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = moment_of(value)
        if moment is None:
            raise ValueError(f"not a time as it is written here: {value!r}")
        return moment


def moment_of(value: Any) -> datetime | None:
    """The reverse of `moment_text`; None for what it does not write, letter by letter."""
    # Some would also be read if a bit of them had flipped: `U` for `T`, anything for `Z`.
    if not isinstance(value, str) or _TEXT.fullmatch(value) is None:
        return None
    try:
        return datetime.fromisoformat(f"{value[:-1]}+00:00")
    except ValueError:  # 30 February
        return None


@lru_cache(2048)  # written for a row's seal, and again for its column
def moment_text(moment: datetime) -> str:
    """`2021-08-05T07:54:29.123Z`."""
    return clock.iso(moment, milliseconds=True) or ""
