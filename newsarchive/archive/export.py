"""Articles as rows for other tools: one flat object each.

Of the archive nothing but the posts is read here, and what is imported is little: each of the
processes that make rows begins with it. `exporting.py` has the way there and from there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from newsarchive.archive.post_files import PostFiles
from newsarchive.clock import SHANGHAI
from newsarchive.exceptions import BadInput, StorageError
from newsarchive.items import Article

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

#: What the ledger says of a version, and of its cluster.
Known: TypeAlias = Mapping[Any, Any]
#: What makes rows with these fields into a piece of a file.
Pack: TypeAlias = Callable[[list[dict[str, Any]], list[str]], Any]


class Reader(NamedTuple):
    """What the archive does not know of Sina, and is given."""

    text: Callable[[str], str]  #: a body's reading text
    ticker: Callable[[str], str]  #: a symbol's exchange form, '' where there is none


class Asked(NamedTuple):
    """What is asked of each version."""

    root: Path  #: the archive's
    fields: list[str]
    reader: Reader
    symbol: str | None = None  #: in either form: no row of what does not name it


class Batch(NamedTuple):
    """Some of the versions, one after the other."""

    month: str  #: that they are all of; '' where they may be of several
    known: list[dict[str, Any]]

    def __str__(self) -> str:
        """Where it lies."""
        return " to ".join(dict.fromkeys(str(self.known[place]["path"]) for place in (0, -1)))


class Packed(NamedTuple):
    """What became of a batch."""

    content: Any  #: its rows, in the format that was asked for
    counts: Counter[tuple[str, str]]  #: how many, by channel and month
    left_out: list[tuple[str, Exception]]  #: the paths of those that cannot be read


def rows(
    asked: Asked, known: Iterable[Known], broken: Callable[[str, Exception], None]
) -> Iterator[dict[str, Any]]:
    """The rows of what is *known*, one after the other.

    Times are aware, UTC; what is not known is None. A post that cannot be read is told to *broken*
    and left out.
    """
    files = PostFiles(asked.root)
    for version in known:
        tickers = list(filter(None, map(asked.reader.ticker, version["symbols"])))
        if asked.symbol is not None and asked.symbol not in (*version["symbols"], *tickers):
            continue
        try:
            yield _row(files.version(version), version, asked, tickers)
        except (BadInput, StorageError) as error:
            broken(version["path"] or version["doc_id"], error)


def _row(post: Article, known: Known, asked: Asked, tickers: list[str]) -> dict[str, Any]:
    values = {**known, "title": post.title, "author": post.author, "headimg": post.headimg}
    values |= {"categories": post.categories, "tickers": tickers, "body_html": post.body}
    values["body_text"] = asked.reader.text(post.body)
    return {name: None if (value := values[name]) == "" else value for name in asked.fields}


def packed(asked: Asked, pack: Pack, batch: Batch) -> Packed:
    """The rows of a *batch* as a format's *pack* has them. Needs nothing but the posts."""
    left_out: list[tuple[str, Exception]] = []
    found = list(rows(asked, batch.known, lambda *told: left_out.append(told)))
    counts = Counter((row["channel"] or "none", month_of(row["date"])) for row in found)
    return Packed(pack(found, asked.fields), counts, left_out)


def month_of(date: datetime) -> str:
    """`2021-08`, in China."""
    return date.astimezone(SHANGHAI).date().isoformat()[:7]
