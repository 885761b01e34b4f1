"""What the commands share: exit codes, and errors told in one line."""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from scrapy import Spider
from scrapy.commands import BaseRunSpiderCommand, ScrapyCommand
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError

from newsarchive.archive.report import Report
from newsarchive.archive.selection import Choice
from newsarchive.archive.store import Store
from newsarchive.exceptions import BadArgument, ExitCode, NewsarchiveError, StorageError
from newsarchive.extensions.hold import root_of
from newsarchive.extensions.run import Run
from newsarchive.garbage import collect_seldom
from newsarchive.log import visible
from newsarchive.pipelines.cleaning import PROFILES
from newsarchive.printing import open_streams, quiet_pipe
from newsarchive.sina import channels
from newsarchive.spiders.arguments import bounds

#: The least that a setting may be.
_LEAST = {
    "LIST_PAGE_SIZE": 1,
    "LIST_PAGES_MAX": 1,
    "LIST_DEPTH_MAX": 1,
    "LIST_STALE_DAYS": 0,
    "LINK_ATTEMPTS_MAX": 1,
    "BLOCKS_MAX": 1,
    "BLOCK_WAIT": 0,
    "RETRY_AFTER_MAX": 0,
    "FAILURES_MAX": 0,
    "DISK_FREE_MIN": 0,
    "GONE_SIGHTINGS": 1,
    "WARC_SIZE_MAX": 1,
    "IMAGES_SIZE_MAX": 1,
    "IMAGES_COUNT_MAX": 1,
    "CLUSTER_LEASE": 1,
    "CLUSTER_PATIENCE": 0,
}
#: Settings that are on or off.
_SWITCHES = "WARC_ENABLED IMAGES_ENABLED PROGRESS_ENABLED ROBOTSTXT_OBEY SECOND_PROCESS".split()
#: MB. A larger answer could not be replayed.
_IMAGES_SIZE_MAX = 8
#: Hours. What is longer than a thousand years is a slip.
_HOURS_MAX = 9_000_000
#: Seconds: a day. What a worker had that is dead would lie for as long.
_LEASE_MAX = 86_400
#: Characters of CLUSTER_NAME, as the ledger has room for.
_NAME_MAX = 80


def complain(error: object) -> None:
    """One line to standard error."""
    print(f"newsarchive: {visible(str(error))}", file=sys.stderr)


def add_choice(parser: argparse.ArgumentParser) -> None:
    """The options that say which articles: `choice_of` reads them."""
    parser.add_argument("--since", metavar="DAY", help="first day, YYYY-MM-DD, China time")
    parser.add_argument("--until", metavar="DAY", help="last day, YYYY-MM-DD, China time")
    parser.add_argument("--channel", metavar="NAME", help="only what this channel listed")


def choice_of(opts: argparse.Namespace) -> Choice:
    """Which articles. Raises BadArgument for days and channels that there are not."""
    if opts.channel is not None:
        channels.named(opts.channel)
    return Choice(*bounds(opts.since, opts.until), opts.channel)


