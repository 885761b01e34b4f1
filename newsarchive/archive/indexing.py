"""Keeping `index.db` as the archive is: what the ledger has and it has not is read and indexed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from newsarchive.archive import atomic, lock
from newsarchive.archive.derived import Unusable
from newsarchive.archive.export import Reader
from newsarchive.archive.index import Entry, Index, Known
from newsarchive.archive.store import Store
from newsarchive.exceptions import BadInput, Locked, StorageError

#: In the archive's folder.
NAME = "index.db"
#: A new one until it is whole. No run sweeps it: the next that is made takes its place.
_PART = f"{atomic.TEMPORARY}/{NAME}.part"
#: Articles in a transaction.
_BATCH = 500
#: Rows of what was replaced that an index may have: so many, or a part of the articles.
_DEAD, _DEAD_SHARE = 1000, 0.25


class Watcher(NamedTuple):
    """Who is told of what goes on."""

    note: Callable[[str], None]  #: something that a user should know
    broken: Callable[[str, Exception], None]  #: a post that cannot be indexed
    missing: Callable[[int], None]  #: another run writes the index, which has not all articles
    begun: Callable[[int], None]  #: so many posts are going to be read
    done: Callable[[int], None]  #: so many more were


def refresh(store: Store, reader: Reader, watcher: Watcher, *, anew: bool = False) -> Index:
    """The index of the archive, open, with all in it that can be read; *anew*: made of the posts.

    Where another process writes it, or nobody can, and there is one, it is opened as it is, and
    *watcher* told what is missing. Raises Locked where there is none, or it is to be made *anew*;
    StorageError; Unusable where that one is damaged.
    """
    try:
        held = lock.acquire(store.root, "index")
    except (Locked, StorageError):  # or the archive can only be read
        if anew or not (index := _opened(store, watcher)):
            raise
        missing = index.compare(_marks(store))
        if missing:
            watcher.missing(missing)
        return index
    try:
        index = None if anew else _opened(store, watcher)
        if index is not None:
            try:
                _fill(store, index, reader, watcher)
                live, dead = index.counts()
                if dead <= max(_DEAD, live * _DEAD_SHARE):
                    return index
                index.close()
            except Unusable as error:
                index.close()
                watcher.note(f"{NAME} is damaged ({error}): it is made anew")
        return _made(store, reader, watcher)
    finally:
        held.release()


def _opened(store: Store, watcher: Watcher) -> Index | None:
    path = store.root / NAME
    if not path.exists():
        return None
    try:
        return Index(path)
    except Unusable as error:
        watcher.note(f"{NAME} is of no use ({error}): it is made anew")
        return None


def _made(store: Store, reader: Reader, watcher: Watcher) -> Index:
    """A new index in the place of the old one, which stays until it is whole."""
    part, target = store.root / _PART, store.root / NAME
    try:
        part.parent.mkdir(exist_ok=True)
        part.unlink(missing_ok=True)
        try:
            with closing(Index(part, create=True)) as index:
                _fill(store, index, reader, watcher)
                index.finish()
            _sync(part)
            # What SQLite had beside the old one must not be read with the new one.
            for beside in ("", "-wal", "-shm", "-journal"):
                target.with_name(NAME + beside).unlink(missing_ok=True)
            atomic.move(store.root, (_PART, NAME))
        except BaseException:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        return Index(target)
    except OSError as error:
        raise StorageError(f"{target}: {error.strerror or error}") from error
    except Unusable as error:
        raise StorageError(f"{target}: {error}") from error


def _fill(store: Store, index: Index, reader: Reader, watcher: Watcher) -> None:
    """Index what the ledger has and *index* has not, and forget the contrary."""
    stamp = store.ledger.stamp()
    if stamp and stamp == index.stamp:
        return
    whole = True

    def broken(path: str, error: Exception) -> None:
        nonlocal whole
        whole = False
        watcher.broken(path, error)

    count = index.compare(_marks(store))
    index.forget()
    watcher.begun(count)
    for batch in index.todo(_BATCH):
        index.put(_entries(store, batch, reader, broken))
        watcher.done(len(batch))
    index.stamp = stamp if whole else ""


def _marks(store: Store) -> Iterator[Known]:
    for row in store.ledger.marks():
        named = {row["channel"], *(row["listed"] or "").split(" ")} - {""}
        channels = " ".join(sorted(named))
        told = hashlib.blake2b(f"{row['seal']} {channels}".encode(), digest_size=8).digest()
        mark = int.from_bytes(told, "big", signed=True)
        yield Known(row["doc_id"], row["date"], mark, channels)


def _entries(
    store: Store, batch: list[Known], reader: Reader, broken: Callable[[str, Exception], None]
) -> Iterator[Entry]:
    rows = {row["doc_id"]: row for row in store.ledger.some([known.doc_id for known in batch])}
    for known in batch:
        # A row that is newer than its mark is found again by the next comparison.
        if row := rows.get(known.doc_id):
            try:
                post = store.read(row)
            except (BadInput, StorageError) as error:
                broken(row["path"] or known.doc_id, error)
                continue
            facets = {channel_facet(name) for name in known.channels.split()}
            codes = (code for symbol in row["symbols"] for code in (symbol, reader.ticker(symbol)))
            facets |= {symbol_facet(code) for code in codes if code}
            text = reader.text(post.body)
            yield Entry(known.doc_id, row["date"], known.mark, post.title, text, frozenset(facets))


def channel_facet(name: str) -> str:
    """What an article is filtered by that this channel listed."""
    return f"channel {name}"


def symbol_facet(code: str) -> str:
    """What an article is filtered by that names this symbol, in either form, capitals or not."""
    return f"symbol {code}"


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
