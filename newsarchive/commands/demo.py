"""`scrapy demo`: the main job on the bundled small Sina, from lists to posts."""

from __future__ import annotations

import argparse
from pathlib import Path

from scrapy.exceptions import UsageError

from newsarchive.cli import SpiderCommand
from newsarchive.demo import SmallSina
from newsarchive.demo.handler import LOOPBACK
from newsarchive.demo.special import SPECIALS
from newsarchive.exceptions import ExitCode
from newsarchive.extensions.run import Run
from newsarchive.log import visible

#: Pages of the small Sina that cannot become a post.
_BROKEN = {SPECIALS["empty_body"].doc_id}


class Command(SpiderCommand):
    """Crawls the small Sina on loopback. Only where a host name leads is different."""

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Crawl the bundled small Sina on loopback into ARCHIVE_DIR"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if args:
            raise UsageError(f"unknown argument: {args[0]}", print_help=False)
        assert self.settings is not None
        with SmallSina() as sina:
            # 'spider' priority: above the project's settings, below -s of the command line.
            for name, value in {
                **LOOPBACK,
                "DOWNLOAD_DELAY": 0,
                "DEMO_PORT": sina.port,
                "LIST_STALE_DAYS": 0,  # its lists stand still
                "LOG_LEVEL": "ERROR",  # the misses are explained below
            }.items():
                self.settings.set(name, value, priority="spider")
            run = self.crawl("sina_finance", opts.spargs)
        if run is not None:
            with self.telling():
                self._explain(run)

    def _explain(self, run: Run) -> None:
        """Say where to look; the small Sina's own broken pages are no failure of the demo."""
        report = run.report
        planned = [miss for miss in report.misses if miss.doc_id in _BROKEN]
        if run.exit_code == ExitCode.SOME_FAILED and len(planned) == report.failed.total():
            self.exitcode = 0
        for miss in report.misses:
            as_planned = " (broken on purpose)" if miss.doc_id in _BROKEN else ""
            print(f"  {miss.reason.label}: {visible(miss.subject)}{as_planned}")
        posts = _shown(run.store.root / "posts")
        print(f"The posts are in {posts}. Replay them into another archive with")
        print(f"  scrapy crawl replay -a path={posts} -s ARCHIVE_DIR=replayed")


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
