"""What of an archive needs attention."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from newsarchive.archive.attention import points
from newsarchive.archive.crawls import Crawl, Worker
from newsarchive.clock import UTC

NOW = datetime(2021, 8, 5, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_run(spider: str = "sina_finance", ago: float = 2, code: int | None = 0) -> dict[str, Any]:
    """A run that began *ago* hours ago and took one; without a *code* it has no end."""
    started = NOW - ago * HOUR
    ended = None if code is None else started + HOUR
    name = f"{started:%H%M}-{spider}-{ago}"
    return {"name": name, "spider": spider, "started_at": started, "ended_at": ended} | {
        "exit_code": code
    }


def told(
    *runs: dict[str, Any],
    busy: bool = False,
    **report: Any,
) -> list[str]:
    """The points, where the first run has *report*."""
    reports = {runs[0]["name"]: report} if runs and report else {}
    return list(map(str, points(NOW, runs, reports, None, busy=busy)))


def test_all_is_well() -> None:
    runs = (a_run(), a_run("sina_live", 3), a_run(ago=4))
    assert told(*runs, states={"done": 9, "todo": 3, "skipped": 2}, clock_skew=60) == []
    assert told(*runs, stale_lists=[], layouts={"T4": 7}, clock_skew=None) == []


def test_no_run_yet() -> None:
    assert told() == ["no run yet"]


@pytest.mark.parametrize(
    ("code", "said"),
    [(1, "some articles failed: see its report"), (3, "storage trouble")],
)
def test_a_run_that_failed(code: int, said: str) -> None:
    assert told(a_run(code=code), a_run(ago=5)) == [
        f"the last sina_finance ended with {code}: {said}"
    ]


def test_a_site_that_refuses_us() -> None:
    assert told(a_run(code=4)) == ["the last sina_finance ended with 4: the site refuses us"]


def test_what_failed_before_the_last_run_of_a_spider_is_over() -> None:
    assert told(a_run(), a_run(ago=4, code=4), a_run("sina_live", 5)) == []


def test_the_last_run_of_each_spider_counts() -> None:
    runs = (a_run(), a_run("sina_live", 3, 1), a_run("sina_live", 5))
    assert told(*runs) == ["the last sina_live ended with 1: some articles failed: see its report"]


def test_a_killed_run() -> None:
    killed = a_run(code=None)
    wanted = [f"{killed['name']} was killed: the next run goes on where it was"]
    assert told(killed, a_run(ago=5)) == wanted
    assert told(a_run("replay", 1), killed) == wanted
    assert told(a_run(ago=1), killed) == []  # a later one has tied its loose ends


def test_a_site_that_refused_us() -> None:
    def waits(hours: int) -> list[str]:
        until = NOW + timedelta(hours=hours)
        return list(map(str, points(NOW, [a_run()], {}, until, busy=False)))

    assert waits(-1) == []
    (line,) = waits(2)
    assert line.startswith("the site refused us: it is not asked again before 20")


def test_a_run_at_work_is_not_killed() -> None:
    assert told(a_run(code=None), busy=True) == []


def test_a_killed_run_before_the_one_at_work() -> None:
    killed = a_run(ago=5, code=None)
    assert told(a_run(ago=1, code=None), killed, busy=True) == [
        f"{killed['name']} was killed: the next run goes on where it was"
    ]


def test_a_run_that_is_at_work_for_long() -> None:
    run = a_run(ago=13, code=None)
    assert told(run, busy=True) == [f"{run['name']} has been at work for 13 hours"]
    assert told(a_run(ago=12, code=None), busy=True) == []


def a_crawl(*workers: Worker, ended: bool = False) -> Crawl:
    return Crawl("whole", "sina_finance", NOW - HOUR, NOW if ended else None, "", list(workers))


def a_worker(run: dict[str, Any], state: str = "alive", skew: float = 0) -> Worker:
    return Worker(f"east-{run['name']}", run["name"], "east", state, 125.4, skew, {})


def of_crawl(crawl: Crawl, *runs: dict[str, Any]) -> list[str]:
    return list(map(str, points(NOW, runs, {}, None, [crawl], busy=False)))


def test_workers_at_work_are_not_killed() -> None:
    runs = [a_run(ago=ago, code=None) for ago in (1, 2, 3)]
    assert of_crawl(a_crawl(*map(a_worker, runs)), *runs, a_run(ago=5)) == []
    other = a_run(ago=4, code=None)
    assert of_crawl(a_crawl(*map(a_worker, runs)), *runs, other) == [
        f"{other['name']} was killed: the next run goes on where it was"
    ]


def test_workers_that_are_silent() -> None:
    runs = [a_run(ago=ago, code=None) for ago in (1, 2)]
    crawl = a_crawl(a_worker(runs[0]), silent := a_worker(runs[1], "silent"))
    told = f"{silent.name} is silent for 125 s: others take over what it had in hand"
    assert of_crawl(crawl, *runs) == [told]
    assert of_crawl(a_crawl(silent), runs[1]) == [
        "the crawl whole is not over, and no worker is there: start one",
        told,
    ]
    assert of_crawl(a_crawl(silent, ended=True), runs[1]) == []


def test_a_worker_for_days() -> None:
    run = a_run(ago=73, code=None)
    assert of_crawl(a_crawl(a_worker(run)), run) == [f"{run['name']} has been at work for 3 days"]


def test_a_worker_whose_clock_is_off() -> None:
    run = a_run(code=None)
    assert of_crawl(a_crawl(a_worker(run, skew=61)), run) == [
        "the clock of east is +61 s off the database's"
    ]
    assert of_crawl(a_crawl(a_worker(run, skew=-60)), run) == []


def test_a_run_at_work_does_not_hide_how_the_last_one_ended() -> None:
    runs = (a_run(ago=1, code=None), a_run(ago=3, code=4))
    assert told(*runs, busy=True) == ["the last sina_finance ended with 4: the site refuses us"]


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (48, None),
        (49.5, "no run for 49 hours: is cron at work?"),
        (24 * 9, "no run for 9 days: is cron at work?"),
    ],
)
def test_silence(ago: float, said: str | None) -> None:
    assert told(a_run(ago=ago)) == ([said] if said else [])
    assert told(a_run(ago=ago), busy=True) == []  # verify is at work


@pytest.mark.parametrize(
    ("report", "said"),
    [
        ({"stale_lists": ["china", "us"]}, "lists that stand still: china us"),
        ({"clock_skew": 61.0}, "this machine's clock is -61 s off the site's"),
        ({"clock_skew": -3600.5}, "this machine's clock is +3600 s off the site's"),
        ({"layouts": {"generic": 3}}, "3 articles on a page template that is not known"),
        ({"layouts": {"generic": 1}}, "1 article on a page template that is not known"),
    ],
)
def test_what_the_last_report_says(report: dict[str, Any], said: str) -> None:
    assert told(a_run(), **report) == [said]
    newer = a_run(ago=0.5)
    assert list(points(NOW, [newer, run := a_run()], {run["name"]: report}, None, busy=False)) == []


def test_everything_at_once() -> None:
    run = a_run(ago=72, code=1)
    said = told(run, a_run(ago=80, code=None), stale_lists=["us"], clock_skew=99)
    assert len(said) == 4
