"""Plots as places of rectangles and texts; a template draws them, a style sheet colours them.

All is in units of a drawing that is 400 wide; each plot comes with the table that says the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

WIDTH = 400
#: Series that have a colour of their own (`style.css`); the last one is all others together.
SERIES = 8
#: Days that the plot of days shows.
DAYS = 30
_TOP, _LEFT, _BARS, _FOOT = 8, 40, 150, 22
_NAMES, _ROW = 128, 24


class Bar(NamedTuple):
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float
    series: int
    told: str  #: what it says to who points at it


class Text(NamedTuple):
    """A text, or a line with one at its beginning."""

    x: float
    y: float
    text: str
    anchor: str = "start"  #: start, middle, end
    line: bool = False


class Plot(NamedTuple):
    """A drawing, and its table."""

    height: float
    bars: Sequence[Bar]
    texts: Sequence[Text]
    legend: Sequence[str]  #: names by series
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def days(
    counted: Mapping[date, Mapping[str, int]],
    label: Callable[[str], str],
    others: str,
    head: tuple[str, str],
) -> Plot | None:
    """Articles per day, a bar a day, a colour a channel; of the last days that there are."""
    if not counted:
        return None
    last = max(counted)
    shown = [last - timedelta(days=DAYS - 1 - number) for number in range(DAYS)]
    totals: Counter[str] = Counter()
    for day in shown:
        totals.update(counted.get(day, {}))
    names = [name for name, _ in totals.most_common(SERIES - 1)]
    columns = []
    for day in shown:
        told = counted.get(day, {})
        rest = sum(count for name, count in told.items() if name not in names)
        columns.append([*(told.get(name, 0) for name in names), rest])
    legend = [label(name) for name in names] + ([others] if sum(c[-1] for c in columns) else [])
    top = scale(max(map(sum, columns)))
    step = (WIDTH - _LEFT) / DAYS
    bars: list[Bar] = []
    for number, (day, values) in enumerate(zip(shown, columns)):
        y = float(_TOP + _BARS)
        for series, value in enumerate(values):
            if value:
                high = value / top * _BARS
                y -= high
                told_ = f"{day} {(*legend, others)[series]}: {value:,}"
                bars.append(Bar(_LEFT + number * step, y, step * 0.82, high, series, told_))
    texts = [
        Text(_LEFT - 6, _TOP + _BARS * (1 - part), f"{top * part:,.0f}", "end", line=True)
        for part in ((0, 0.5, 1) if top > 1 else (0, 1))
    ]
    for number, anchor in ((0, "start"), (DAYS // 2, "middle"), (DAYS - 1, "end")):
        x = {"start": _LEFT, "end": WIDTH}.get(anchor, _LEFT + (number + 0.4) * step)
        texts.append(Text(x, _TOP + _BARS + 16, f"{shown[number]:%m-%d}", anchor))
    rows = [
        [str(day), f"{sum(values):,}", *(f"{value:,}" for value in values[: len(legend)])]
        for day, values in reversed(list(zip(shown, columns)))
    ]
    return Plot(_TOP + _BARS + _FOOT, bars, texts, legend, [*head, *legend], rows)


def across(
    values: Mapping[str, int], told: Callable[[int], str], head: tuple[str, str]
) -> Plot | None:
    """One bar across for each value, with its name before it and its number behind."""
    most = max(values.values(), default=0)
    if not most:
        return None
    room = WIDTH - _NAMES - 70
    bars: list[Bar] = []
    texts: list[Text] = []
    for number, (name, value) in enumerate(values.items()):
        y, length = number * _ROW + 4.0, value / most * room
        bars.append(Bar(_NAMES, y, max(length, 1 if value else 0), _ROW - 8, 0, ""))
        texts.append(Text(_NAMES - 8, y + 13, name, "end"))
        texts.append(Text(_NAMES + length + 6, y + 13, told(value)))
    rows = [[name, told(value)] for name, value in values.items()]
    return Plot(len(values) * _ROW + 4, bars, texts, [], list(head), rows)


def scale(most: int) -> int:
    """Where an axis ends: the first of 1, 2, 4, 6, 8, 10, 20 … that is not below *most*."""
    power = 1
    while True:
        for step in (1, 2, 4, 6, 8):
            if step * power >= most:
                return step * power
        power *= 10


#: Seconds up to which a delay belongs to a step, and the key of what it is called.
STEPS = (
    (0, "delay.before"),
    (300, "delay.5m"),
    (900, "delay.15m"),
    (3600, "delay.1h"),
    (3 * 3600, "delay.3h"),
    (12 * 3600, "delay.12h"),
    (24 * 3600, "delay.1d"),
    (7 * 86400, "delay.7d"),
)
LONGER = "delay.more"


def steps(delays: Sequence[float]) -> dict[str, int]:
    """How many of *delays* belong to each step, by key."""
    found = dict.fromkeys([key for _, key in STEPS] + [LONGER], 0)
    for delay in delays:
        found[next((key for most, key in STEPS if delay <= most), LONGER)] += 1
    return found
