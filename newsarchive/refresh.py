"""What is derived of the posts, brought up to date before a command asks it: index and clusters.

On a terminal a bar shows how far that is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import NamedTuple

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


@contextmanager
def index(command: ArchiveCommand, store: Store, *, anew: bool = False) -> Iterator[Index]:
    """The index of the archive, as `indexing.refresh` has it, for as long as it is asked.

    What is missing in it is told, and makes the exit code of *command* 1. Raises Locked,
    StorageError, and Unusable where it is damaged.
    """
    left_out = 0
    with _bar("indexed") as bar:

        def broken(path: str, error: Exception) -> None:
            nonlocal left_out
            left_out += 1
            command.exitcode = int(ExitCode.SOME_FAILED)
            if left_out <= _NAMED:
                bar.note(f"not in the index: {path}: {error}")

        def missing(count: int) -> None:
            command.exitcode = int(ExitCode.SOME_FAILED)
            bar.note(f"another run is at work on the index: {count} articles are missing in it")

        watcher = indexing.Watcher(bar.note, broken, missing, bar.begun, bar.done)
        reader = Reader(reading.text, reading.exchange_form)
        found = indexing.refresh(store, reader, watcher, anew=anew)
    if left_out > _NAMED:
        complain(f"not in the index: {left_out - _NAMED} more; `scrapy verify` says what is wrong")
    with closing(found):
        yield found


def duplicates(
    store: Store, as_of: datetime | None = None, *, anew: bool = False
) -> dict[str, str]:
    """As `clustering.duplicates`. Raises as it does."""
    with _bar("compared") as bar:
        watcher = clustering.Watcher(bar.note, bar.begun, bar.done)
        reader = clustering.Reader(reading.text, reading.symbols)
        return clustering.duplicates(store, reader, watcher, as_of, anew=anew)


class _Bar(NamedTuple):
    note: Callable[[str], None]  #: a line beside it
    begun: Callable[[int], None]  #: so many articles there are
    done: Callable[[int], None]  #: so many more were read


@contextmanager
def _bar(what: str) -> Iterator[_Bar]:
    with tqdm(unit=" articles", desc=what, disable=None, delay=0.5) as bar:

        def note(text: str) -> None:
            with bar.external_write_mode():
                complain(text)

        def begun(count: int) -> None:
            if count:  # else no bar shows up
                bar.reset(count)

        yield _Bar(note, begun, bar.update)
