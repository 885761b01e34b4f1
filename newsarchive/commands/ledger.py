"""`scrapy ledger move URL`: the ledger from SQLite to PostgreSQL, or back."""

from __future__ import annotations

import argparse
from contextlib import closing

from scrapy.exceptions import UsageError
from tqdm import tqdm

from newsarchive.archive import lock
from newsarchive.archive.ledger import Ledger
from newsarchive.cli import ArchiveCommand, complain
from newsarchive.exceptions import StorageError


class Command(ArchiveCommand):
    """Moves all of it or nothing; no run is at work meanwhile."""

    arguments = 2

    def syntax(self) -> str:
        return "move <url>"

    def short_desc(self) -> str:
        return "Move the ledger to another database: SQLite to PostgreSQL, or back"

    def work(self, opts: argparse.Namespace, *args: str) -> None:
        if len(args) != 2 or args[0] != "move":
            raise UsageError("what to do: move, and the URL of an empty database", print_help=False)
        if not self.root.is_dir():
            raise StorageError(f"no archive in {self.root}")
        held = lock.acquire(self.root)
        try:
            with closing(self.store()) as store, closing(Ledger(args[1])) as target:
                store.ledger.hold()
                target.hold()
                self._move(store.ledger, target)
        finally:
            held.release()

    def _move(self, source: Ledger, target: Ledger) -> None:
        obstacles = 0
        for obstacle in source.obstacles(target):
            complain(obstacle)
            obstacles += 1
        if obstacles:
            raise StorageError(
                f"{obstacles} faults, so nothing was moved: `scrapy verify --repair` mends damage"
            )
        with tqdm(unit=" rows", desc="moved", disable=None) as bar:
            count = target.take_over(source, bar.update)
        left = source.retire(target.url)
        print(
            f"{count} rows moved to {target.url}: set LEDGER_URL to that. The old ledger: {left}."
        )
