"""Exported rows as Parquet: typed, compressed, in row groups of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from newsarchive.items import ABSENCE

_TIME = pa.timestamp("ms", tz="UTC")
#: The clocks that pages and lists write.
RAW_CLOCKS = ("published_at", "updated_at", "listed_at", "list_ctime", "list_mtime")
#: What is no text, by field. A struct of known names, no map: that is what every reader knows.
_TYPES: dict[str, pa.DataType] = {
    **dict.fromkeys(
        "published_at updated_at listed_at first_seen_at seen_at fetched_at served_at gone_at "
        "date replaced_at".split(),
        _TIME,
    ),
    **dict.fromkeys(
        "categories keywords symbols tickers column_ids".split(), pa.list_(pa.string())
    ),
    "raw_clocks": pa.struct([(name, pa.string()) for name in RAW_CLOCKS]),
    "revision": pa.int32(),
    "warc_offset": pa.int64(),
    "absences": pa.list_(pa.struct([(name, _TIME) for name in ABSENCE])),
}
#: Kept as a dictionary of the few values that there are; others differ from row to row.
_ALIKE = ["source", "editor", "author", "channel", "layout", "origin", "cause", "warc_file"]
#: No least and greatest is kept of them.
_LONG = frozenset(("body_text", "body_html", "raw_clocks"))
#: A row group ends with the batch that brings it to so many rows or bytes.
_ROWS, _BYTES = 10_000, 10_000_000


def schema(fields: Iterable[str]) -> pa.Schema:
    """The fields with their types."""
    return pa.schema([(name, _TYPES.get(name, pa.string())) for name in fields])


def pack(rows: list[dict[str, Any]], fields: list[str]) -> pa.RecordBatch:
    """The rows by columns."""
    of_all = schema(fields)
    columns = [_column([row[f.name] for row in rows], f.type) for f in of_all]
    return pa.RecordBatch.from_arrays(columns, schema=of_all)


def one_file(batches: Iterable[pa.RecordBatch], fields: list[str], target: Path) -> None:
    """All that `pack` made in *target*. The same batches, by the same pyarrow, are the same bytes.

    Raises OSError.
    """
    of_all = schema(fields)
    lists = [field.name for field in of_all if pa.types.is_list(field.type)]
    options: dict[str, Any] = {
        "compression": "zstd",
        "use_dictionary": [*_ALIKE, *(f"{name}.list.element" for name in lists)],
        "write_statistics": [name for name in fields if name not in {*_LONG, *lists}],
    }
    with target.open("wb") as file, pq.ParquetWriter(file, of_all, **options) as writer:
        for group in _groups(batches):
            writer.write_table(pa.Table.from_batches(group, of_all))


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    group: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        if not batch.num_rows:
            continue
        group.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows >= _ROWS or size >= _BYTES:
            yield group
            group, rows, size = [], 0, 0
    if group:
        yield group


def _column(values: list[Any], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:  # half a character, in a list's own words
        return pa.array([_whole(value) for value in values], kind)


def _whole(value: Any) -> Any:
    """*value* with `?` for halves of characters, as the text formats have it."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [_whole(part) for part in value]
    if isinstance(value, dict):
        return {name: _whole(part) for name, part in value.items()}
    return value
