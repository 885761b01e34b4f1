"""`scrapy status`: the last runs, what is to do, and what needs attention."""

from __future__ import annotations

import argparse
import re
from contextlib import closing
from typing import Any

from newsarchive import clock
from newsarchive.archive import attention, lock, report
from newsarchive.archive.schema import Row
from newsarchive.cli import ArchiveCommand
from newsarchive.exceptions import BadArgument, ExitCode
from newsarchive.log import visible

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
        with lock.at_rest(self.root) as busy, closing(self.store()) as store:
            runs = store.ledger.runs(max(int(opts.runs), _LOOKED))
            states, due = store.ledger.states(), store.ledger.due_count(clock.now())
            wait_until = store.ledger.wait_until()
        reports = {run["name"]: report.read(self.root, run["name"]) for run in runs}
        for run in runs[: int(opts.runs)]:
            print(visible(_line(run, reports[run["name"]])))
        counts = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        print(f"links: {counts or 'none'}; re-checks due: {due}")
        for point in attention.points(clock.now(), runs, reports, wait_until, busy=busy):
            print(f"attention: {visible(str(point))}")
            self.exitcode = int(ExitCode.SOME_FAILED)


def _line(run: Row, found: dict[str, Any]) -> str:
    ended, code = run["ended_at"], run["exit_code"]
    seconds = f"{(ended - run['started_at']).total_seconds():.0f} s" if ended else "no end"
    archived = found.get("archived", {})
    told = [f"{archived.get(name, 0)} {name}" for name in ("new", "revised", "unchanged")]
    told += [f"{found.get('gone', 0)} gone", f"{sum(found.get('failed', {}).values())} failed"]
    started, code = clock.iso(run["started_at"]), "-" if code is None else str(code)
    return f"{started}  {run['spider']:<13} exit {code:<3} {seconds:>7}  {', '.join(told)}"
