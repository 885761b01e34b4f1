"""An export as a folder: a Parquet file a month, and the data card."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from newsarchive.archive import kept, parquet
from newsarchive.archive.card import OPENING, Tally
from newsarchive.archive.export import Batch, Packed
from newsarchive.archive.exporting import Month, in_batches

#: The data card's file.
CARD = "README.md"


def write(
    months: Iterable[Month],
    made: Callable[[Iterable[Batch]], Iterator[tuple[Batch, Packed]]],
    fields: list[str],
    folder: Path,
    tally: Tally,
    command: str,
    before: Path,
) -> None:
    """A new *folder* with the rows by month, below `data/`, and their card, `README.md`.

    *made* says of each batch what `parquet.pack` made of it, and counts that in *tally*; *command*:
    what the card says made it all. Of the export *before*, if there is one, the months that would
    come out the same are kept. Raises OSError.
    """
    folder.mkdir()
    (folder / "data").mkdir()
    known = kept.Kept(before, (command, fields))
    made_of: dict[str, str] = {}

    def not_kept() -> Iterator[Batch]:
        for month in months:
            (folder / _file(month.name)).parent.mkdir()
            channels = known.link(month.made_of, _file(month.name), folder)
            if channels is not None:
                tally.add({(channel, month.name): n for channel, n in channels.items()})
                continue
            (folder / _file(month.name)).parent.rmdir()
            made_of[month.name] = month.made_of
            yield from in_batches(month.known(), month.name)

    for month, of_month in groupby(made(not_kept()), lambda pair: pair[0].month):
        counts, left_out = Counter[str](), list[object]()
        target = folder / _file(month)
        target.parent.mkdir()
        parquet.one_file(_contents(of_month, counts, left_out), fields, target)
        if not counts:
            shutil.rmtree(target.parent)
        elif not left_out:  # what could not be read is told each time
            known.add(made_of[month], _file(month), folder, dict(counts))
    known.write(folder)
    types = {field.name: str(field.type) for field in parquet.schema(fields)}
    (folder / CARD).write_text(tally.card(types, command), "utf-8", newline="\n")


def _contents(
    results: Iterable[tuple[Batch, Packed]], counts: Counter[str], left_out: list[object]
) -> Iterator[Any]:
    """What was packed; on the way it is noted what has how many rows, and what is missing."""
    for _, packed in results:
        counts.update({channel: n for (channel, _), n in packed.counts.items()})
        left_out += packed.left_out
        yield packed.content


def _file(month: str) -> str:
    return f"data/month={month}/articles.parquet"


def may_replace(folder: Path) -> bool:
    """Whether a new one loses nothing: there is no such folder, or nothing but one in it.

    Raises OSError.
    """
    if not folder.exists():
        return True
    names = {path.name for path in folder.iterdir()}
    if names - {kept.NAME} != {CARD, "data"}:
        return not names
    return (folder / CARD).read_bytes().startswith(OPENING.encode())