class SpiderCommand(BaseRunSpiderCommand):
    """A command that runs one spider and says by its exit code how that went."""

    requires_project = True

    def crawl(self, spider: str | type[Spider], arguments: dict[str, Any]) -> Run | None:
        """Run a spider to its end; sets `exitcode`. None where it could not begin."""
        open_streams()
        collect_seldom()
        process = self.crawler_process
        assert process is not None
        try:
            self.check_settings()
        except BadArgument as error:
            complain(error)
            self.exitcode = int(error.exit_code)
            return None
        try:
            crawler = self._create_crawler(spider)
        except KeyError as error:
            raise UsageError(f"no such spider: {spider}", print_help=False) from error
        task: Any = process.crawl(crawler, **arguments)
        process.start()
        failed = task.exception() if task.done() and not task.cancelled() else None
        if isinstance(failed, NewsarchiveError):
            complain(failed)
            self.exitcode = int(failed.exit_code)
            return None
        if failed is not None:
            raise failed
        return self._tell(crawler)

    def check_settings(self) -> None:
        """Raise BadArgument for settings that make no sense, before anything is opened."""
        assert self.settings is not None
        for setting in _SWITCHES:
            try:
                self.settings.getbool(setting)
            except ValueError as error:
                raise BadArgument(f"{setting}={self.settings[setting]}: True or False") from error
        try:
            for setting, least in _LEAST.items():
                if self.settings.getint(setting) < least:
                    raise BadArgument(f"{setting}={self.settings[setting]}: at least {least}")
            setting = "GONE_INTERVAL"
            interval = self.settings.getfloat(setting)
            setting = "RECHECK_AGES"
            ages = [float(age) for age in self.settings.getlist(setting)]
            setting = "RECHECK_SHARE"
            share = self.settings.getfloat(setting)
            setting = "DOWNLOAD_DELAY"
            delay = self.settings.getfloat(setting)
        except (ValueError, TypeError) as error:
            raise BadArgument(f"{setting}: not a number") from error
        for setting, hours in (("GONE_INTERVAL", [interval]), ("RECHECK_AGES", ages)):
            if not all(0 <= value <= _HOURS_MAX for value in hours):
                raise BadArgument(f"{setting}: hours from 0 to {_HOURS_MAX}")
        if not 0 <= delay < math.inf:
            raise BadArgument(f"DOWNLOAD_DELAY={delay}: seconds from 0")
        if not 0 <= share < 1:
            raise BadArgument(f"RECHECK_SHARE={share}: from 0 to below 1")
        if self.settings.getint("IMAGES_SIZE_MAX") > _IMAGES_SIZE_MAX:
            raise BadArgument(f"IMAGES_SIZE_MAX: at most {_IMAGES_SIZE_MAX} MB")
        if self.settings.getint("CLUSTER_LEASE") > _LEASE_MAX:
            raise BadArgument(f"CLUSTER_LEASE: at most {_LEASE_MAX} seconds")
        if len(self.settings["CLUSTER_NAME"]) > _NAME_MAX:
            raise BadArgument(f"CLUSTER_NAME: at most {_NAME_MAX} characters")
        if self.settings["CLUSTER_URL"]:
            if not self.settings["LEDGER_URL"].startswith("postgresql"):
                raise BadArgument("CLUSTER_URL needs a LEDGER_URL of PostgreSQL")
            if find_spec("redis") is None:
                raise BadArgument("CLUSTER_URL needs newsarchive[cluster]")
            from newsarchive.cluster.gate import connect  # which needs redis

            connect(self.settings["CLUSTER_URL"])  # before the worker joins the crawl
        if self.settings.getbool("SECOND_PROCESS") and os.name != "posix":
            raise BadArgument("SECOND_PROCESS: not on this system")
        profile = self.settings["POST_PROFILE"]
        if profile not in PROFILES:
            raise BadArgument(f"POST_PROFILE={profile}: there are {', '.join(PROFILES)}")

    def _tell(self, crawler: Crawler) -> Run:
        run = Run.of(crawler)
        run.close("killed")  # told twice to stop, Scrapy does not wait for the spider to close
        self.exitcode = int(run.exit_code)
        self.summarise(run.report, run.fault)
        return run

    def summarise(self, report: Report, fault: NewsarchiveError | None) -> None:
        """Say how a run ended: one line, behind one on what ended it before its time."""
        if fault is not None:
            complain(fault)
        with self.telling():
            print(f"{report.spider}: {report.summary()}. Report: {report.path}")

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Printing inside it is as in `quiet_pipe`, and that it failed is told, too."""
        try:
            with quiet_pipe():
                yield
        except StorageError as error:
            complain(error)
            self.exitcode = int(error.exit_code)


class ArchiveCommand(ScrapyCommand):
    """A command that works on an archive without a crawl."""

    #: How many arguments it takes beside its options.
    arguments = 0

    requires_project = True
    requires_crawler_process = False

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        open_streams()
        collect_seldom()
        if len(args) > self.arguments:
            raise UsageError(f"unknown argument: {args[self.arguments]}", print_help=False)
        try:
            with quiet_pipe():
                self.work(opts, *args)
        except NewsarchiveError as error:
            complain(error)
            self.exitcode = int(error.exit_code)
        except KeyboardInterrupt:  # nothing half written is left
            complain("interrupted")
            self.exitcode = int(ExitCode.INTERRUPTED)

    def work(self, opts: argparse.Namespace, *args: str) -> None:
        """What the command does. Raises NewsarchiveError."""
        raise NotImplementedError

    @property
    def root(self) -> Path:
        """The folder of the archive."""
        assert self.settings is not None
        return root_of(self.settings)

    def store(self, *, rebuild: bool = False) -> Store:
        """The archive in ARCHIVE_DIR; *rebuild*: with a new ledger where it has none.

        Raises StorageError where there is none, BadArgument.
        """
        assert self.settings is not None
        try:
            lease = self.settings.getfloat("CLUSTER_LEASE")
        except ValueError as error:
            raise BadArgument("CLUSTER_LEASE: not a number") from error
        store = Store.open(self.root, self.settings["LEDGER_URL"], rebuild=rebuild)
        store.ledger.lease = lease
        return store
