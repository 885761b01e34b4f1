"""Lists of articles as pages show them: what was asked for, and what was found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from newsarchive import clock
from newsarchive.archive import indexing, query, snippet
from newsarchive.archive.index import Index, Wanted
from newsarchive.archive.schema import Row
from newsarchive.archive.selection import Choice
from newsarchive.archive.store import Store
from newsarchive.exceptions import BadInput, StorageError
from newsarchive.sina import reading

#: Articles on a page; pages that can be turned to.
SIZE, PAGES_MAX = 20, 250


class BadRequest(ValueError):
    """Something of an address makes no sense; the text is the key of what is said."""


@dataclass(frozen=True)
class Asked:
    """What a list is to hold. Days are China's; empty is everything."""

    q: str = ""
    channel: str = ""
    symbol: str = ""
    since: date | None = None
    until: date | None = None
    sort: str = "newest"
    page: int = 1

    @property
    def searches(self) -> bool:
        """Whether the search index is needed."""
        return bool(self.q or self.channel or self.symbol)


class Shown(NamedTuple):
    """An article in a list; title and text in pieces, with what was looked for marked."""

    row: Row
    title: Sequence[tuple[str, bool]]
    text: Sequence[tuple[str, bool]]
    gone_at: datetime | None


class Found(NamedTuple):
    """A page of a list, and whether there is another one behind it."""

    articles: list[Shown]
    more: bool


class NoIndex(Exception):
    """There is none yet: it is being made."""


def asked(values: Mapping[str, str]) -> Asked:
    """What the parameters of an address ask for. Raises BadRequest."""
    sort = values.get("sort") or "newest"
    page = values.get("page") or "1"
    if sort not in ("newest", "rank"):
        raise BadRequest("error.sort")
    if not re.fullmatch(r"[0-9]{1,4}", page) or not 1 <= int(page) <= PAGES_MAX:
        raise BadRequest("error.page")
    since, until = (_day(values.get(name) or "") for name in ("since", "until"))
    if since and until and until < since:
        raise BadRequest("error.range")
    texts = {name: values.get(name, "").strip()[:2000] for name in ("q", "channel", "symbol")}
    return Asked(**texts, since=since, until=until, sort=sort, page=int(page))


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text) if text else None
        if found and not 1990 <= found.year <= 2100:
            raise ValueError
        return found
    except ValueError as error:
        raise BadRequest("error.day") from error


def midnight(day: date) -> datetime:
    """When a day begins in China."""
    return datetime(day.year, day.month, day.day, tzinfo=clock.SHANGHAI)


def find(store: Store, wanted: Asked) -> Found:
    """The page of the list. Raises BadQuery for a query that is none, NoIndex, Unusable."""
    since = midnight(wanted.since) if wanted.since else None
    until = midnight(wanted.until) + timedelta(days=1) if wanted.until else None
    first = (wanted.page - 1) * SIZE
    if not wanted.searches:
        choice = Choice(since, until)
        rows: list[Row] = list(store.ledger.latest(SIZE + 1, first, choice))
        shown = [Shown(row, [(row["title"], False)], (), row["gone_at"]) for row in rows]
        return Found(shown[:SIZE], len(rows) > SIZE)
    facets = {indexing.channel_facet(wanted.channel)} if wanted.channel else set()
    facets |= {indexing.symbol_facet(wanted.symbol)} if wanted.symbol else set()
    parsed = query.parse(wanted.q) if wanted.q else None
    path = store.root / indexing.NAME
    if not path.exists():
        raise NoIndex
    with closing(Index(path)) as index:
        limits = Wanted(since, until, frozenset(facets))
        ids = index.find(parsed, limits, first + SIZE + 1, ranked=wanted.sort == "rank")
    phrases = query.phrases(parsed) if parsed else []
    return Found(list(_shown(store, ids[first : first + SIZE], phrases)), len(ids) > first + SIZE)


def _shown(store: Store, doc_ids: list[str], phrases: list[str]) -> Iterator[Shown]:
    rows = {row["doc_id"]: row for row in store.ledger.some(doc_ids)}
    gone = store.ledger.gone(doc_ids)
    for doc_id in doc_ids:
        if (row := rows.get(doc_id)) is None:
            continue
        text: Sequence[tuple[str, bool]] = ()
        if phrases:
            try:
                body = reading.text(store.read(row).body)
                text = list(snippet.pieces(snippet.piece(body, phrases)))
            except (BadInput, StorageError):
                text = ()  # the article's own page says what is wrong with it
        title = list(snippet.pieces(snippet.whole(row["title"], phrases)))
        yield Shown(row, title, text, gone.get(doc_id))
