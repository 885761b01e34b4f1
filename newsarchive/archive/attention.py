"""What of an archive needs somebody's attention: decided from its runs, without any I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from newsarchive import clock
from newsarchive.archive.crawls import Crawl
from newsarchive.archive.report import SKEW
from newsarchive.archive.schema import Row

#: So long a run may go on before it is asked after, and so long may pass without one.
_LONG = timedelta(hours=12)
_SILENCE = timedelta(days=2)
_AHEAD = timedelta(hours=1)

#: What is said of a point, by its key.
SAID = {
    "future": "there are runs of the future: this machine's clock is wrong, or was",
    "none": "no run yet",
    "silence.hours": "no run for {n} hours: is cron at work?",
    "silence.days": "no run for {n} days: is cron at work?",
    "refused": "the site refused us: it is not asked again before {until}",
    "killed": "{run} was killed: the next run goes on where it was",
    "long.hours": "{run} has been at work for {n} hours",
    "long.days": "{run} has been at work for {n} days",
    "ended.1": "the last {spider} ended with 1: some articles failed: see its report",
    "ended.3": "the last {spider} ended with 3: storage trouble",
    "ended.4": "the last {spider} ended with 4: the site refuses us",
    "ended.unreachable": "the last {spider} ended with {code}: the site could not be reached",
    "stale": "lists that stand still: {lists}",
    "clock": "this machine's clock is {seconds} s off the site's",
    "deserted": "the crawl {crawl} is not over, and no worker is there: start one",
    "silent": "{worker} is silent for {seconds} s: others take over what it had in hand",
    "skew": "the clock of {host} is {seconds} s off the database's",
    "generic": "{n} articles on a page template that is not known",
    "generic.one": "{n} article on a page template that is not known",
}
#: The exit codes of a last run that ask for something.
_CODES = (1, 3, 4)


class Point(NamedTuple):
    """Something that needs attention: what is said of it, and of what."""

    key: str
    values: Mapping[str, str | int]

    def __str__(self) -> str:
        one = f"{self.key}.one"
        return SAID[one if self.values.get("n") == 1 and one in SAID else self.key].format_map(
            self.values
        )


def points(
    now: datetime,
    runs: Sequence[Row],
    reports: Mapping[str, Mapping[str, Any]],
    wait_until: datetime | None,
    crawls: Sequence[Crawl] = (),
    *,
    busy: bool,
) -> Iterator[Point]:
    """What there is to say, in the order in which it is told.

    *runs* are the ledger's, newest first, *reports* those of them that could be read, by name,
    *wait_until*: before that the site is not to be asked; *crawls*: those that workers share;
    *busy*: a run is at work now.
    """
    if any(run["started_at"] > now + _AHEAD for run in runs):
        yield Point("future", {})
        runs = [run for run in runs if run["started_at"] <= now + _AHEAD]
    if not runs:
        yield Point("none", {})
        return
    latest = runs[0]
    workers = {worker.run: worker for crawl in crawls for worker in crawl.workers}
    at_work = {name for name, worker in workers.items() if worker.state == "alive"}
    at_work |= {latest["name"]} if busy else set()
    waits = wait_until is not None and wait_until > now
    if now - (latest["ended_at"] or latest["started_at"]) > _SILENCE and not (at_work or waits):
        yield _lasting("silence", now - latest["started_at"])
    if waits:
        yield Point("refused", {"until": clock.iso(wait_until) or ""})
    last: dict[str, Row] = {}
    for run in runs:
        if run["ended_at"] is not None:
            last.setdefault(run["spider"], run)
        elif run["name"] not in at_work:
            if run["name"] in workers:  # told below
                continue
            if run["spider"] not in last:  # else a later run has tied its loose ends
                yield Point("killed", {"run": run["name"]})
        elif now - run["started_at"] > _LONG:
            yield _lasting("long", now - run["started_at"], run=run["name"])
    for crawl in crawls:
        yield from _of_workers(crawl)
    for spider, run in last.items():
        report = reports.get(run["name"], {})
        if run["exit_code"] in _CODES:
            lost = report.get("finish_reason") == "unreachable"
            key = f"ended.{'unreachable' if lost else run['exit_code']}"
            yield Point(key, {"spider": spider, "code": run["exit_code"]})
        if stale := report.get("stale_lists"):
            yield Point("stale", {"lists": " ".join(stale)})
        skew = report.get("clock_skew")
        if skew is not None and abs(skew) > SKEW:
            yield Point("clock", {"seconds": f"{-skew:+.0f}"})
        if generic := report.get("layouts", {}).get("generic"):
            yield Point("generic", {"n": generic})


def _of_workers(crawl: Crawl) -> Iterator[Point]:
    running = crawl.ended_at is None
    if running and not crawl.states()["alive"]:
        yield Point("deserted", {"crawl": crawl.name})
    for worker in crawl.workers:
        if running and worker.state == "silent":
            yield Point("silent", {"worker": worker.name, "seconds": f"{worker.silence:.0f}"})
        if worker.state == "alive" and abs(worker.skew) > SKEW:
            yield Point("skew", {"host": worker.host, "seconds": f"{worker.skew:+.0f}"})


def _lasting(key: str, span: timedelta, **values: str) -> Point:
    hours = int(span.total_seconds() // 3600)
    if hours < 72:
        return Point(f"{key}.hours", {"n": hours, **values})
    return Point(f"{key}.days", {"n": hours // 24, **values})
