"""How exported rows are written: one function a format, row by row."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable
from typing import Any, TextIO

from newsarchive.archive import harmless
from newsarchive.archive.export import FIELDS

#: What makes spreadsheets take a cell for a formula: these signs, full-width ones and such behind
#: blanks or what is invisible included; and a tab or line break, which some of them drop.
_FORMULA = re.compile(r"[\t\r\n]|[\s\0\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠]")


def jsonl(rows: Iterable[dict[str, Any]], file: TextIO) -> None:
    """One JSON object a line."""
    for row in rows:
        file.write(harmless.dumps(row) + "\n")


def table(rows: Iterable[dict[str, Any]], file: TextIO) -> None:
    """CSV as RFC 4180 has it, with a header, for spreadsheets: a BOM, and no formulas."""
    file.write("\ufeff")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(FIELDS)
    writer.writerows([_cell(row[name]) for name in FIELDS] for row in rows)


def _cell(value: Any) -> Any:
    """Lists and objects as JSON, nothing for None; a `'` before what would be a formula."""
    if isinstance(value, (list, dict)):
        return harmless.dumps(value)
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return value


#: By the name that `--format` has for it.
WRITERS: dict[str, Callable[[Iterable[dict[str, Any]], TextIO], None]] = {
    "jsonl": jsonl,
    "csv": table,
}
