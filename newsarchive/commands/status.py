"""`scrapy status`: the last runs, what is to do, and what needs attention."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from newsarchive import clock
from newsarchive.archive import health
from newsarchive.archive.crawls import Crawl
from newsarchive.archive.schema import Row
from newsarchive.cli import ArchiveCommand
from newsarchive.exceptions import BadArgument, ExitCode
from newsarchive.log import visible
from newsarchive.spiders.reextract import ReextractSpider

#: What needs attention is told of so many runs at least, however few are shown.
_LOOKED = 10


class Command(ArchiveCommand):
    """Prints one line a run, newest first; exit code 1 where something needs attention."""

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Show the last runs and what needs attention"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--runs", metavar="N", default="10", help="how many runs (10)")

    def work(self, opts: argparse.Namespace, *args: str) -> None:
        if not re.fullmatch(r"[0-9]{1,9}", opts.runs) or int(opts.runs) == 0:
            raise BadArgument(f"--runs {opts.runs}: not a number above zero")
        with closing(self.store()) as store:
            found = health.look(store, runs=max(int(opts.runs), _LOOKED))
        for run in found.runs[: int(opts.runs)]:
            print(visible(_line(run, found.reports[run["name"]])))
        counts = ", ".join(f"{count} {state}" for state, count in sorted(found.states.items()))
        print(f"links: {counts or 'none'}; re-checks due: {found.due}")
        for crawl in found.crawls:
            print(visible(_crawl(crawl, found)))
        for point in found.points:
            print(f"attention: {visible(str(point))}")
            self.exitcode = int(ExitCode.SOME_FAILED)


def _crawl(crawl: Crawl, found: health.Health) -> str:
    workers = ", ".join(f"{count} {state}" for state, count in crawl.states().items())
    since = f"since {clock.iso(crawl.opened_at)}"
    if crawl.ended_at is not None:
        since = f"ended {clock.iso(crawl.ended_at)}" + (f" ({crawl.stopped})" * bool(crawl.stopped))
    asks = crawl.spider != ReextractSpider.name
    told = [f"{crawl.total('requests')} requests, {crawl.rate(found.at):.2f}/s"] * asks
    told += [f"{count} {name}" for name, count in sorted(crawl.by("archived").items())]
    told += [f"{sum(crawl.by('failed').values())} failed"]
    if crawl.ended_at is None:
        left = found.states.get("todo", 0) if asks else f"{crawl.files} WARC files"
        told += [f"{crawl.in_hand} in hand", f"{left} to do"]
    return f"crawl {crawl.name} {since}: workers: {workers}; {', '.join(told)}"


def _line(run: Row, found: Mapping[str, Any]) -> str:
    ended, code = run["ended_at"], run["exit_code"]
    seconds = f"{(ended - run['started_at']).total_seconds():.0f} s" if ended else "no end"
    archived = found.get("archived", {})
    told = [f"{archived.get(name, 0)} {name}" for name in ("new", "revised", "unchanged")]
    told += [f"{found.get('gone', 0)} gone", f"{sum(found.get('failed', {}).values())} failed"]
    started, code = clock.iso(run["started_at"]), "-" if code is None else str(code)
    return f"{started}  {run['spider']:<13} exit {code:<3} {seconds:>7}  {', '.join(told)}"
