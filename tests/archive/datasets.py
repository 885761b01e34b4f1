"""Rows as a folder of Parquet files, without an archive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from newsarchive.archive import dataset, parquet
from newsarchive.archive.card import Tally
from newsarchive.archive.export import FIELDS, OF_VERSIONS, Batch, Packed, month_of
from newsarchive.archive.exporting import Month
from newsarchive.clock import SHANGHAI, UTC

ALL_FIELDS = FIELDS + OF_VERSIONS
MIDNIGHT = datetime(2021, 9, 1, tzinfo=SHANGHAI)  # 2021-08-31T16:00Z
LATER = MIDNIGHT.astimezone(UTC) + timedelta(hours=1, milliseconds=5)
ABSENCE = {"gone_at": LATER, "confirmed_at": LATER, "returned_at": None}


def a_row(doc_id: str, date: datetime = MIDNIGHT, **values: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {
        name: [] if name in ("keywords", "symbols", "tickers", "categories", "column_ids") else None
        for name in ALL_FIELDS
    }
    told = {"doc_id": doc_id, "date": date.astimezone(UTC), "raw_clocks": {}, "absences": []}
    return empty | told | {"body_text": "正文", "body_html": "<p>正文</p>"} | values


ROWS = [
    a_row("a", MIDNIGHT - timedelta(milliseconds=1), channel="us"),
    a_row(
        "b",
        title="题目",
        seen_at=LATER,
        tickers=["300059.SZ", "JPM.US"],
        raw_clocks={"published_at": "2021年09月01日 00:00"},
        revision=2,
        warc_offset=1 << 40,
        absences=[ABSENCE],
    ),
]


def written(
    rows: list[dict[str, Any]],
    folder: Path,
    fields: list[str] = ALL_FIELDS,
    left_out: tuple[str, ...] = (),
    **options: Any,
) -> Path:
    """The rows as a new folder, but for those of some ids, which are told as left out; *options*
    are of `dataset.write`."""
    told: dict[str, Any] = {"tally": Tally(), "command": "scrapy export", "before": folder}
    told |= options

    def made(batches: Iterable[Batch]) -> Iterator[tuple[Batch, Packed]]:
        for batch in batches:
            found = [row for row in batch.known if row["doc_id"] not in left_out]
            lacking: list[tuple[str, Exception]] = [
                (row["doc_id"], OSError()) for row in batch.known if row not in found
            ]
            counts = Counter((row["channel"] or "none", month_of(row["date"])) for row in found)
            told["tally"].add(counts)
            yield batch, Packed(parquet.pack(found, fields), counts, lacking)

    dataset.write(months(rows), made, fields, folder, **told)
    return folder


def months(rows: list[dict[str, Any]]) -> Iterator[Month]:
    """Made of what their rows are."""
    for name, found in groupby(rows, lambda row: month_of(row["date"])):
        of_month = list(found)
        yield Month(name, repr(of_month), partial(iter, of_month))
