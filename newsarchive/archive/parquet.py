"""Exported rows as Parquet: typed, compressed, in files and row groups of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from newsarchive.archive import kept
from newsarchive.archive.card import OPENING, Tally
from newsarchive.archive.export import Month
from newsarchive.archive.selection import ABSENCE

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
#: The data card's file.
CARD = "README.md"
#: A row group ends with so many rows or, before that, so many characters of bodies: some 10 MB.
_ROWS, _CHARACTERS = 10_000, 4_000_000


def schema(fields: Iterable[str]) -> pa.Schema:
    """The fields with their types."""
    return pa.schema([(name, _TYPES.get(name, pa.string())) for name in fields])


def dataset(
    months: Iterable[Month],
    fields: list[str],
    folder: Path,
    tally: Tally,
    command: str,
    before: Path,
) -> None:
    """A new *folder* with the rows by month, below `data/`, and their card, `README.md`.

    *command*: what the card says made it. Of the export *before*, if there is one, the months that
    would come out the same are kept. Raises OSError.
    """
    folder.mkdir()
    (folder / "data").mkdir()
    known = kept.Kept(before, (command, fields))
    for month in months:
        file = f"data/month={month.name}/articles.parquet"
        (folder / file).parent.mkdir()
        if channels := known.link(month.made_of, file, folder):
            tally.add(month.name, channels)
            continue
        left_out = tally.left_out
        rows = tally.of(month.rows())
        if first := next(rows, None):
            one_file(chain([first], rows), fields, folder / file)
            if tally.left_out == left_out:  # what could not be read is told each time
                known.add(month.made_of, file, folder, tally.channels(month.name))
        else:
            (folder / file).parent.rmdir()
    known.write(folder)
    types = {field.name: str(field.type) for field in schema(fields)}
    (folder / CARD).write_text(tally.card(types, command), "utf-8", newline="\n")


def may_replace(folder: Path) -> bool:
    """Whether a new `dataset` loses nothing: there is no such folder, or nothing but one in it.

    Raises OSError.
    """
    if not folder.exists():
        return True
    names = {path.name for path in folder.iterdir()}
    if names - {kept.NAME} != {CARD, "data"}:
        return not names
    return (folder / CARD).read_bytes().startswith(OPENING.encode())


def one_file(rows: Iterable[dict[str, Any]], fields: list[str], target: Path) -> None:
    """All rows in *target*. The same rows, by the same pyarrow, are the same bytes.

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
        for group in _groups(rows):
            columns = [_column([row[f.name] for row in group], f.type) for f in of_all]
            writer.write_table(pa.Table.from_arrays(columns, schema=of_all))


def _groups(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        group.append(row)
        size += len(row["body_html"] or "") + len(row["body_text"] or "")
        if len(group) >= _ROWS or size >= _CHARACTERS:
            yield group
            group, size = [], 0
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
