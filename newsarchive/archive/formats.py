"""How exported rows are written as text: one function a format, row by row."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TextIO

from newsarchive import clock
from newsarchive.archive import harmless

#: What makes spreadsheets take a cell for a formula: these signs, full-width ones and such behind
#: blanks or what is invisible included; and a tab or line break, which some of them drop.
_FORMULA = re.compile(r"[\t\r\n]|[\s\0\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠]")

#: Clocks of this archive: always to the millisecond, so that they sort as text. Sina's: seconds.
_OURS = frozenset(
    "first_seen_at seen_at fetched_at gone_at replaced_at confirmed_at returned_at".split()
)


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """*row* as JSON has it: times ISO 8601 in UTC."""
    return {name: _plain(name, value) for name, value in row.items()}


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return clock.iso(value, milliseconds=name in _OURS)
    return [plain(absence) for absence in value] if name == "absences" else value


def jsonl(rows: Iterable[dict[str, Any]], fields: list[str], file: TextIO) -> None:
    """One JSON object a line."""
    for row in rows:
        file.write(harmless.dumps(plain(row)) + "\n")


def table(rows: Iterable[dict[str, Any]], fields: list[str], file: TextIO) -> None:
    """CSV as RFC 4180 has it, with a header, for spreadsheets: a BOM, and no formulas."""
    file.write("\ufeff")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(fields)
    writer.writerows(list(map(_cell, plain(row).values())) for row in rows)


def _cell(value: Any) -> Any:
    """Lists and objects as JSON, nothing for None; a `'` before what would be a formula."""
    if isinstance(value, (list, dict)):
        return harmless.dumps(value)
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return value


#: By the name that `--format` has for it.
WRITERS: dict[str, Callable[[Iterable[dict[str, Any]], list[str], TextIO], None]] = {
    "jsonl": jsonl,
    "csv": table,
}
