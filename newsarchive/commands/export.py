"""`scrapy export`: the archive as JSON lines or CSV."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TextIO

from newsarchive.archive import export, formats
from newsarchive.archive.versions import Choice
from newsarchive.cli import ArchiveCommand, complain
from newsarchive.exceptions import BadArgument, ExitCode, StorageError
from newsarchive.sina import channels, reading
from newsarchive.spiders.arguments import bounds, moment


class Command(ArchiveCommand):
    """Writes one row per article, oldest first."""

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Write the archived articles as JSON lines or CSV"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--format", metavar="NAME", default="jsonl", help="jsonl (without it) or csv"
        )
        parser.add_argument(
            "-o", "--output", metavar="FILE", default="-", help="- is standard output"
        )
        parser.add_argument("--since", metavar="DAY", help="first day, YYYY-MM-DD, China time")
        parser.add_argument("--until", metavar="DAY", help="last day, YYYY-MM-DD, China time")
        parser.add_argument("--channel", metavar="NAME", help="only what this channel listed")
        parser.add_argument(
            "--symbol", metavar="CODE", help="only what names it: sz300059, 300059.SZ"
        )
        parser.add_argument(
            "--as-of", metavar="TIME", help="what was known then: 2021-08-06T15:00, China time"
        )

    def work(self, opts: argparse.Namespace, *args: str) -> None:
        write = formats.WRITERS.get(opts.format)
        if write is None:
            raise BadArgument(f"--format {opts.format}: there are {', '.join(formats.WRITERS)}")
        if opts.channel is not None:
            channels.named(opts.channel)
        choice = Choice(*bounds(opts.since, opts.until), opts.channel)
        as_of = moment(opts.as_of) if opts.as_of is not None else None

        def broken(path: str, error: Exception) -> None:
            complain(f"left out {path}: {error}")
            self.exitcode = int(ExitCode.SOME_FAILED)

        reader = export.Reader(reading.text, reading.exchange_form)
        with closing(self.store()) as store, _output(opts.output) as file:
            write(export.rows(store, reader, broken, choice, opts.symbol, as_of), file)


@contextmanager
def _output(name: str) -> Iterator[TextIO]:
    """A file that is there whole or not at all; `-`, a pipe or a device is written to as it comes.

    Raises StorageError.
    """
    if name == "-":
        sys.stdout.reconfigure(encoding="utf-8", errors="replace", newline="\n")  # type: ignore[union-attr]
        yield sys.stdout
        return
    target = Path(os.path.realpath(name))  # a link stays a link
    whole = not target.exists() or target.is_file()
    part = target.with_name(f".{target.name}.{os.getpid()}.part") if whole else target
    try:
        with part.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
            yield file
            if whole:
                file.flush()
                os.fsync(file.fileno())
        if whole:
            os.replace(part, target)
    except OSError as error:
        raise StorageError(f"{name}: {error.strerror or error}") from error
    finally:
        if whole:
            with suppress(OSError):
                part.unlink(missing_ok=True)
