"""`scrapy export`: the archive as JSON lines, CSV or Parquet."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

from tqdm import tqdm

from newsarchive import refresh
from newsarchive.archive import export, exporting, formats, output
from newsarchive.archive.atomic import trouble_with
from newsarchive.archive.card import Tally
from newsarchive.cli import ArchiveCommand, add_choice, choice_of, complain
from newsarchive.exceptions import BadArgument, ExitCode
from newsarchive.sina import reading
from newsarchive.spiders.arguments import moment

FORMATS = (*formats.PACKS, "parquet")


class Command(ArchiveCommand):
    """Writes one row per article, oldest first."""

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Write the archived articles as JSON lines, CSV or Parquet"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--format", metavar="NAME", default="jsonl", help="jsonl (without it), csv or parquet"
        )
        parser.add_argument(
            "-o",
            "--output",
            metavar="FILE",
            default="-",
            help="- is standard output; of Parquet a folder, or a file that ends in .parquet",
        )
        add_choice(parser)
        parser.add_argument(
            "--symbol", metavar="CODE", help="only what names it: sz300059, 300059.SZ"
        )
        parser.add_argument(
            "--as-of", metavar="TIME", help="what was known then: 2021-08-06T15:00, China time"
        )
        parser.add_argument(
            "--versions", action="store_true", help="every version, not the current ones alone"
        )

    def work(self, opts: argparse.Namespace, *args: str) -> None:
        if opts.format not in FORMATS:
            raise BadArgument(f"--format {opts.format}: there are {', '.join(FORMATS)}")
        if opts.versions and opts.as_of is not None:
            raise BadArgument("--versions holds what was known at any moment: no --as-of with it")
        choice = choice_of(opts)
        as_of = moment(opts.as_of) if opts.as_of is not None else None
        if opts.format == "parquet":
            parquet, dataset = _parquet(opts.output)
            pack = parquet.pack
        else:
            pack = formats.PACKS[opts.format]

        def broken(path: str, error: Exception) -> None:
            with tqdm.external_write_mode():
                complain(f"left out {path}: {error}")
            self.exitcode = int(ExitCode.SOME_FAILED)

        reader = export.Reader(reading.text, reading.exchange_form)
        fields = export.FIELDS + (export.OF_VERSIONS if opts.versions else [])
        with closing(self.store()) as store, _opened(opts) as target:
            asked = export.Asked(store.root, fields, reader, opts.symbol)
            # They are looked for when there is a place to write them.
            duplicates = None if opts.versions else refresh.duplicates(store, as_of)
            known = partial(
                exporting.versions, store, as_of=as_of, duplicates=duplicates, every=opts.versions
            )

            def count() -> int | None:
                if opts.symbol is not None:
                    return None
                return store.ledger.count(choice, as_of, every=opts.versions)

            with _bar(opts, count) as seen:
                tally = Tally(seen)
                made = partial(exporting.made, asked, pack, tally=tally, broken=broken)

                def contents() -> Iterator[Any]:
                    found = made(exporting.in_batches(known(choice)))
                    return (packed.content for _, packed in found)

                if not isinstance(target, Path):
                    if head := formats.HEADS.get(opts.format):
                        target.write(head(fields))
                    target.writelines(contents())
                elif _is_one_file(opts.output):
                    parquet.one_file(contents(), fields, target)
                else:
                    with store.ledger.at_one_moment():
                        kept = store.ledger.as_kept(choice, as_of, every=opts.versions)
                        months = exporting.months(store, kept, known, choice, duplicates)
                        before = Path(os.path.realpath(opts.output))
                        dataset.write(months, made, fields, target, tally, _told(opts), before)


def _opened(opts: argparse.Namespace) -> AbstractContextManager[TextIO | Path]:
    """What is written to: a text, or the path of a file or folder that is to be."""
    if opts.format == "parquet":
        return output.replacing(opts.output)
    return output.text(opts.output)


@contextmanager
def _bar(
    opts: argparse.Namespace, count: Callable[[], int | None]
) -> Iterator[Callable[[int], object]]:
    """What is told of how many more rows there are: on a terminal a bar, unless they move there."""
    if opts.output == "-" and sys.stdout.isatty():
        yield lambda number: None
        return
    with tqdm(unit=" articles", desc="exported", disable=None, delay=0.5) as bar:
        if not bar.disable:
            bar.reset(count())
        yield bar.update


def _parquet(target: str) -> tuple[ModuleType, ModuleType]:
    """What writes Parquet. Raises BadArgument where it is not there, or must not write there."""
    try:
        from newsarchive.archive import dataset, parquet
    except ImportError as error:
        raise BadArgument(
            f"--format parquet needs pyarrow ({error}): pip install -e '.[parquet]'"
        ) from error
    if target == "-":
        raise BadArgument("--format parquet: needs -o FOLDER, or -o FILE.parquet")
    with trouble_with(Path(target)):
        if not _is_one_file(target) and not dataset.may_replace(Path(os.path.realpath(target))):
            raise BadArgument(f"-o {target}: is there, and no export that may be replaced")
    return parquet, dataset


def _is_one_file(target: str) -> bool:
    return target.endswith(".parquet")


def _told(opts: argparse.Namespace) -> str:
    """The command that asks for these rows."""
    words = ["scrapy", "export", "--format", opts.format]
    for name in ("since", "until", "channel", "symbol", "as_of"):
        if (value := getattr(opts, name)) is not None:
            words += [f"--{name.replace('_', '-')}", *value.split()]
    return shlex.join(words + ["--versions"] * opts.versions)
