"""Which versions of which articles: the queries behind exports and re-reading."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from newsarchive.archive.schema import article, listing, revision, tombstone
from newsarchive.items import ABSENCE


class Choice(NamedTuple):
    """Which articles: since <= date < until, named by a list of *channel*, all without them."""

    since: datetime | None = None
    until: datetime | None = None
    channel: str | None = None


#: Every article.
ALL = Choice()

_NAMES = [column.name for column in article.columns]


def current(choice: Choice, as_of: datetime | None = None) -> sa.Select[Any]:
    """The current versions, or those of a moment, with `gone_at`, by date and id."""
    gone = sa.select(sa.func.max(tombstone.c.gone_at))
    named = sa.select(listing.c.doc_id).where(listing.c.channel == choice.channel)
    known: sa.FromClause = article
    if as_of is None:
        gone = gone.where(tombstone.c.returned_at.is_(None))
    else:
        still = sa.or_(tombstone.c.returned_at.is_(None), tombstone.c.returned_at > as_of)
        gone = gone.where(tombstone.c.confirmed_at <= as_of, still)
        named = named.where(listing.c.seen_at <= as_of)
        known = known_at(as_of)
    gone = gone.where(tombstone.c.doc_id == known.c.doc_id)
    query = sa.select(known, gone.correlate(known).scalar_subquery().label("gone_at"))
    return _chosen(query, known, choice, named).order_by(known.c.date, known.c.doc_id)


def every(choice: Choice) -> sa.Select[Any]:
    """All versions, by date, id and number, each once for every absence of its document.

    The columns of the absence are called `absence_…`, and null where there was none.
    """
    old = sa.select(*(revision.c[name] for name in (*_NAMES, "replaced_at")))
    new = sa.select(*(article.c[name] for name in _NAMES), sa.null().label("replaced_at"))
    known = sa.union_all(old, new).subquery("known")
    named = sa.select(listing.c.doc_id).where(listing.c.channel == choice.channel)
    absence = [tombstone.c[name].label(f"absence_{name}") for name in ABSENCE]
    query = sa.select(known, *absence).outerjoin(tombstone, tombstone.c.doc_id == known.c.doc_id)
    order = (known.c.date, known.c.doc_id, known.c.revision, tombstone.c.gone_at)
    return _chosen(query, known, choice, named).order_by(*order)


def known_at(moment: datetime) -> sa.FromClause:
    """Of each document the version that was the current one at *moment*."""
    new = sa.select(*(article.c[name] for name in _NAMES)).where(article.c.seen_at <= moment)
    old = sa.select(*(revision.c[name] for name in _NAMES)).where(
        revision.c.seen_at <= moment, revision.c.replaced_at > moment
    )
    return sa.union_all(new, old).subquery("known")


def _chosen(
    query: sa.Select[Any], known: sa.FromClause, choice: Choice, named: sa.Select[Any]
) -> sa.Select[Any]:
    """*query*, but for what *choice* leaves out; *named*: the ids that its channel listed."""
    if choice.since is not None:
        query = query.where(known.c.date >= choice.since)
    if choice.until is not None:
        query = query.where(known.c.date < choice.until)
    if choice.channel is not None:
        first = known.c.channel == choice.channel
        # Row by row: of a few articles not the whole list is read.
        also = named.where(listing.c.doc_id == known.c.doc_id).correlate(known).exists()
        query = query.where(sa.or_(first, also))
    return query
