"""Rows as Parquet: what its readers make of them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsarchive.archive import parquet
from newsarchive.archive.export import FIELDS
from tests.archive.datasets import ABSENCE, ALL_FIELDS, LATER, ROWS, a_row, written


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(ROWS, tmp_path / "out")


def one_file(rows: list[dict[str, Any]], target: Path, fields: list[str] = ALL_FIELDS) -> None:
    """In batches of one row."""
    parquet.one_file((parquet.pack([row], fields) for row in rows), fields, target)


def test_pandas(folder: Path) -> None:
    _, row = pd.read_parquet(folder / "data").to_dict("records")
    assert row["month"] == "2021-09"
    assert row["seen_at"] == pd.Timestamp(LATER)
    assert list(row["tickers"]) == ["300059.SZ", "JPM.US"]
    assert row["raw_clocks"]["published_at"] == "2021年09月01日 00:00"
    assert (row["revision"], row["warc_offset"]) == (2, 1 << 40)
    assert row["absences"][0]["gone_at"] == LATER


def test_polars(folder: Path) -> None:
    frame = pl.scan_parquet(folder / "data").filter(pl.col("month") >= "2021-09").collect()
    (row,) = frame.to_dicts()
    assert row["seen_at"] == LATER
    assert row["tickers"] == ["300059.SZ", "JPM.US"]
    assert row["raw_clocks"]["published_at"] == "2021年09月01日 00:00"
    assert row["absences"] == [ABSENCE]


def test_duckdb(folder: Path) -> None:
    (row,) = duckdb.execute(
        "SELECT epoch_ms(seen_at), tickers[2], raw_clocks.published_at, warc_offset, "
        f"epoch_ms(absences[1].gone_at) FROM '{folder}/data/*/*.parquet' WHERE month = '2021-09'"
    ).fetchall()
    milliseconds = int(LATER.timestamp() * 1000)
    clock = "2021年09月01日 00:00"
    assert row == (milliseconds, "JPM.US", clock, 1 << 40, milliseconds)


@contextmanager
def lenient() -> Iterator[None]:
    """Other people's imports may warn."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def test_hugging_face(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("HF_HUB_OFFLINE", "1"), ("HF_HOME", str(tmp_path / "cache"))):
        monkeypatch.setenv(name, value)
    with lenient():
        datasets = pytest.importorskip("datasets", reason="`make datasets` installs it")
        for loaded in (
            datasets.load_dataset(str(folder)),
            datasets.load_dataset("parquet", data_files=f"{folder}/data/*/*.parquet"),
        ):
            _, row = loaded["train"]
            assert row["seen_at"] == LATER
            assert row["tickers"] == ["300059.SZ", "JPM.US"]
            assert row["raw_clocks"]["published_at"] == "2021年09月01日 00:00"


def test_rows_are_written_in_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_ROWS", 3)
    monkeypatch.setattr(parquet, "_BYTES", 3_000)
    rows = [a_row(str(number)) for number in range(7)]
    rows[3]["body_html"] = "正" * 1_000
    target = tmp_path / "out.parquet"
    one_file(rows, target)
    of_file = pq.ParquetFile(target).metadata
    groups = [of_file.row_group(number).num_rows for number in range(of_file.num_row_groups)]
    assert groups == [3, 1, 3]
    assert pq.read_table(target)["doc_id"].to_pylist() == list("0123456")


def test_batches_without_rows_are_nothing(tmp_path: Path) -> None:
    """A symbol that few articles name."""
    target = tmp_path / "out.parquet"
    batches = [parquet.pack(rows, ALL_FIELDS) for rows in ([], ROWS[:1], [], ROWS[1:], [])]
    parquet.one_file(batches, ALL_FIELDS, target)
    assert pq.ParquetFile(target).metadata.num_row_groups == 1
    assert pq.read_table(target)["doc_id"].to_pylist() == ["a", "b"]
    parquet.one_file([batches[0]] * 3, ALL_FIELDS, target)
    assert pq.ParquetFile(target).metadata.num_row_groups == 0


def test_no_rows(tmp_path: Path) -> None:
    one_file([], tmp_path / "out.parquet", FIELDS)
    assert pq.read_table(tmp_path / "out.parquet").column_names == FIELDS


@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.text()), st.lists(st.text(), max_size=2)), max_size=3
    )
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str | None, list[str]]]
) -> None:
    target = tmp_path_factory.mktemp("out") / "out.parquet"
    rows = [a_row("a", title=title, keywords=keywords) for title, keywords in texts]
    one_file(rows, target)
    read = pq.read_table(target).to_pylist()
    assert [(row["title"], row["keywords"]) for row in read] == texts
    target.unlink()


def test_half_a_character_is_a_question_mark(tmp_path: Path) -> None:
    target = tmp_path / "out.parquet"
    broken: dict[str, Any] = {
        "title": "a\ud800",
        "keywords": ["\udfff"],
        "raw_clocks": {"listed_at": "\ud800"},
    }
    one_file([a_row("a", **broken)], target)
    (row,) = pq.read_table(target).to_pylist()
    assert (row["title"], row["keywords"], row["raw_clocks"]["listed_at"]) == ("a?", ["?"], "?")
