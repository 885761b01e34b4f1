"""An export's way through several processes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from newsarchive.archive import export, exporting, formats
from newsarchive.archive.card import Tally
from newsarchive.exceptions import StorageError
from tests.archive.exports import READER, broken
from tests.archive.small import opened

pytestmark = pytest.mark.skipif(os.name != "posix", reason="no other processes on Windows")


@pytest.fixture(autouse=True)
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "_BATCH", 1)
    monkeypatch.setattr(exporting, "_ALONE", 1)


def made(archive: Path, count: int) -> tuple[str, list[Any], str]:
    """The rows as JSON lines, what was told of those left out, and the card."""
    lost: list[Any] = []
    seen: list[int] = []
    tally = Tally(seen.append)
    with opened(archive) as store:
        asked = export.Asked(store.root, export.FIELDS, READER)
        batches = exporting.in_batches(exporting.versions(store))
        told = exporting.made(
            asked,
            formats.jsonl,
            batches,
            tally,
            lambda path, error: lost.append((path, type(error), str(error))),
            count,
        )
        text = "".join(packed.content for _, packed in told)
    assert sum(seen) == text.count("\n")
    assert tally.left_out == len(lost)
    return text, lost, tally.card({}, "")


def test_rows_are_written_as_they_come(small: Path) -> None:
    """What is packed is there before more of the ledger is read than is at work."""
    with opened(small) as store:
        asked = export.Asked(store.root, export.FIELDS, READER)
        for count, ahead in ((0, 0), (2, 2)):
            known = exporting.versions(store)
            taken: list[str] = []
            batches = exporting.in_batches(
                taken.append(row["doc_id"]) or row  # type: ignore[func-returns-value]
                for row in known
            )
            made = exporting.made(asked, formats.table, batches, Tally(), broken, count)
            for number in range(3):  # the first is made here
                _, packed = next(made)
                assert taken[number] in packed.content
                assert len(taken) <= number + 1 + ahead
            made.close()  # type: ignore[attr-defined]


def test_parquet_has_the_same_bytes(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parquet = pytest.importorskip("newsarchive.archive.parquet")
    monkeypatch.setattr(parquet, "_ROWS", 2)
    with opened(small) as store:
        asked = export.Asked(store.root, export.FIELDS, READER)
        for count in (0, 2):
            batches = exporting.in_batches(exporting.versions(store))
            made = exporting.made(asked, parquet.pack, batches, Tally(), broken, count)
            contents = (packed.content for _, packed in made)
            parquet.one_file(contents, export.FIELDS, tmp_path / str(count))
    one, several = (tmp_path / name for name in "02")
    assert one.read_bytes() == several.read_bytes()


def test_it_comes_out_as_by_one(small: Path) -> None:
    here = made(small, 0)
    assert here[0].count("\n") > 4
    assert made(small, 2) == here
    with opened(small) as store:
        paths = [row["path"] for row in exporting.versions(store)]
    (small / paths[1]).unlink()
    (small / paths[-1]).write_bytes(b"\n---\ntitle: 'x")
    lacking = made(small, 2)
    assert lacking == made(small, 0)
    assert [(path, kind) for path, kind, _ in lacking[1]] == [
        (paths[1], StorageError),
        (paths[-1], StorageError),
    ]
    lines = here[0].splitlines(keepends=True)
    assert lacking[0] == "".join([lines[0], *lines[2:-1]])
