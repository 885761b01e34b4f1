"""How far a list is read: against lists that are kept in memory."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from newsarchive import clock
from newsarchive.clock import SHANGHAI
from newsarchive.items import Link
from newsarchive.sina.channels import BY_NAME
from newsarchive.sina.listing import Listing
from newsarchive.sina.walk import Range, Walk, is_stale

NOW = datetime(2026, 9, 10, 12, tzinfo=SHANGHAI)


class Site:
    """A list of *count* rows, one an hour back from NOW."""

    def __init__(self, count: int, size: int = 10, *, heeds_days: bool = True) -> None:
        self.rows = [
            Link(f"{'a' * 7}{number:07d}", "https://x", list_ctime=NOW - timedelta(hours=number))
            for number in range(count)
        ]
        self.size = size
        self.heeds_days = heeds_days
        self.asked: list[tuple[datetime | None, int]] = []

    def page(self, day: datetime | None, page: int) -> Listing:
        self.asked.append((day, page))
        rows = self.rows
        if day is not None and self.heeds_days:
            ends = day + timedelta(days=1)
            rows = [row for row in rows if row.list_ctime and day <= row.list_ctime < ends]
        part = rows[(page - 1) * self.size : page * self.size]
        return Listing(links=part, rows=len(part))


def read(site: Site, walk: Walk, known: frozenset[str] = frozenset()) -> set[str]:
    """Walk to the end; the ids that were met."""
    met: set[str] = set()
    for _ in range(1000):
        listing = site.page(walk.day, walk.page)
        ids = {link.doc_id for link in listing.links}
        new = ids - met - known
        met |= ids
        if not walk.turn(listing.times, len(new)):
            return met
    pytest.fail("the walk does not end")


def days(since: int, until: int) -> Range:
    """From *since* days before NOW's day to *until* days before it, both included."""
    today = NOW.replace(hour=0)
    return Range(today - timedelta(days=since), today - timedelta(days=until - 1))


CHINA = BY_NAME["china"]
SECTION = BY_NAME["c-company"]


def test_first_walk_reads_as_far_as_a_run_goes() -> None:
    site = Site(100)
    assert len(read(site, Walk(CHINA, 10, 5))) == 50
    assert site.asked[-1] == (None, 5)


def test_walk_ends_at_a_page_with_nothing_new() -> None:
    site = Site(100)
    known = frozenset(row.doc_id for row in site.rows[15:])
    read(site, Walk(CHINA, 10, 400, finished_to=site.rows[15].list_ctime), known)
    assert [page for _, page in site.asked] == [1, 2, 3]


def test_walk_with_nothing_new_reads_one_page() -> None:
    site = Site(100)
    known = frozenset(row.doc_id for row in site.rows)
    read(site, Walk(CHINA, 10, 400, finished_to=site.rows[0].list_ctime), known)
    assert [page for _, page in site.asked] == [1]


def test_walk_goes_back_to_where_the_last_finished_one_was() -> None:
    """A killed run knew the first rows and had not come to those behind them."""
    site = Site(100)
    known = frozenset(row.doc_id for row in (*site.rows[:30], *site.rows[60:]))
    met = read(site, Walk(CHINA, 10, 400, finished_to=site.rows[60].list_ctime), known)
    assert {row.doc_id for row in site.rows[:60]} <= met
    assert len(met) <= 70


def test_busy_list_is_read_back_further_than_a_first_run_goes() -> None:
    site = Site(200)
    known = frozenset(row.doc_id for row in site.rows[150:])
    met = read(site, Walk(CHINA, 10, 400, finished_to=site.rows[150].list_ctime), known)
    assert {row.doc_id for row in site.rows[:150]} <= met


def test_list_that_repeats_itself_ends() -> None:
    site = Site(10)
    same = Listing(links=site.rows, rows=10).times
    walk = Walk(CHINA, 10, 400)
    assert walk.turn(same, 10)
    assert not walk.turn(same, 0)


@pytest.mark.parametrize(
    ("newest", "days_allowed", "stale"),
    [(None, 7, True), (None, 0, False), (NOW - timedelta(days=8), 7, True), (NOW, 7, False)],
)
def test_stale(
    newest: datetime | None, days_allowed: int, stale: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    assert is_stale(newest, days_allowed) is stale


def test_range_goes_day_by_day() -> None:
    site = Site(24 * 10)
    walk = Walk(CHINA, 10, 400, range=days(4, 2))
    met = read(site, walk)
    inside = {row.doc_id for row in site.rows if walk.range and walk.range.holds(row.list_ctime)}
    assert met == inside
    assert len(inside) == 72
    assert walk.reached
    assert all(day is not None for day, _ in site.asked)


def test_empty_days_do_not_end_a_range() -> None:
    site = Site(24 * 10)
    gap = days(4, 3)
    site.rows = [row for row in site.rows if not gap.holds(row.list_ctime)]
    walk = Walk(CHINA, 10, 400, range=days(6, 1))
    met = read(site, walk)
    assert {row.doc_id for row in site.rows if days(6, 5).holds(row.list_ctime)} <= met


def test_list_that_does_not_heed_days_is_read_page_by_page() -> None:
    site = Site(24 * 10, heeds_days=False)
    walk = Walk(CHINA, 10, 400, range=days(4, 2))
    met = read(site, walk)
    assert {row.doc_id for row in site.rows if days(4, 2).holds(row.list_ctime)} <= met
    assert walk.reached
    assert site.asked[0][0] is not None
    assert site.asked[-1][0] is None
    assert len(met) < 24 * 7, "it ends where the rows are older than the range"


def test_list_that_does_not_reach_back_says_so() -> None:
    site = Site(24 * 3, heeds_days=False)
    walk = Walk(SECTION, 10, 400, range=days(9, 2))
    read(site, walk)
    assert not walk.reached
    assert walk.oldest == site.rows[-1].list_ctime


def test_section_lists_know_no_days() -> None:
    walk = Walk(SECTION, 50, 400, range=days(4, 2))
    assert walk.day is None
    assert "cid=56592" in walk.url


def test_day_is_bounded_in_the_url_as_the_site_names_it() -> None:
    walk = Walk(CHINA, 50, 400, range=days(2, 2))
    begins = int((NOW.replace(hour=0) - timedelta(days=2)).timestamp())
    assert f"etime={begins}&stime={begins + 86400}&ctime={begins + 86400}" in walk.url
    assert "date=2026-09-08" in walk.url


def test_row_from_the_future_hides_nothing_from_later_walks() -> None:
    ahead = clock.now() + timedelta(days=400)
    behind = clock.now() - timedelta(days=2)
    walk = Walk(CHINA, size=10, pages_max=5, finished_to=behind)
    assert not walk.turn({"a": ahead, "b": behind}, new=0)
    assert walk.newest == behind
