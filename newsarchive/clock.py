"""Time: what it is now, and how Sina and the post format write it.

Inside newsarchive every time is an aware `datetime` in UTC.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from email.utils import format_datetime, parsedate_to_datetime

UTC = timezone.utc

#: Sina writes China Standard Time without a zone. China has kept +08:00 without summer time since
#: 1992 (IANA tz database, Asia/Shanghai), before any article of Sina: no tz data is needed.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")

#: A time as Sina writes it, with its year.
VISIBLE = re.compile(
    r"(?P<y>\d{4})\s{0,9}[年.\-/]\s{0,9}(?P<m>\d{1,2})\s{0,9}[月.\-/]\s{0,9}(?P<d>\d{1,2})\s{0,9}日?"
    r"[\sT]{0,20}(?P<H>\d{1,2})\s{0,9}[:：]\s{0,9}(?P<M>\d{2})"
    r"(?:\s{0,9}[:：]\s{0,9}(?P<S>\d{2})(?:[.,]\d{1,9})?)?"
)
_WITHOUT_YEAR = re.compile(r"(\d{1,2})月(\d{1,2})日\s*(\d{1,2})[:：](\d{2})")
_ZONE = re.compile(r"\s{0,9}(Z|[+-]\d{2}:?\d{2})\s{0,9}$")
#: The date forms of HTTP (RFC 9110, 5.6.7): IMF-fixdate, rfc850-date, asctime-date.
_HTTP_DATE = re.compile(
    r"[A-Z][a-z]{2}, (?P<d>\d\d) (?P<m>[A-Z][a-z]{2}) (?P<y>\d{4}) (?P<t>\d\d:\d\d:\d\d) GMT"
    r"|[A-Z][a-z]{5,8}, (?P<d2>\d\d)-(?P<m2>[A-Z][a-z]{2})-(?P<y2>\d\d) (?P<t2>\d\d:\d\d:\d\d) GMT"
    r"|[A-Z][a-z]{2} (?P<m3>[A-Z][a-z]{2}) (?P<d3>[ \d]\d) (?P<t3>\d\d:\d\d:\d\d) (?P<y3>\d{4})",
    re.ASCII,
)
#: A server's clock that says more is none.
_LAST_YEAR = 9000
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def now() -> datetime:
    """The time of this machine, UTC. The one place that asks; tests replace it."""
    return datetime.now(UTC)


def to_milliseconds(moment: datetime) -> datetime:
    """*moment*, cut to whole milliseconds: so precise the archive keeps its own clocks."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def parse_shanghai(text: str) -> datetime | None:
    """The first time in *text* as Sina writes it, as UTC; None where there is none that exists.

    Read are `2021年08月06日 15:54`, `2019-09-07 04:04:43`, `2005.08.26 05:39` (China time) and
    ISO 8601 with a zone of its own (docs/sina.md: visible dates and metas of all templates).
    """
    match = VISIBLE.search(text)
    if not match:
        return None
    fields = [int(match[name] or 0) for name in "ymdHMS"]
    zone = SHANGHAI
    try:
        if tail := _ZONE.match(text[match.end() :]):
            sign = -1 if tail[1][0] == "-" else 1
            digits = tail[1].lstrip("+-").replace(":", "")
            minutes = 0 if digits == "Z" else int(digits[:2]) * 60 + int(digits[2:])
            zone = timezone(sign * timedelta(minutes=minutes))
        return datetime(*fields, tzinfo=zone).astimezone(UTC)  # type: ignore[arg-type,misc]
    except (ValueError, OverflowError):  # 0000-00-00, 2021-02-30, 25:61
        return None


def parse_without_year(text: str, near: date) -> datetime | None:
    """`08月06日 15:54`, China time, in the year that brings it nearest to the China day *near*.

    None where there is no such time within two months of it.
    """
    match = _WITHOUT_YEAR.search(text)
    if match is None:
        return None
    month, day, hour, minute = map(int, match.groups())
    middle = datetime(near.year, near.month, near.day, 12, tzinfo=SHANGHAI)
    candidates = []
    for year in (near.year - 1, near.year, near.year + 1):
        try:
            candidates.append(datetime(year, month, day, hour, minute, tzinfo=SHANGHAI))
        except (ValueError, OverflowError):  # 29 February, 25 o'clock
            continue
    nearest = min(candidates, key=lambda moment: abs(moment - middle), default=None)
    close = nearest is not None and abs(nearest - middle) < timedelta(days=60)
    try:
        return nearest.astimezone(UTC) if nearest and close else None
    except OverflowError:
        return None


def from_epoch(seconds: object) -> datetime | None:
    """Epoch seconds, as number or string, as UTC; None where absent, zero or out of range."""
    try:
        value = int(str(seconds))
        return datetime.fromtimestamp(value, UTC) if value > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def http_date(moment: datetime) -> str:
    """`Fri, 06 Aug 2021 07:54:29 GMT`: RFC 7231, section 7.1.1.1, as in a post's `date`."""
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)


def parse_http_date(text: str) -> datetime | None:
    """The reverse of `http_date`; also ISO 8601 and Sina's own forms. None where unreadable."""
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, TypeError):
        return parse_shanghai(text)


def server_time(text: str) -> datetime | None:
    """The time of an HTTP Date header (RFC 9110, 6.6.1); None where it tells none."""
    moment = parse_http_date(text) if text else None
    return moment if moment and moment.year < _LAST_YEAR else None


def parse_retry_after(text: str, now: datetime) -> timedelta | None:
    """How long a Retry-After asks to wait, from *now* on: RFC 9110, 10.2.3.

    Seconds or a date; zero for a date that has passed, `timedelta.max` for more seconds than that
    holds. None where it is neither: negative, a fraction, garbage.
    """
    text = text.strip(" \t")
    if re.fullmatch(r"[0-9]+", text):
        try:
            return timedelta(seconds=int(text))
        except (OverflowError, ValueError):  # ValueError: thousands of digits
            return timedelta.max
    moment = _read_http_date(text, now)
    return None if moment is None else max(moment - now, timedelta())


def _read_http_date(text: str, now: datetime) -> datetime | None:
    """A date in one of the three forms of HTTP, as UTC; None where it is in none of them.

    Two digits name the year that is at most 50 years after *now* (RFC 9110, 5.6.7).
    """
    match = _HTTP_DATE.fullmatch(text)
    if match is None:
        return None
    day, month, year, time = (
        match[name] or match[name + "2"] or match[name + "3"] for name in "dmyt"
    )
    try:
        number = int(year)
        if len(year) == 2:
            number += (now.year + 50 - number) // 100 * 100
        fields = (number, _MONTHS.index(month) + 1, int(day), *map(int, time.split(":")))
        return datetime(*fields, tzinfo=UTC)  # type: ignore[arg-type,misc]
    except ValueError:  # no such month, 30 February, 25 o'clock
        return None


def iso(moment: datetime | None, *, milliseconds: bool = False) -> str | None:
    """ISO 8601 in UTC with a `Z`, to the second; to the millisecond where asked or not whole."""
    if moment is None:
        return None
    precision = "milliseconds" if milliseconds or moment.microsecond else "seconds"
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.isoformat(timespec=precision).removesuffix("+00:00") + "Z"


def from_iso(text: str) -> datetime:
    """The reverse of `iso`. Raises ValueError for another text, TypeError for what is none."""
    if not re.search(r"\dZ\Z", text):
        raise ValueError(f"not a time in UTC: {text[:40]!r}")
    return datetime.fromisoformat(text[:-1]).replace(tzinfo=UTC)
