"""Articles as rows for other tools: one flat object each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from newsarchive.archive.selection import ALL, Choice
from newsarchive.archive.store import Store
from newsarchive.exceptions import BadInput, StorageError

#: The fields of a row, in their order.
FIELDS = (
    "doc_id url title published_at updated_at listed_at first_seen_at seen_at fetched_at served_at "
    "gone_at date raw_clocks "
    "source editor author channel categories keywords symbols tickers original_title column_ids "
    "headimg body_text body_html layout origin path revision cause sha256 warc_file warc_offset"
).split()
#: What a row has beside them where every version is exported.
OF_VERSIONS = ["replaced_at", "absences"]


class Reader(NamedTuple):
    """What the archive does not know of Sina, and is given."""

    text: Callable[[str], str]  #: a body's reading text
    ticker: Callable[[str], str]  #: a symbol's exchange form, '' where there is none


def rows(
    store: Store,
    reader: Reader,
    broken: Callable[[str, Exception], None],
    choice: Choice = ALL,
    symbol: str | None = None,
    as_of: datetime | None = None,
) -> Iterator[dict[str, Any]]:
    """The articles that fit, by date and id, read as they are asked for.

    *symbol* is a code in either form; *as_of*: what the archive knew at that moment, and only that.
    Times are aware, UTC; what is not known is None. A post that cannot be read is told to *broken*
    and left out.
    """
    known = store.ledger.articles(choice, as_of)
    return _rows(store, known, FIELDS, reader, broken, symbol)


def versions(
    store: Store,
    reader: Reader,
    broken: Callable[[str, Exception], None],
    choice: Choice = ALL,
    symbol: str | None = None,
) -> Iterator[dict[str, Any]]:
    """Every version of the articles that fit, by date, id and number, as `rows` has it.

    At a moment the archive knew those with seen_at <= moment < replaced_at (None: to this day).
    """
    known = store.ledger.versions(choice)
    return _rows(store, known, FIELDS + OF_VERSIONS, reader, broken, symbol)


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
    values["body_text"] = reader.text(post.body)
    return {name: None if (value := values[name]) == "" else value for name in fields}
