"""The rows of an archive, as an export has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from newsarchive.archive import export, exporting
from newsarchive.archive.selection import ALL, Choice
from newsarchive.archive.store import Store
from newsarchive.sina import reading

READER = export.Reader(reading.text, reading.exchange_form)


def broken(path: str, error: Exception) -> None:
    pytest.fail(f"{path}: {error}")


def rows(
    store: Store,
    choice: Choice = ALL,
    symbol: str | None = None,
    as_of: datetime | None = None,
    duplicates: dict[str, str] | None = None,
    broken: Callable[[str, Exception], None] = broken,
    reader: export.Reader = READER,
) -> Iterator[dict[str, Any]]:
    """A row an article."""
    known = exporting.versions(store, choice, as_of, duplicates)
    return export.rows(export.Asked(store.root, export.FIELDS, reader, symbol), known, broken)


def versions(
    store: Store, choice: Choice = ALL, symbol: str | None = None
) -> Iterator[dict[str, Any]]:
    """A row a version."""
    fields = export.FIELDS + export.OF_VERSIONS
    known = exporting.versions(store, choice, every=True)
    return export.rows(export.Asked(store.root, fields, READER, symbol), known, broken)
