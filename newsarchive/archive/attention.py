"""What of an archive needs somebody's attention: decided from its runs, without any I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from newsarchive import clock
from newsarchive.archive.crawls import Crawl
from newsarchive.archive.report import SKEW
from newsarchive.archive.schema import Row

#: So long a run may go on before it is asked after, and so long may pass without one.
_LONG = timedelta(hours=12)
_SILENCE = timedelta(days=2)
_AHEAD = timedelta(hours=1)

#: What an exit code of the last run asks for.
_CODES = {
    1: "some articles failed: see its report",
    3: "storage trouble",
    4: "the site refuses us",
}


def points(
    now: datetime,
    runs: Sequence[Row],
    reports: Mapping[str, Mapping[str, Any]],
    wait_until: datetime | None,
    crawls: Sequence[Crawl] = (),
    *,
    busy: bool,
) -> Iterator[str]:
    """One line a point.

    *runs* are the ledger's, newest first, *reports* those of them that could be read, by name,
    *wait_until*: before that the site is not to be asked; *crawls*: those that workers share;
    *busy*: a run is at work now.
    """
    if any(run["started_at"] > now + _AHEAD for run in runs):
        yield "there are runs of the future: this machine's clock is wrong, or was"
        runs = [run for run in runs if run["started_at"] <= now + _AHEAD]
    if not runs:
        yield "no run yet"
        return
    latest = runs[0]
    workers = {worker.run: worker for crawl in crawls for worker in crawl.workers}
    at_work = {name for name, worker in workers.items() if worker.state == "alive"}
    at_work |= {latest["name"]} if busy else set()
    waits = wait_until is not None and wait_until > now
    if now - (latest["ended_at"] or latest["started_at"]) > _SILENCE and not (at_work or waits):
        yield f"no run for {_days(now - latest['started_at'])}: is cron at work?"
    if waits:
        yield f"the site refused us: it is not asked again before {clock.iso(wait_until)}"
    last: dict[str, Row] = {}
    for run in runs:
        if run["ended_at"] is not None:
            last.setdefault(run["spider"], run)
        elif run["name"] not in at_work:
            if run["name"] in workers:  # told below
                continue
            if run["spider"] not in last:  # else a later run has tied its loose ends
                yield f"{run['name']} was killed: the next run goes on where it was"
        elif now - run["started_at"] > _LONG:
            yield f"{run['name']} has been at work for {_days(now - run['started_at'])}"
    for crawl in crawls:
        yield from _of_workers(crawl)
    for spider, run in last.items():
        report = reports.get(run["name"], {})
        if run["exit_code"] in _CODES:
            why = _CODES[run["exit_code"]]
            if report.get("finish_reason") == "unreachable":
                why = "the site could not be reached"
            yield f"the last {spider} ended with {run['exit_code']}: {why}"
        if stale := report.get("stale_lists"):
            yield f"lists that stand still: {' '.join(stale)}"
        skew = report.get("clock_skew")
        if skew is not None and abs(skew) > SKEW:
            yield f"this machine's clock is {-skew:+.0f} s off the site's"
        if generic := report.get("layouts", {}).get("generic"):
            yield f"{generic} articles on a page template that is not known"


def _of_workers(crawl: Crawl) -> Iterator[str]:
    running = crawl.ended_at is None
    if running and not crawl.states()["alive"]:
        yield f"the crawl {crawl.name} is not over, and no worker is there: start one"
    for worker in crawl.workers:
        if running and worker.state == "silent":
            silence = f"{worker.silence:.0f} s"
            yield f"{worker.name} is silent for {silence}: others take over what it had in hand"
        if worker.state == "alive" and abs(worker.skew) > SKEW:
            yield f"the clock of {worker.host} is {worker.skew:+.0f} s off the database's"


def _days(span: timedelta) -> str:
    hours = int(span.total_seconds() // 3600)
    return f"{hours} hours" if hours < 72 else f"{hours // 24} days"
