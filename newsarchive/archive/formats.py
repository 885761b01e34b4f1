"""How exported rows are written as text: one function a format."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from newsarchive import clock
from newsarchive.archive import harmless
from newsarchive.archive.export import Pack

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


def jsonl(rows: Iterable[dict[str, Any]], fields: list[str]) -> str:
    """One JSON object a line."""
    return "".join(harmless.dumps(plain(row)) + "\n" for row in rows)


def table(rows: Iterable[dict[str, Any]], fields: list[str]) -> str:
    """CSV as RFC 4180 has it, for spreadsheets: no formulas."""
    return _lines(map(_cell, plain(row).values()) for row in rows)


def head(fields: list[str]) -> str:
    """What such a table begins with: a BOM, and the names of its columns."""
    return "\ufeff" + _lines([fields])


def _lines(rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    """Lists and objects as JSON, nothing for None; a `'` before what would be a formula."""
    if isinstance(value, (list, dict)):
        return harmless.dumps(value)
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return value


#: By the name that `--format` has for them: rows with these fields as text …
PACKS: dict[str, Pack] = {"jsonl": jsonl, "csv": table}
#: … and what stands before the first.
HEADS: dict[str, Callable[[list[str]], str]] = {"csv": head}
