"""An export's way from the ledger to the files: by month, and by several processes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby, islice
from typing import Any, NamedTuple

from newsarchive.archive import schema
from newsarchive.archive.card import Tally
from newsarchive.archive.export import Asked, Batch, Pack, Packed, month_of, packed
from newsarchive.archive.selection import ALL, Choice
from newsarchive.archive.store import Store
from newsarchive.compute.abreast import in_order, processes

#: So many versions a process is given at a time: what comes back is about a megabyte.
_BATCH = 100
#: So many batches are made in the time that it takes to begin a process.
_ALONE = 20


class Month(NamedTuple):
    """The versions whose `date` is in one month in China."""

    name: str  #: 2021-08
    made_of: str  #: a digest: as long as it is the same, so are the rows
    known: Callable[[], Iterator[dict[str, Any]]]  #: read when they are asked for


def versions(
    store: Store,
    choice: Choice = ALL,
    as_of: datetime | None = None,
    duplicates: Mapping[str, str] | None = None,
    *,
    every: bool = False,
) -> Iterator[dict[str, Any]]:
    """What is known of the articles that fit, by date and id, read as it is asked for.

    *as_of*: what the archive knew at that moment, and only that; *duplicates*: what
    `clustering.duplicates` says of it, None: not known. *every*: each version, by date, id and
    number; at a moment the archive knew those with seen_at <= moment < replaced_at (None: to this
    day), and clusters are None: they are others at each moment.
    """
    found = store.ledger.versions(choice) if every else store.ledger.articles(choice, as_of)
    for row in found:
        first = None if duplicates is None else duplicates.get(row["doc_id"])
        values = dict(zip(row.keys(), row.values()))  # of its kind the quickest way to a copy
        values["cluster"] = None if duplicates is None else first or row["doc_id"]
        values["duplicate_of"] = first
        yield values


def in_batches(known: Iterable[dict[str, Any]], month: str = "") -> Iterator[Batch]:
    """What is *known*, in pieces."""
    left = iter(known)
    while some := list(islice(left, _BATCH)):
        yield Batch(month, some)


def made(
    asked: Asked,
    pack: Pack,
    batches: Iterable[Batch],
    tally: Tally,
    broken: Callable[[str, Exception], None],
    count: int | None = None,
) -> Iterator[tuple[Batch, Packed]]:
    """Each batch with what *pack* makes of its rows, by *count* processes (None: as many as are
    worth it). *tally* counts them; posts that cannot be read are told to *broken*, and left out."""
    work = partial(packed, asked, pack)
    for batch, result in in_order(work, batches, processes() if count is None else count, _ALONE):
        for path, error in result.left_out:
            tally.left_out += 1
            broken(path, error)
        tally.add(result.counts)
        yield batch, result


def months(
    store: Store,
    kept: Iterable[schema.Row],
    known: Callable[[Choice], Iterator[dict[str, Any]]],
    choice: Choice = ALL,
    duplicates: Mapping[str, str] | None = None,
) -> Iterator[Month]:
    """The months, one after the other, of what is *known* of a choice.

    *kept* is what `Ledger.as_kept` says of the same; both must be of one moment. A month's digest
    is of that, of the articles' clusters, and of size and time of the posts' files: it is another
    where a post was edited or lost, but not where a bit of it flipped, or of the ledger: a row is
    told by its seal.
    """
    for name, found in groupby(kept, lambda row: month_of(row["date"])):
        digest = hashlib.sha256()
        chosen = choice
        for row in found:
            cluster = (duplicates or {}).get(row["doc_id"])
            told = (*row.values(), cluster, _state(f"{store.root}/{row['path']}"))
            digest.update(repr(told).encode("utf-8", "replace"))
            if chosen is choice:
                chosen = choice._replace(since=row["date"])
        # The last row's date is within: the ledger has no times between two milliseconds.
        chosen = chosen._replace(until=row["date"] + timedelta(milliseconds=1))
        yield Month(name, digest.hexdigest(), partial(known, chosen))


def _state(path: str) -> tuple[int, int] | None:
    """What changes whenever somebody writes the file; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
