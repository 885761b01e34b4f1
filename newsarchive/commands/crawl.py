"""`scrapy crawl`: Scrapy's own, with exit codes that say what happened."""

from __future__ import annotations

import argparse

from scrapy.exceptions import UsageError

from newsarchive.cli import SpiderCommand


class Command(SpiderCommand):
    """Runs one spider by name."""

    def syntax(self) -> str:
        return "[options] <spider>"

    def short_desc(self) -> str:
        return "Run a spider: sina_finance, sina_live or replay"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            raise UsageError("name one spider", print_help=not args)
        self.crawl(args[0], opts.spargs)
