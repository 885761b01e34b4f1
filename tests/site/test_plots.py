"""Where bars and texts of a plot are, and that its table says the same."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from newsarchive.site import plots
from newsarchive.site.here import Site

DAY = date(2021, 8, 6)


def test_days_are_stacked() -> None:
    counted = {DAY: {"a": 3, "b": 1}, DAY - timedelta(29): {"b": 1}, DAY - timedelta(30): {"c": 9}}
    plot = plots.days(counted, str.upper, "others", ("day", "all"))
    assert plot is not None
    assert plot.legend == ["A", "B"]
    assert len(plot.bars) == 3
    by_told = {bar.told: bar for bar in plot.bars}
    below, above = by_told["2021-08-06 A: 3"], by_told["2021-08-06 B: 1"]
    assert below.x == above.x
    assert below.y == pytest.approx(above.y + above.height)
    assert below.height == pytest.approx(3 * above.height)
    assert plot.head == ["day", "all", "A", "B"]
    assert len(plot.rows) == 30
    assert plot.rows[0] == ["2021-08-06", "4", "3", "1"]
    assert plot.rows[-1] == ["2021-07-08", "1", "0", "1"]


def test_many_channels_become_others() -> None:
    counted = {DAY: {f"c{number}": 20 - number for number in range(12)}}
    plot = plots.days(counted, str, "others", ("day", "all"))
    assert plot is not None
    assert plot.legend == [*(f"c{number}" for number in range(7)), "others"]
    assert max(bar.series for bar in plot.bars) == plots.SERIES - 1
    assert plot.rows[0][-1] == str(sum(20 - number for number in range(7, 12)))
    assert all(bar.x >= 0 and bar.x + bar.width <= plots.WIDTH for bar in plot.bars)
    assert all(bar.y >= 0 and bar.y + bar.height <= plot.height for bar in plot.bars)


def test_bars_across() -> None:
    plot = plots.across({"a": 10, "b": 5, "c": 0}, str, ("name", "count"))
    assert plot is not None
    assert [bar.width for bar in plot.bars] == [202, 101, 0]
    assert plot.rows == [["a", "10"], ["b", "5"], ["c", "0"]]


def test_nothing_is_no_plot() -> None:
    assert plots.days({}, str, "", ("", "")) is None
    assert plots.across({}, str, ("", "")) is None
    assert plots.across({"a": 0}, str, ("", "")) is None


@pytest.mark.parametrize(
    ("most", "top"), [(0, 1), (1, 1), (3, 4), (5, 6), (9, 10), (11, 20), (4001, 6000)]
)
def test_axes_end_at_round_numbers(most: int, top: int) -> None:
    assert plots.scale(most) == top


def test_delays_are_counted_by_steps() -> None:
    found = plots.steps([-5, 0, 1, 300, 301, 8 * 86400])
    assert list(found.values()) == [2, 2, 1, 0, 0, 0, 0, 0, 1]


def test_plots_have_a_title_a_description_and_a_table(client: FlaskClient, site: Site) -> None:
    page = client.get("/health").text
    drawings = re.findall(r"<svg class=\"plot\".*?</svg>", page, re.S)
    assert len(drawings) == 3  # no failures in these reports
    assert page.count('<details class="beside">') == 3
    for drawing in drawings:
        named = re.search(r'role="img".*aria-labelledby="([\w-]+) ([\w-]+)"', drawing)
        assert named is not None
        assert f'<title id="{named[1]}">' in drawing
        assert f'<desc id="{named[2]}">' in drawing
    assert "killed: the next run goes on" in page
    assert "no such thing" not in page
    storage = site.background.storage
    assert storage is not None
    assert sum(storage.bytes.values()) >= sum(
        path.stat().st_size for path in site.store.root.rglob("*.html")
    )
    assert storage.files["posts"] == 5
