"""`scrapy crawl`: Scrapy's own, with exit codes that say what happened."""

from __future__ import annotations

import argparse
from typing import Any

from scrapy.exceptions import UsageError

from newsarchive import workers
from newsarchive.cli import SpiderCommand, complain
from newsarchive.exceptions import NewsarchiveError
from newsarchive.spiders.replay import ReplaySpider


class Command(SpiderCommand):
    """Runs one spider by name."""

    def syntax(self) -> str:
        return "[options] <spider>"

    def short_desc(self) -> str:
        return "Run a spider: sina_finance, sina_live or replay"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            raise UsageError("name one spider", print_help=not args)
        if args[0] == ReplaySpider.name and opts.spargs.get("workers", "1") != "1":
            self._share_out(opts.spargs)
        else:
            self.crawl(args[0], opts.spargs)

    def _share_out(self, arguments: dict[str, Any]) -> None:
        """A replay by several processes."""
        assert self.settings is not None
        try:
            self.check_settings()
            count = ReplaySpider(**arguments).workers
            report, fault = workers.replay(self.settings, arguments, count)
        except NewsarchiveError as error:
            complain(error)
            self.exitcode = int(error.exit_code)
            return
        self.exitcode = report.exit_code
        self.summarise(report, fault)
