"""`scrapy metrics`: the archive in numbers, for Prometheus."""

from __future__ import annotations

import argparse
from contextlib import closing

from newsarchive.archive import output
from newsarchive.archive.health import METRICS_NEED
from newsarchive.cli import ArchiveCommand
from newsarchive.exceptions import BadArgument


class Command(ArchiveCommand):
    """Prints them, or writes them to a file that is there whole or not at all."""

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Tell the archive and its crawl in numbers, for Prometheus"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-o", "--output", metavar="FILE", default="-", help="- is standard output"
        )

    def work(self, opts: argparse.Namespace, *args: str) -> None:
        try:
            from newsarchive.archive import metrics
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("newsarchive"):
                raise
            raise BadArgument(METRICS_NEED) from error
        with closing(self.store()) as store:
            text = metrics.exposition(store).decode()
        with output.text(opts.output) as file:
            file.write(text)
