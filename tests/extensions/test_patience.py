"""How much refusal and failure a run bears."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from scrapy.settings import Settings

from newsarchive import clock
from newsarchive.clock import UTC
from newsarchive.exceptions import Blocked, Reason, Unreachable
from newsarchive.extensions.patience import Patience, heed
from newsarchive.items import Miss

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
URL = "https://finance.sina.com.cn/x.shtml"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def patience(**changes: int) -> Patience:
    return Patience(Settings({"BLOCKS_MAX": 3, "FAILURES_MAX": 4, "BLOCK_WAIT": 3600} | changes))


def ends(run: Patience, *reasons: Reason, subject: str = URL) -> list[type | None]:
    faults = [run.missed(Miss(subject, reason, "why")) for reason in reasons]
    return [type(fault) if fault else None for fault in faults]


def test_so_many_refusals_are_a_block() -> None:
    run = patience()
    assert ends(run, *[Reason.BLOCKED] * 2, Reason.NO_BODY) == [None] * 3
    run.answered()  # refusals need not come in a row
    fault = run.missed(Miss(URL, Reason.BLOCKED))
    assert isinstance(fault, Blocked)
    assert fault.until == NOW + timedelta(hours=1)
    assert str(fault) == (
        f"the site refuses us, refused 3 times, the last time {URL}: "
        "not asked again before 2026-03-01 13:00:00 UTC"
    )


def test_so_many_failures_in_a_row_end_a_run() -> None:
    dead = (Reason.NETWORK, Reason.HTTP_ERROR) * 2
    assert ends(patience(), *dead) == [None, None, None, Unreachable]
    assert ends(patience(FAILURES_MAX=0), *dead * 20) == [None] * 80


@pytest.mark.parametrize("reason", [Reason.NOT_FOUND, Reason.NO_BODY, Reason.TRUNCATED])
def test_a_page_that_came_ends_the_row(reason: Reason) -> None:
    run = patience()
    for _ in range(5):
        assert ends(run, *[Reason.NETWORK] * 3, reason) == [None] * 4


def test_an_answer_ends_the_row() -> None:
    run = patience()
    for _ in range(5):
        assert ends(run, *[Reason.NETWORK] * 3) == [None] * 3
        run.answered()


def test_files_refuse_nobody() -> None:
    reasons = [Reason.BLOCKED, Reason.NETWORK] * 10
    assert ends(patience(), *reasons, subject="/pages/x.html") == [None] * 20


@pytest.mark.parametrize(
    ("wait", "hours"),
    [
        (None, 1),
        (timedelta(), 1),  # a date that has passed says nothing
        (timedelta(minutes=3), 0.05),
        (timedelta(hours=5), 5),
        (timedelta(days=30), 7 * 24),
        (timedelta.max, 7 * 24),
    ],
)
def test_how_long_the_site_is_left_alone(wait: timedelta | None, hours: float) -> None:
    assert patience().blocked("why", wait).until == NOW + timedelta(hours=hours)


def test_no_setting_is_longer_than_a_week() -> None:
    assert patience(BLOCK_WAIT=10**15).blocked("why").until == NOW + timedelta(days=7)


def test_the_moment_is_kept_to() -> None:
    heed(None)
    heed(NOW)
    with pytest.raises(Blocked, match="not asked again before 2026-03-01 12:00:01 UTC"):
        heed(NOW + timedelta(seconds=1))
