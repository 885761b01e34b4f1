"""The values of the spiders' arguments, beyond those that `tests/commands/test_usage.py` tries."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from newsarchive import clock
from newsarchive.exceptions import BadArgument
from newsarchive.sina import channels
from newsarchive.sina.channels import Live
from newsarchive.spiders import arguments

NOW = datetime(2026, 9, 10, 17, 30, tzinfo=clock.UTC)  # 11 September in China


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def china(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=clock.SHANGHAI)


@pytest.mark.parametrize("text", ["-3", "three", "", "0", "00", "1.5", "１", "1" * 10, "+1", " 1"])
def test_a_limit_is_a_number_above_zero(text: str) -> None:
    with pytest.raises(BadArgument, match="limit="):
        arguments.number("limit", text)
    assert arguments.number("limit", "007") == 7
    assert arguments.number("limit", None) is None


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "20210806", "2021-8-6", "2021-13-01", "2021-02-30", "2021-08-06T10:00",
     "２０２１-08-06", "0000-01-01", " 2021-08-06", "2021-08-06\n"],
)  # fmt: skip
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(BadArgument, match="not a day"):
        arguments.day(text)
    with pytest.raises(BadArgument):
        arguments.days(text, None)
    with pytest.raises(BadArgument):
        arguments.days("2000-01-01", text or "x")


@pytest.mark.parametrize(
    ("since", "until", "begins", "ends"),
    [
        ("2021-08-06", "2021-08-06", "2021-08-06", "2021-08-07"),
        ("2021-08-06", "2021-09-01", "2021-08-06", "2021-09-02"),
        ("2024-02-28", "2024-02-29", "2024-02-28", "2024-03-01"),
        ("2026-09-01", None, "2026-09-01", "2026-09-12"),
        ("2026-09-11", None, "2026-09-11", "2026-09-12"),
    ],
)
def test_both_ends_of_a_range_belong_to_it(
    since: str, until: str | None, begins: str, ends: str
) -> None:
    found = arguments.days(since, until)
    assert found == (china(begins), china(ends))
    assert found is not None
    assert found.holds(china(begins))
    assert not found.holds(china(begins) - timedelta(seconds=1))
    assert not found.holds(china(ends))
    assert found.holds(None)


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (None, "2021-08-06"),
        ("2021-08-07", "2021-08-06"),
        ("2026-09-12", None),
        ("2999-01-01", None),
    ],
)
def test_ranges_that_make_no_sense(since: str | None, until: str | None) -> None:
    with pytest.raises(BadArgument):
        arguments.days(since, until)
    assert arguments.days(None, None) is None


def test_the_lines_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "urls.txt"
    file.write_bytes("\ufeff#一\r\n\r\n a \n#b\nc#d\n\t\n".encode())
    assert arguments.lines(str(file)) == ["a", "c#d"]
    assert arguments.lines(None) is None
    file.write_bytes(b"")
    assert arguments.lines(str(file)) == []


def test_files_of_addresses_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "gbk.txt").write_bytes("新浪".encode("gbk"))
    for path in (tmp_path, tmp_path / "nothing", tmp_path / "gbk.txt"):
        with pytest.raises(BadArgument, match="urls="):
            arguments.lines(str(path))


@pytest.mark.parametrize("names", ["", ",", "china,,nosuch,macro", "China", "live,china"])
def test_channels_that_are_none(names: str) -> None:
    for live in (True, False):
        with pytest.raises(BadArgument) as caught:
            channels.choose(names, live=live)
        for channel in channels.CHANNELS:
            named = f" {channel.name}," in f"{caught.value},"
            assert named or isinstance(channel.place, Live) != live
