"""Clusters of reprints: `reprints.db` brought up to date, and asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from newsarchive.archive import lock
from newsarchive.archive.atomic import trouble_with
from newsarchive.archive.derived import Unusable
from newsarchive.archive.reprints import Reprints, Text
from newsarchive.archive.sketch import Sketch, sketch
from newsarchive.archive.store import Store
from newsarchive.exceptions import BadInput, Locked, StorageError

#: In the archive's folder.
NAME = "reprints.db"
#: Posts in a transaction.
_BATCH = 500


class Reader(NamedTuple):
    """What the archive does not know of Sina, and is given."""

    text: Callable[[str], str]  #: a body's reading text
    symbols: Callable[[str], list[str]]  #: the codes that a body names


class Watcher(NamedTuple):
    """Who is told of what goes on."""

    note: Callable[[str], None]  #: something that a user should know
    begun: Callable[[int], None]  #: so many posts are going to be read
    done: Callable[[int], None]  #: so many more were


def duplicates(
    store: Store,
    reader: Reader,
    watcher: Watcher,
    as_of: datetime | None = None,
    *,
    anew: bool = False,
) -> dict[str, str]:
    """The articles that have an earlier reprint, and the first of each one's cluster: document ids.

    Only what the archive knew *as_of* a moment is looked at; *anew*: the file is made of the posts.
    Where it cannot be written, or another process writes it, a copy in memory serves: what is said
    is the same. A post that cannot be read is in no cluster. Raises StorageError, and Locked where
    it is to be made *anew* by two at once.
    """
    path = store.root / NAME

    def ask(file: Path | None, known: Path | None = None) -> dict[str, str]:
        with closing(Reprints(file)) as reprints:
            if known:
                reprints.take_from(known)
            watcher.begun(reprints.compare(map(Text.of, store.ledger.texts(as_of))))
            for batch in reprints.todo(_BATCH):
                reprints.put(_sketches(store, batch, reader))
                watcher.done(len(batch))
            return reprints.duplicates()

    try:
        held = lock.acquire(store.root, "reprints")
        try:
            if anew:
                _remove(path)
            try:
                return ask(path)
            except Unusable as error:
                watcher.note(f"{NAME} is of no use ({error}): it is made anew")
                _remove(path)
                return ask(path)
        finally:
            held.release()
    except (Locked, StorageError):
        if anew:
            raise
    except Unusable as error:  # a new one, and no better
        if anew:
            raise StorageError(f"{path}: {error}") from error
    try:
        return ask(None, path)
    except (Unusable, StorageError):
        return ask(None)


def _sketches(
    store: Store, batch: list[Text], reader: Reader
) -> Iterator[tuple[str, Sketch | None]]:
    for known in batch:
        try:
            post = store.read(known._asdict())
        except (BadInput, StorageError):
            continue
        yield known.sha256, sketch(reader.text(post.body), reader.symbols(post.body))


def _remove(path: Path) -> None:
    with trouble_with(path):
        for beside in ("", "-wal", "-shm"):
            path.with_name(f"{NAME}{beside}").unlink(missing_ok=True)
