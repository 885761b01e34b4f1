"""The ledger's re-checks: when articles are asked for again, and whether the site has them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from newsarchive.archive.links import LINK_FIELDS, Links
from newsarchive.archive.schema import article, recheck, tombstone
from newsarchive.items import Link


class Check(NamedTuple):
    """Sina answered with an article *at* a moment, and is to be asked again when it is due."""

    at: datetime
    due_at: datetime | None  #: None: never


class Rechecks(Links):
    """An article that is there has a next look; one that is not, perhaps a tombstone."""

    def due(self, moment: datetime, count: int) -> list[Link]:
        """At most *count* articles that are to be asked for again, the longest due first."""
        columns = [article.c[name] for name in (*LINK_FIELDS, "warc_file", "warc_offset")]
        query = (
            sa.select(*columns)
            .join(recheck, recheck.c.doc_id == article.c.doc_id)
            .where(recheck.c.due_at <= moment, article.c.url != "")
            .order_by(recheck.c.due_at, article.c.doc_id)
            .limit(count)
        )
        with self._transaction() as connection:
            return [Link(**row, archived=True) for row in connection.execute(query).mappings()]

    def looked_at(self, doc_id: str) -> datetime | None:
        """When Sina last answered with the article; None where it never did."""
        query = sa.select(recheck.c.checked_at).where(recheck.c.doc_id == doc_id)
        with self._transaction() as connection:
            found: datetime | None = connection.execute(query).scalar_one_or_none()
            return found

    def due_count(self, moment: datetime) -> int:
        """How many articles are due to be asked for again."""
        query = sa.select(sa.func.count()).select_from(recheck).where(recheck.c.due_at <= moment)
        with self._transaction() as connection:
            return int(connection.execute(query).scalar_one())

    def postpone(self, doc_id: str, until: datetime | None) -> None:
        """A re-check said nothing of the article: try again then. What has none gets none."""
        with self._transaction() as connection:
            same = (recheck.c.doc_id == doc_id, recheck.c.due_at.is_not(None))
            self._change(connection, recheck, same, lambda _: {"due_at": until})

    def missing(
        self,
        doc_id: str,
        moment: datetime,
        detail: str,
        sightings: int,
        *,
        pause: timedelta,
        due_at: datetime | None,
    ) -> bool:
        """A re-check found the article gone; the *sightings*-th time in a row writes a tombstone.

        Returns whether one was written. It is due again after *pause*, then at *due_at*; what comes
        sooner after the last sighting is none of its own.
        """

        def counted(row: RowMapping) -> dict[str, Any]:
            if row["missing"] and moment < row["checked_at"] + pause:
                return {"due_at": row["checked_at"] + pause}
            times, since = row["missing"] + 1, row["missing_since"] or moment
            told = {"checked_at": moment, "missing": times, "missing_since": since}
            return told | {"due_at": moment + pause if times < sightings else due_at}

        with self._transaction() as connection:
            rows = self._change(connection, recheck, (recheck.c.doc_id == doc_id,), counted)
            stones = [
                {
                    "doc_id": doc_id,
                    "gone_at": row["missing_since"],
                    "confirmed_at": moment,
                    "detail": detail[:500],
                }
                for row in rows
                if row["missing"] >= sightings
            ]
            return bool(stones and self._add(connection, tombstone, stones))

    def _checked(
        self, connection: Connection, checks: Mapping[str, Check], linked: Mapping[str, str]
    ) -> None:
        """*checks* by document; *linked*: by an id that was asked for, the document it led to."""
        told = {doc_id: _told(check) for doc_id, check in checks.items()}
        self._put(connection, recheck, *({"doc_id": doc_id} | told[doc_id] for doc_id in told))
        # What was asked for is another article now; where no later look at itself is known. This
        # one was none: Sina did not answer with it.
        others = {
            asked: told[doc_id]
            for asked, doc_id in linked.items()
            if asked != doc_id and doc_id in told
        }

        def later(row: RowMapping) -> dict[str, Any]:
            found, looked_at = others[row["doc_id"]], row["checked_at"]
            if looked_at is not None and found["checked_at"] < looked_at:
                return {}
            return found | {"checked_at": looked_at}

        if others:
            self._change(connection, recheck, (recheck.c.doc_id.in_(others),), later)
        gone = (tombstone.c.doc_id.in_(checks), tombstone.c.returned_at.is_(None))
        self._change(
            connection,
            tombstone,
            gone,
            lambda stone: {"returned_at": max(checks[stone["doc_id"]].at, stone["confirmed_at"])},
        )


def _told(check: Check) -> dict[str, Any]:
    found = {"due_at": check.due_at, "checked_at": check.at}
    return found | {"missing": 0, "missing_since": None}
