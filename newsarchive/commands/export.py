"""`scrapy export`: the archive as JSON lines."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TextIO

from newsarchive.archive import export
from newsarchive.cli import ArchiveCommand, complain
from newsarchive.clock import SHANGHAI
from newsarchive.exceptions import BadArgument, ExitCode, StorageError
from newsarchive.sina import channels, reading


class Command(ArchiveCommand):
    """Writes one object per article, oldest first."""

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Write the archived articles as JSON lines"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--format", default="jsonl", help="jsonl (the one there is)")
        parser.add_argument(
            "-o", "--output", metavar="FILE", default="-", help="- is standard output"
        )
        parser.add_argument("--since", metavar="DAY", help="first day, YYYY-MM-DD, China time")
        parser.add_argument("--until", metavar="DAY", help="last day, YYYY-MM-DD, China time")
        parser.add_argument("--channel", metavar="NAME", help="only what this channel listed")
        parser.add_argument("--symbol", metavar="CODE", help="only what names it: sz300059")

    def work(self, opts: argparse.Namespace) -> None:
        if opts.format != "jsonl":
            raise BadArgument(f"--format {opts.format}: there is jsonl")
        if opts.channel is not None:
            channels.choose(opts.channel)
        until = _day(opts.until)
        where = export.conditions(
            _day(opts.since), until and until + timedelta(days=1), opts.channel
        )

        def broken(path: str, error: Exception) -> None:
            complain(f"left out {path}: {error}")
            self.exitcode = int(ExitCode.SOME_FAILED)

        store = self.store()
        with _output(opts.output) as file:
            for row in export.rows(store, where, reading.text, broken, opts.symbol):
                file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _day(text: str | None) -> datetime | None:
    """Midnight in China at which the day begins. Raises BadArgument."""
    if text is None:
        return None
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise ValueError
        return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    except ValueError as error:
        raise BadArgument(f"{text}: not a day as 2021-08-06") from error


@contextmanager
def _output(name: str) -> Iterator[TextIO]:
    """A file that is there whole or not at all; standard output for `-`. Raises StorageError."""
    if name == "-":
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        yield sys.stdout
        return
    part = Path(name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        os.replace(part, name)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StorageError(f"{name}: {error.strerror or error}") from error
