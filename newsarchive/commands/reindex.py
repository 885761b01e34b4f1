"""`scrapy reindex`: what is derived of the posts is made anew: index and clusters of reprints."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime

from tqdm import tqdm

from newsarchive.archive import clustering, indexing
from newsarchive.archive.export import Reader
from newsarchive.archive.index import Index
from newsarchive.archive.store import Store
from newsarchive.cli import ArchiveCommand, complain
from newsarchive.exceptions import ExitCode
from newsarchive.sina import reading

#: So many posts that cannot be indexed are named; the others are counted.
_NAMED = 20
_FILES = (indexing.NAME, clustering.NAME)


class Command(ArchiveCommand):
    """Prints one line; exit code 1 where posts had to be left out."""

    def short_desc(self) -> str:
        return "Make the index of scrapy search and the clusters of reprints anew"

    def work(self, opts: argparse.Namespace, *args: str) -> None:
        with closing(self.store()) as store:
            with refreshed(self, store, anew=True) as index:
                count, _ = index.counts()
            count_of_reprints = len(duplicates(store, anew=True))
            size = sum(os.path.getsize(store.root / name) for name in _FILES)
            told = f"{count} articles indexed, {count_of_reprints} of them reprints of others"
            print(f"{told}, {size / 1e6:.1f} MB.")


@contextmanager
def refreshed(command: ArchiveCommand, store: Store, *, anew: bool = False) -> Iterator[Index]:
    """The index, brought up to date with a progress bar on a terminal.

    What is missing in it is told, and makes the exit code 1. Raises Locked, StorageError.
    """
    left_out = 0
    with tqdm(unit=" articles", desc="indexed", disable=None, delay=0.5) as bar:

        def note(text: str) -> None:
            with bar.external_write_mode():
                complain(text)

        def broken(path: str, error: Exception) -> None:
            nonlocal left_out
            left_out += 1
            command.exitcode = int(ExitCode.SOME_FAILED)
            if left_out <= _NAMED:
                note(f"not in the index: {path}: {error}")

        def begun(count: int) -> None:
            if count:  # else no bar shows up
                bar.reset(count)

        def missing(count: int) -> None:
            command.exitcode = int(ExitCode.SOME_FAILED)
            note(f"another run is at work on the index: {count} articles are missing in it")

        watcher = indexing.Watcher(note, broken, missing, begun, bar.update)
        reader = Reader(reading.text, reading.exchange_form)
        index = indexing.refresh(store, reader, watcher, anew=anew)
    if left_out > _NAMED:
        complain(f"not in the index: {left_out - _NAMED} more; `scrapy verify` says what is wrong")
    with closing(index):
        yield index


def duplicates(
    store: Store, as_of: datetime | None = None, *, anew: bool = False
) -> dict[str, str]:
    """As `clustering.duplicates`, with a progress bar on a terminal. Raises as it does."""
    with tqdm(unit=" articles", desc="compared", disable=None, delay=0.5) as bar:

        def note(text: str) -> None:
            with bar.external_write_mode():
                complain(text)

        def begun(count: int) -> None:
            if count:  # else no bar shows up
                bar.reset(count)

        watcher = clustering.Watcher(note, begun, bar.update)
        reader = clustering.Reader(reading.text, reading.symbols)
        return clustering.duplicates(store, reader, watcher, as_of, anew=anew)
