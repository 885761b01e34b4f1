"""Times as Sina, lists and posts write them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsarchive import clock
from newsarchive.clock import SHANGHAI, UTC

MOMENT = datetime(2021, 8, 6, 7, 54, 29, tzinfo=UTC)
MINUTE = MOMENT.replace(second=0)
MOMENTS = st.datetimes(datetime(1900, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        # the templates
        ("2021年08月06日15:54", MINUTE),
        ("2021年08月06日 15:54", MINUTE),
        ("2021-08-06 15:54:29", MOMENT),
        ("2021.08.06 15:54", MINUTE),
        ("2021/08/06 15:54:29", MOMENT),
        ("2021年8月6日 15：54", MINUTE),
        ("2021年08月06日\u300015:54:29", MOMENT),
        ("2021 年 08 月 06 日 15 : 54", MINUTE),
        ("2021年08月06日\n\t15:54\xa0新浪财经", MINUTE),
        ("新浪财经 2021年08月06日 15:54 发布", MINUTE),
        ("2021.08.06\n05:39", datetime(2021, 8, 5, 21, 39, tzinfo=UTC)),
        ("2021-08-06 00:00:00", datetime(2021, 8, 5, 16, 0, tzinfo=UTC)),
        ("2021-08-06 23:59:59", datetime(2021, 8, 6, 15, 59, 59, tzinfo=UTC)),
        # a summer in which China had summer time: not known to Sina's zone
        ("1990-07-01 12:00", datetime(1990, 7, 1, 4, 0, tzinfo=UTC)),
        # ISO 8601, with a zone of its own
        ("2021-08-06T15:54:29+08:00", MOMENT),
        ("2021-08-06T15:54:29+0800", MOMENT),
        ("2021-08-06T07:54:29Z", MOMENT),
        ("2021-08-06T07:54:29 Z ", MOMENT),
        ("2021-08-06 07:54:29+00:00", MOMENT),
        ("2021-08-06T02:24:29-05:30", MOMENT),
        ("2021-08-06T15:54", MINUTE),
        ("2021-08-06T07:54Z", MINUTE),
        # and with a fraction
        ("2021-08-06T07:54:29.000Z", MOMENT),
        ("2021-08-06T15:54:29.123456+08:00", MOMENT),
        ("2021-08-06T02:54:29.5-05:00", MOMENT),
        ("2021-08-06 15:54:29.0", MOMENT),
        ("2021-08-06T07:54:29,5Z", MOMENT),
        # the first that is there counts
        ("2021-08-06 15:54:29 2022-01-01 00:00:00", MOMENT),
    ],
)
def test_parse_shanghai(text: str, moment: datetime) -> None:
    found = clock.parse_shanghai(text)
    assert found is not None
    assert found.replace(microsecond=0) == moment
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "刚刚",
        "3小时前",
        "2021-08-06",
        "15:54",
        "08月06日 15:54",
        "20210806 15:54",
        "2021-08-06 15",
        "0000-00-00 00:00:00",
        "2021-02-29 10:00",
        "2021-02-30 10:00",
        "2021-13-01 10:00",
        "2021-00-01 10:00",
        "2021-08-06 24:00",
        "2021-08-06 10:60",
        "2021-08-06 10:00:60",
        "0001-01-01 00:00",
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_no_time(text: str) -> None:
    assert clock.parse_shanghai(text) is None


@pytest.mark.parametrize("zone", ["+99:99", "-24:00", "+2400", "-99:00"])
def test_a_zone_that_does_not_exist_is_no_crash(zone: str) -> None:
    assert clock.parse_shanghai(f"2021-08-06T15:54:29{zone}") in (None, MOMENT)
    assert clock.parse_http_date(f"2021-08-06T15:54:29{zone}") in (None, MOMENT)


@given(st.text(max_size=60))
def test_no_text_crashes_the_parsers(text: str) -> None:
    for parse in (clock.parse_shanghai, clock.parse_http_date):
        moment = parse(text)
        assert moment is None or moment.utcoffset() == timedelta(0)


@given(st.from_regex(r"\d{4}-\d\d?-\d\d?[ T]\d\d?:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:?\d\d)?"))
def test_nothing_that_resembles_a_time_crashes_the_parsers(text: str) -> None:
    clock.parse_shanghai(text)
    clock.parse_http_date(text)


@given(MOMENTS)
def test_what_sina_writes_is_read(moment: datetime) -> None:
    local = moment.astimezone(SHANGHAI).replace(microsecond=0)
    for form in ("%Y-%m-%d %H:%M:%S", "%Y年%m月%d日 %H:%M:%S", "%Y.%m.%d\n%H:%M:%S"):
        assert clock.parse_shanghai(local.strftime(form)) == local
    assert clock.parse_shanghai(local.isoformat()) == local


# Times without a year


@pytest.mark.parametrize(
    ("text", "near", "moment"),
    [
        ("08月06日 15:54", date(2021, 8, 6), MINUTE),
        ("8月6日15：54", date(2021, 8, 6), MINUTE),
        ("(08月06日 15:54) 新浪财经", date(2021, 6, 30), MINUTE),
        ("08月06日 15:54", date(2021, 10, 4), MINUTE),
        # around new year, either way
        ("12月31日 23:59", date(2021, 1, 1), datetime(2020, 12, 31, 15, 59, tzinfo=UTC)),
        ("01月01日 00:01", date(2020, 12, 31), datetime(2020, 12, 31, 16, 1, tzinfo=UTC)),
        ("01月01日 00:00", date(2021, 1, 1), datetime(2020, 12, 31, 16, 0, tzinfo=UTC)),
        # 29 February, where there is one
        ("02月29日 08:00", date(2020, 2, 29), datetime(2020, 2, 29, 0, 0, tzinfo=UTC)),
        ("02月29日 08:00", date(2020, 3, 1), datetime(2020, 2, 29, 0, 0, tzinfo=UTC)),
        ("02月29日 08:00", date(2021, 3, 1), None),
        ("02月29日 08:00", date(2019, 12, 30), None),  # 61 days off
        # further than two months
        ("08月06日 15:54", date(2021, 12, 1), None),
        ("08月06日 15:54", date(2021, 2, 1), None),
        # no times
        ("08月06日 25:61", date(2021, 8, 6), None),
        ("08月06日 24:00", date(2021, 8, 6), None),
        ("08月06日 15:60", date(2021, 8, 6), None),
        ("13月01日 15:54", date(2021, 12, 31), None),
        ("00月00日 00:00", date(2021, 1, 1), None),
        ("08月06日", date(2021, 8, 6), None),
        ("15:54", date(2021, 8, 6), None),
        ("3小时前", date(2021, 8, 6), None),
        ("", date(2021, 8, 6), None),
    ],
)
def test_a_time_without_a_year(text: str, near: date, moment: datetime | None) -> None:
    found = clock.parse_without_year(text, near)
    assert found == moment
    assert found is None or found.utcoffset() == timedelta(0)


@pytest.mark.parametrize("near", [date(1, 1, 1), date(9999, 12, 31)])
@pytest.mark.parametrize("text", ["01月01日 00:00", "12月31日 23:59"])
def test_a_year_at_the_end_of_time_is_no_crash(text: str, near: date) -> None:
    found = clock.parse_without_year(text, near)
    assert found is None or found.utcoffset() == timedelta(0)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(-50, 50), st.times())
def test_the_year_is_the_nearest(day: date, off: int, time: Any) -> None:
    moment = datetime.combine(day + timedelta(days=off), time.replace(second=0, microsecond=0))
    moment = moment.replace(tzinfo=SHANGHAI)
    assert clock.parse_without_year(f"{moment:%m月%d日 %H:%M}", day) == moment


@given(st.text(max_size=40), st.dates())
def test_no_text_and_no_day_crashes_it(text: str, near: date) -> None:
    clock.parse_without_year(text, near)


# Epoch seconds


@pytest.mark.parametrize("seconds", [1628236469, "1628236469", " 1628236469 "])
def test_epoch_seconds(seconds: object) -> None:
    assert clock.from_epoch(seconds) == MOMENT


@pytest.mark.parametrize(
    "garbage",
    [
        None,
        "",
        " ",
        "0",
        0,
        -1,
        "-1",
        "x",
        "2021-08-06",
        True,
        False,
        [],
        {},
        "0x10",
        1e300,
        float("nan"),
        float("inf"),
        "9" * 20,
        "9" * 5000,
        10**20,
        1628236469000,
        "1628236469000",
    ],
    ids=lambda value: repr(value)[:20],
)
def test_epoch_garbage(garbage: object) -> None:
    assert clock.from_epoch(garbage) is None


@given(st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.lists(st.integers())))
def test_no_epoch_crashes_it(seconds: object) -> None:
    moment = clock.from_epoch(seconds)
    assert moment is None or moment > datetime(1970, 1, 1, tzinfo=UTC)


@given(st.integers(1, 253402300799))
def test_epoch_round_trip(seconds: int) -> None:
    moment = clock.from_epoch(seconds)
    assert moment is not None
    assert (moment.timestamp(), moment.utcoffset()) == (seconds, timedelta(0))
    assert clock.from_epoch(str(seconds)) == moment


# HTTP dates


def test_http_date() -> None:
    assert clock.http_date(MOMENT) == "Fri, 06 Aug 2021 07:54:29 GMT"
    assert clock.http_date(MOMENT.astimezone(SHANGHAI)) == "Fri, 06 Aug 2021 07:54:29 GMT"
    assert clock.http_date(MOMENT.replace(microsecond=999999)) == "Fri, 06 Aug 2021 07:54:29 GMT"


@given(MOMENTS, st.integers(-12, 14))
def test_http_date_round_trip(moment: datetime, hours: int) -> None:
    written = clock.http_date(moment.astimezone(timezone(timedelta(hours=hours))))
    assert written.endswith(" GMT")
    assert clock.parse_http_date(written) == moment.replace(microsecond=0)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Fri, 06 Aug 2021 07:54:29 GMT", MOMENT),
        ("Fri, 06 Aug 2021 15:54:29 +0800", MOMENT),
        ("06 Aug 2021 07:54:29 GMT", MOMENT),
        ("06 Aug 2021 07:54:29 -0000", MOMENT),
        ("Mon, 06 Aug 2021 07:54:29 GMT", MOMENT),  # the wrong day of the week says nothing
        ("2021-08-06T07:54:29Z", MOMENT),
        ("2021-08-06T07:54:29.000Z", MOMENT),
        ("2021-08-06T15:54:29+08:00", MOMENT),
        ("2021-08-06 15:54:29", MOMENT),
        ("2021年08月06日 15:54", MINUTE),
    ],
)
def test_parse_http_date(text: str, moment: datetime) -> None:
    assert clock.parse_http_date(text) == moment


@pytest.mark.parametrize(
    "text", ["", " ", "gestern", "Fri, 31 Feb 2021 07:54:29 GMT", "Fri, 06 Aug 2021", "false", "1"]
)
def test_no_http_date(text: str) -> None:
    found = clock.parse_http_date(text)
    assert found is None or text == "Fri, 06 Aug 2021"


# Writing ISO 8601


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (None, None),
        (MOMENT, "2021-08-06T07:54:29Z"),
        (MOMENT.astimezone(SHANGHAI), "2021-08-06T07:54:29Z"),
        (MOMENT.replace(microsecond=5000), "2021-08-06T07:54:29.005Z"),
        (MOMENT.replace(microsecond=999999), "2021-08-06T07:54:29.999Z"),
    ],
)
def test_iso(moment: datetime | None, text: str | None) -> None:
    assert clock.iso(moment) == text


@given(MOMENTS)
def test_what_is_written_is_read(moment: datetime) -> None:
    """`iso` writes milliseconds where there are some: that must not move the time to China."""
    written = clock.iso(moment)
    assert written is not None
    found = clock.parse_http_date(written)
    assert found is not None
    assert found.replace(microsecond=0) == moment.replace(microsecond=0)


@given(MOMENTS, st.booleans())
def test_iso_and_back(moment: datetime, milliseconds: bool) -> None:
    moment = clock.to_milliseconds(moment)
    assert clock.from_iso(clock.iso(moment, milliseconds=milliseconds) or "") == moment


@pytest.mark.parametrize(
    "text", ["", "Z", "2021-08-06", "2021-08-06T07:54:29", "2021-08-06T07:54:29+08:00", "Z0", "x9Z"]
)
def test_what_is_no_time_in_utc(text: str) -> None:
    with pytest.raises(ValueError):
        clock.from_iso(text)


def test_the_time_of_a_server() -> None:
    assert clock.server_time("Fri, 06 Aug 2021 07:54:29 GMT") == MOMENT
    for text in ("", "soon", "Fri, 06 Aug 9999 07:54:29 GMT"):
        assert clock.server_time(text) is None


def test_now_is_aware_and_utc() -> None:
    before: Any = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)
    assert clock.now().utcoffset() == timedelta(0)


NOW = datetime(2026, 3, 1, 12, 0, 0, 500000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 120\t", 120),
        ("007", 7),
        ("Sun, 01 Mar 2026 12:02:00 GMT", 119.5),
        ("Sunday, 01-Mar-26 12:02:00 GMT", 119.5),
        ("Sun Mar  1 12:02:00 2026", 119.5),
        ("Mon Mar 16 12:00:00 2026", 15 * 86400 - 0.5),
        ("Thu, 31 Dec 2026 23:59:59 GMT", (305 * 24 + 12) * 3600 - 1.5),
        # past
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 0),  # 2094 would be more than 50 years ahead
        ("Sun Nov  6 08:49:37 1994", 0),
        ("Sun, 01 Mar 2026 12:00:00 GMT", 0),
    ],
)
def test_a_retry_after(text: str, seconds: float) -> None:
    assert clock.parse_retry_after(text, NOW) == timedelta(seconds=seconds)


def test_two_digits_of_a_year_within_fifty_years_are_ahead() -> None:
    found = clock.parse_retry_after("Monday, 06-Nov-70 08:49:37 GMT", NOW)
    assert found == datetime(2070, 11, 6, 8, 49, 37, tzinfo=UTC) - NOW


@pytest.mark.parametrize("digits", [20, 5000])
def test_an_enormous_retry_after(digits: int) -> None:
    assert clock.parse_retry_after("9" * digits, NOW) == timedelta.max


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "-1",
        "+1",
        "1.5",
        "1e3",
        "0x10",
        "１２０",
        "12 0",
        "120, 60",
        "2026-03-01T12:02:00Z",
        "Sun, 01 Mar 2026 12:02:00",
        "Sun, 01 Mar 2026 12:02:00 +0800",
        "Sun, 1 Mar 2026 12:02:00 GMT",
        "Sun, 30 Feb 2026 12:02:00 GMT",
        "Sun, 01 Foo 2026 12:02:00 GMT",
        "Sun, 01 Mar 2026 25:02:00 GMT",
        "Sun, 01 Mar 0000 12:02:00 GMT",
        "Sunday, 01-Mar-2026 12:02:00 GMT",
        "Sun Mar 1 12:02:00 2026",
        "\x00",
    ],
)
def test_no_retry_after(text: str) -> None:
    assert clock.parse_retry_after(text, NOW) is None


@given(st.text())
def test_any_retry_after(text: str) -> None:
    found = clock.parse_retry_after(text, NOW)
    assert found is None or found >= timedelta()


@given(MOMENTS)
def test_every_moment_in_its_two_forms_of_four_digits(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    wait = max(moment - NOW, timedelta())
    assert clock.parse_retry_after(clock.http_date(moment), NOW) == wait
    assert clock.parse_retry_after(f"{moment.ctime()}", NOW) == wait
