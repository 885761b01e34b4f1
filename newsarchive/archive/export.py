"""Articles as rows for other tools: one flat object each, times ISO 8601 in UTC."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.engine import RowMapping

from newsarchive import clock
from newsarchive.archive.store import Store
from newsarchive.archive.versions import ALL, Choice
from newsarchive.exceptions import BadInput, StorageError

#: The fields of a row, in their order. What is not known is None.
FIELDS = (
    "doc_id url title published_at updated_at listed_at first_seen_at seen_at fetched_at served_at "
    "gone_at date raw_clocks "
    "source editor author channel categories keywords symbols tickers original_title column_ids "
    "headimg body_text body_html layout origin path revision cause sha256 warc_file warc_offset"
).split()


class Reader(NamedTuple):
    """What the archive does not know of Sina, and is given."""

    text: Callable[[str], str]  #: a body's reading text
    ticker: Callable[[str], str]  #: a symbol's exchange form, '' where there is none


#: Clocks of this archive: always to the millisecond, so that they sort as text. Sina's: seconds.
_OURS = frozenset(("first_seen_at", "seen_at", "fetched_at", "gone_at"))


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
    A post that cannot be read is told to *broken* and left out.
    """
    for known in store.ledger.articles(choice, as_of):
        tickers = list(filter(None, map(reader.ticker, known["symbols"])))
        if symbol is not None and symbol not in (*known["symbols"], *tickers):
            continue
        try:
            yield _row(store, known, reader, tickers)
        except (BadInput, StorageError) as error:
            broken(known["path"] or known["doc_id"], error)


def _row(store: Store, known: RowMapping, reader: Reader, tickers: list[str]) -> dict[str, Any]:
    post = store.read(known)
    values = {**known, "title": post.title, "author": post.author, "headimg": post.headimg}
    values["categories"] = post.categories
    values["body_text"] = reader.text(post.body)
    values["tickers"] = tickers
    values["body_html"] = post.body
    return {name: _plain(name, values[name]) for name in FIELDS}


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return clock.iso(value, milliseconds=name in _OURS)
    return None if value == "" else value
