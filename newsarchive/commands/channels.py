"""`scrapy channels`: the table of the channels; with --check, how each of them is today."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from unicodedata import east_asian_width

from scrapy import signals
from scrapy.exceptions import UsageError

from newsarchive import clock
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.store import Store
from newsarchive.cli import SpiderCommand, complain
from newsarchive.exceptions import ExitCode, NewsarchiveError
from newsarchive.extensions.patience import heed
from newsarchive.log import visible
from newsarchive.sina import channels
from newsarchive.sina.channels import Channel, Live, Roll, Section
from newsarchive.sina.walk import is_stale
from newsarchive.spiders.check import CheckSpider, Finding

_T = TypeVar("_T")


class Command(SpiderCommand):
    """Prints the channels; exit code 1 where a checked one is not fresh."""

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "List the channels; --check asks each of them once"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--check", action="store_true", help="ask each list and one article")
        parser.add_argument("--all", action="store_true", help="with --check: not the usual only")
        parser.add_argument("--only", metavar="NAMES", help="with --check: these, with commas")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if args:
            raise UsageError(f"unknown argument: {args[0]}", print_help=False)
        if (opts.all or opts.only) and not opts.check:
            raise UsageError("--all and --only go with --check", print_help=False)
        try:
            self.check_settings()
            with self.telling():
                self._check(_chosen(opts)) if opts.check else self._list()
        except NewsarchiveError as error:
            complain(error)
            self.exitcode = int(error.exit_code)

    def _list(self) -> None:
        assert self.settings is not None
        seen = self._of_ledger(_last_seen) or {}
        stale_days = self.settings.getint("LIST_STALE_DAYS")
        print(_row("name", "label", "place", "usual", "newest row"))
        for channel in channels.CHANNELS:
            newest = seen.get(channel.name)
            told = _told(newest)
            if newest and is_stale(newest, stale_days):
                told += " stale"
            usual = "yes" if channel.usual else ""
            print(_row(channel.name, channel.label, _place(channel), usual, told))

    def _of_ledger(self, read: Callable[[Ledger], _T]) -> _T | None:
        """What *read* finds in the archive's ledger; None where there is no archive."""
        assert self.settings is not None
        root = Path(self.settings["ARCHIVE_DIR"]).absolute()
        if not (self.settings["LEDGER_URL"] or (root / "ledger.db").is_file()):
            return None  # no crawl yet
        ledger = Store.open(root, self.settings["LEDGER_URL"]).ledger
        try:
            return read(ledger)
        finally:
            ledger.close()

    def _check(self, chosen: list[Channel]) -> None:
        assert self.settings is not None
        heed(self._of_ledger(Ledger.wait_until))
        ledger = self._of_ledger(Ledger.identity) if self.settings["CLUSTER_URL"] else ""
        process = self.crawler_process
        assert process is not None
        found: dict[str, Finding] = {}
        crawler = process.create_crawler(CheckSpider)

        def note(item: Finding) -> None:
            found[item.channel.name] = item

        crawler.signals.connect(note, signals.item_scraped)
        process.crawl(crawler, channels=chosen, ledger=ledger)
        process.start()
        print(_row("name", "label", "state", "rows", "newest row") + "  article")
        for channel in chosen:
            item = found.get(channel.name, Finding(channel, "broken", detail="no answer"))
            print(checked_row(item))
            if item.state != "fresh" or item.detail:
                self.exitcode = int(ExitCode.SOME_FAILED)


def _last_seen(ledger: Ledger) -> dict[str, datetime | None]:
    """By channel, the newest row that the archive's crawls met."""
    return {name: row["newest_at"] for name, row in ledger.walks().items()}


def _chosen(opts: argparse.Namespace) -> list[Channel]:
    if opts.only:
        return [channels.named(name.strip()) for name in opts.only.split(",")]
    return [channel for channel in channels.CHANNELS if opts.all or channel.usual]


def _place(channel: Channel) -> str:
    if isinstance(channel.place, Roll):
        return f"pageid={channel.place.pageid} lid={channel.place.lid}"
    if isinstance(channel.place, Section):
        return f"cid={channel.place.cid}"
    assert isinstance(channel.place, Live)
    return f"zhibo_id={channel.place.zhibo_id}"


def _told(moment: datetime | None) -> str:
    return f"{moment.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}" if moment else "-"


def checked_row(item: Finding) -> str:
    """A line of what --check tells; what the site said is in it, and harmless on a terminal."""
    channel = item.channel
    line = _row(channel.name, channel.label, item.state, str(item.rows), _told(item.newest))
    article = f"{item.layout}: {' '.join(item.fields)}" if item.layout else ""
    return f"{line}  {article}{visible(item.detail)}"


def _row(*cells: str) -> str:
    widths = (19, 16, 21, 6, 16)
    return " ".join(_padded(cell, width) for cell, width in zip(cells, widths)).rstrip()


def _padded(text: str, width: int) -> str:
    """*text* padded to *width* columns of a terminal, where Chinese characters take two."""
    columns = sum(2 if east_asian_width(char) in "WF" else 1 for char in text)
    return text + " " * max(0, width - columns)
