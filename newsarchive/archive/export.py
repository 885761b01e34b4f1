"""Articles as rows for other tools: one flat object each."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple

from newsarchive.archive import schema
from newsarchive.archive.selection import ALL, Choice
from newsarchive.archive.store import Store
from newsarchive.clock import SHANGHAI
from newsarchive.exceptions import BadInput, StorageError

#: The fields of a row, in their order.
FIELDS = (
    "doc_id url title published_at updated_at listed_at first_seen_at seen_at fetched_at served_at "
    "gone_at date raw_clocks "
    "source editor author channel categories keywords symbols tickers original_title column_ids "
    "headimg body_text body_html layout origin path revision cause sha256 warc_file warc_offset "
    "cluster duplicate_of"
).split()
#: What a row has beside them where every version is exported.
OF_VERSIONS = ["replaced_at", "absences"]


class Reader(NamedTuple):
    """What the archive does not know of Sina, and is given."""

    text: Callable[[str], str]  #: a body's reading text
    ticker: Callable[[str], str]  #: a symbol's exchange form, '' where there is none


class Month(NamedTuple):
    """The rows whose `date` is in one month in China."""

    name: str  #: 2021-08
    made_of: str  #: a digest: as long as it is the same, so are the rows
    rows: Callable[[], Iterator[dict[str, Any]]]  #: read when they are asked for


def rows(
    store: Store,
    reader: Reader,
    broken: Callable[[str, Exception], None],
    choice: Choice = ALL,
    symbol: str | None = None,
    as_of: datetime | None = None,
    duplicates: Mapping[str, str] | None = None,
) -> Iterator[dict[str, Any]]:
    """The articles that fit, by date and id, read as they are asked for.

    *symbol* is a code in either form; *as_of*: what the archive knew at that moment, and only that;
    *duplicates*: what `clustering.duplicates` says of it, None: not known.
    Times are aware, UTC; what is not known is None. A post that cannot be read is told to *broken*
    and left out.
    """
    known = store.ledger.articles(choice, as_of)
    found = _rows(store, known, FIELDS, reader, broken, symbol)
    if duplicates is None:
        return found
    return (row | _place(row["doc_id"], duplicates) for row in found)


def versions(
    store: Store,
    reader: Reader,
    broken: Callable[[str, Exception], None],
    choice: Choice = ALL,
    symbol: str | None = None,
) -> Iterator[dict[str, Any]]:
    """Every version of the articles that fit, by date, id and number, as `rows` has it.

    At a moment the archive knew those with seen_at <= moment < replaced_at (None: to this day).
    Clusters are None: they are others at each moment.
    """
    known = store.ledger.versions(choice)
    return _rows(store, known, FIELDS + OF_VERSIONS, reader, broken, symbol)


def months(
    store: Store,
    kept: Iterable[schema.Row],
    rows: Callable[[Choice], Iterator[dict[str, Any]]],
    choice: Choice = ALL,
    duplicates: Mapping[str, str] | None = None,
) -> Iterator[Month]:
    """The months, one after the other, of what *rows* has of a choice.

    *kept* is what `Ledger.as_kept` says of the same; both must be of one moment. A month's digest
    is of that, of the articles' clusters, and of size and time of the posts' files: it is another
    where a post was edited or lost, but not where a bit of it flipped.
    """
    for name, known in groupby(kept, lambda row: month_of(row["date"])):
        digest = hashlib.sha256()
        chosen = choice
        for row in known:
            cluster = (duplicates or {}).get(row["doc_id"])
            told = (*row.values(), cluster, _state(f"{store.root}/{row['path']}"))
            digest.update(repr(told).encode("utf-8", "replace"))
            if chosen is choice:
                chosen = choice._replace(since=row["date"])
        # The last row's date is within: the ledger has no times between two milliseconds.
        chosen = chosen._replace(until=row["date"] + timedelta(milliseconds=1))
        yield Month(name, digest.hexdigest(), partial(rows, chosen))


def month_of(date: datetime) -> str:
    """`2021-08`, in China."""
    return date.astimezone(SHANGHAI).date().isoformat()[:7]


def _state(path: str) -> tuple[int, int] | None:
    """What changes whenever somebody writes the file; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _rows(
    store: Store,
    versions: Iterator[Mapping[Any, Any]],
    fields: list[str],
    reader: Reader,
    broken: Callable[[str, Exception], None],
    symbol: str | None,
) -> Iterator[dict[str, Any]]:
    for known in versions:
        tickers = list(filter(None, map(reader.ticker, known["symbols"])))
        if symbol is not None and symbol not in (*known["symbols"], *tickers):
            continue
        try:
            yield _row(store, known, fields, reader, tickers)
        except (BadInput, StorageError) as error:
            broken(known["path"] or known["doc_id"], error)


def _row(
    store: Store,
    known: Mapping[Any, Any],
    fields: list[str],
    reader: Reader,
    tickers: list[str],
) -> dict[str, Any]:
    post = store.read(known)
    values = {**known, "title": post.title, "author": post.author, "headimg": post.headimg}
    values |= {"categories": post.categories, "tickers": tickers, "body_html": post.body}
    values |= {"body_text": reader.text(post.body), "cluster": None, "duplicate_of": None}
    return {name: None if (value := values[name]) == "" else value for name in fields}


def _place(doc_id: str, duplicates: Mapping[str, str]) -> dict[str, str | None]:
    """An article's cluster of reprints, named by its first, and that one where it is another."""
    first = duplicates.get(doc_id)
    return {"cluster": first or doc_id, "duplicate_of": first}
