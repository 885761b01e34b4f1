"""`scrapy reextract`: the archived pages, read again by today's layouts."""

from __future__ import annotations

import argparse

from scrapy.exceptions import UsageError

from newsarchive.archive.selection import ALL, Choice
from newsarchive.archive.store import Store
from newsarchive.cli import SpiderCommand, add_choice, choice_of, complain
from newsarchive.exceptions import BadArgument, NewsarchiveError
from newsarchive.extensions.hold import root_of
from newsarchive.spiders.arguments import given
from newsarchive.spiders.reextract import ReextractSpider


class Command(SpiderCommand):
    """Writes what is otherwise now as versions of ours."""

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Read the archived pages again by today's layouts; --dry-run shows what changes"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--dry-run", action="store_true", help="say what would change")
        parser.add_argument(
            "--pages", metavar="PATH", help="saved pages instead of captures: a folder, file, glob"
        )
        add_choice(parser)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if args:
            raise UsageError(f"unknown argument: {args[0]}", print_help=False)
        assert self.settings is not None
        try:
            choice: Choice | None = choice_of(opts)
            if opts.pages is not None and choice != ALL:
                raise BadArgument("--pages goes without --since, --until and --channel")
            Store.open(root_of(self.settings), self.settings["LEDGER_URL"]).close()  # there is one
        except NewsarchiveError as error:
            complain(error)
            self.exitcode = int(error.exit_code)
            return
        self.settings.set("DRY_RUN", opts.dry_run, priority="cmdline")
        told = given(since=opts.since, until=opts.until, channel=opts.channel)
        choice = None if opts.pages is not None else choice
        self.crawl(
            ReextractSpider, {"choice": choice, "saved": opts.pages or "", "arguments": told}
        )
