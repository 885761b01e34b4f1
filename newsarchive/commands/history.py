"""`scrapy history DOCID`: the versions of an article with their clocks, and what changed."""

from __future__ import annotations

import argparse
import difflib
from contextlib import closing
from datetime import datetime

from scrapy.exceptions import UsageError

from newsarchive import clock
from newsarchive.archive.schema import Row
from newsarchive.archive.store import Store
from newsarchive.cli import ArchiveCommand, complain
from newsarchive.exceptions import BadArgument, BadInput, ExitCode, StorageError
from newsarchive.log import visible
from newsarchive.sina import reading

_CLOCKS = "seen_at served_at updated_at replaced_at".split()


class Command(ArchiveCommand):
    """Prints the versions of one article, oldest first."""

    arguments = 1

    def syntax(self) -> str:
        return "[options] <document id>"

    def short_desc(self) -> str:
        return "List the versions of an article; --diff shows what changed"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--diff", action="store_true", help="the text, version against version")

    def work(self, opts: argparse.Namespace, *args: str) -> None:
        if len(args) != 1:
            raise UsageError("name one document id", print_help=False)
        with closing(self.store()) as store:
            ledger = store.ledger
            versions = ledger.history(args[0])
            if not versions:
                raise BadArgument(f"not archived: {args[0]}")
            current = versions[-1]
            print(f"{current['doc_id']}  {visible(current['title'])}")
            print(f"  {visible(current['url']) or 'no address'}")
            for name in ("first_seen_at", "listed_at", "published_at"):
                print(f"  {name:<14} {_told(current[name])}")
            before: list[str] = []
            for version in versions:
                path = visible(version["path"]) or "(its file is lost)"
                ours = "  (ours: read anew)" if version["cause"] == "extraction" else ""
                print(f"revision {version['revision']}  {path}{ours}")
                for name in _CLOCKS:
                    if version[name]:
                        print(f"  {name:<14} {_told(version[name])}")
                if opts.diff:
                    text = self._text(store, version)
                    _print_diff(before, text)
                    before = text or before  # what is lost is passed over
            for stone in ledger.tombstones(args[0]):
                told = f"gone           {_told(stone['gone_at'])} ({visible(stone['detail'])})"
                again = f", there again {_told(stone['returned_at'])}"
                print(told + (again if stone["returned_at"] else ""))

    def _text(self, store: Store, version: Row) -> list[str]:
        """The title and the reading text, a paragraph a line."""
        try:
            post = store.read(version)
        except (BadInput, StorageError) as error:
            complain(f"revision {version['revision']}: {error}")
            self.exitcode = int(ExitCode.SOME_FAILED)
            return []
        return [post.title, *reading.text(post.body).split("\n")]


def _print_diff(before: list[str], after: list[str]) -> None:
    """The lines that went and came; of a first version nothing."""
    if before and after:
        for line in list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:]:
            if not line.startswith("@@"):
                print(f"  {visible(line)}")


def _told(moment: datetime | None) -> str:
    return clock.iso(moment) or "-"
