"""Rows as Parquet: what its readers make of them, and what becomes of files and folders."""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from newsarchive.archive import dataset, kept, parquet
from newsarchive.archive.card import MEANINGS, Tally
from newsarchive.archive.export import FIELDS, OF_VERSIONS, Batch, Packed, month_of
from newsarchive.archive.exporting import Month
from newsarchive.clock import SHANGHAI, UTC
from tests.running import tree as files

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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(ROWS, tmp_path / "out")


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


def one_file(rows: list[dict[str, Any]], target: Path, fields: list[str] = ALL_FIELDS) -> None:
    """In batches of one row."""
    parquet.one_file((parquet.pack([row], fields) for row in rows), fields, target)


def test_months_are_months_in_china(folder: Path) -> None:
    names = [f"data/month=2021-{month}/articles.parquet" for month in ("08", "09")]
    assert sorted(files(folder)) == ["README.md", *names, "months.json"]


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


def test_the_same_rows_are_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    assert files(written(ROWS, tmp_path / "again")) == files(folder)


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
    assert sorted(files(written([], tmp_path / "out"))) == ["README.md", "months.json"]
    assert (tmp_path / "out/data").is_dir()
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


def test_only_an_export_is_replaced(folder: Path, tmp_path: Path) -> None:
    assert dataset.may_replace(folder)
    assert dataset.may_replace(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    assert dataset.may_replace(tmp_path / "empty")
    (folder / "mine").touch()
    assert not dataset.may_replace(folder)
    (folder / "mine").unlink()
    (folder / "months.json").unlink()  # as an older newsarchive left it
    assert dataset.may_replace(folder)
    (folder / "README.md").write_text("# mine\n")
    assert not dataset.may_replace(folder)


# What is kept of the export before


FIRST, SECOND = (f"data/month=2021-{month}/articles.parquet" for month in ("08", "09"))
EDITED = [ROWS[0], ROWS[1] | {"title": "新题"}]


def same(one: Path, other: Path) -> list[str]:
    """The files that are one and the same in both folders."""
    return [name for name in (FIRST, SECOND) if (one / name).samefile(other / name)]


def test_months_that_would_come_out_the_same_are_kept(folder: Path, tmp_path: Path) -> None:
    again = written(ROWS, tmp_path / "again", before=folder)
    assert same(folder, again) == [FIRST, SECOND]
    assert files(again) == files(folder)
    edited = written(EDITED, tmp_path / "edited", before=again)
    assert same(folder, edited) == [FIRST]
    assert files(edited) == files(written(EDITED, tmp_path / "anew"))
    fewer = written(EDITED[1:], tmp_path / "fewer", before=edited)
    assert (fewer / SECOND).samefile(edited / SECOND)
    assert files(fewer) == files(written(EDITED[1:], tmp_path / "fewer anew"))


@pytest.mark.parametrize("other", [{"command": "scrapy export --symbol x"}, {"fields": FIELDS}])
def test_what_is_asked_otherwise_is_made_anew(
    folder: Path, tmp_path: Path, other: dict[str, Any]
) -> None:
    assert same(folder, written(ROWS, tmp_path / "again", before=folder, **other)) == []


def test_other_code_makes_it_anew(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "_code", lambda: "other")
    assert same(folder, written(ROWS, tmp_path / "again", before=folder)) == []


def test_a_file_that_is_not_as_it_was_written_is_made_anew(folder: Path, tmp_path: Path) -> None:
    sound = files(folder)
    data = bytearray((folder / FIRST).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / FIRST).write_bytes(data)
    again = written(ROWS, tmp_path / "again", before=folder)
    assert same(folder, again) == [SECOND]
    assert files(again) == sound
    (folder / SECOND).unlink()
    assert files(written(ROWS, tmp_path / "once more", before=folder)) == sound


@pytest.mark.parametrize(
    "said", ["", "[]", "{}", '{"made_by": 1, "files": {}}', "\ud800", *"made_of files".split()]
)
def test_what_says_nothing_of_use(folder: Path, tmp_path: Path, said: str) -> None:
    sound, place = files(folder), folder / kept.NAME
    if said in ("made_of", "files"):  # as another program may write it
        said = place.read_text("utf-8").replace(f'"{said}": ', f'"{said}": "x", "other": ')
    place.write_text(said, "utf-8", errors="surrogatepass")
    again = written(ROWS, tmp_path / "again", before=folder)
    assert same(folder, again) == []
    assert files(again) == sound


def test_where_no_links_can_be(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("os.link", none)
    assert files(written(ROWS, tmp_path / "again", before=folder)) == files(folder)


def test_a_month_that_lacks_a_row_is_never_kept(folder: Path, tmp_path: Path) -> None:
    rows = [*ROWS, a_row("c", MIDNIGHT)]
    once = written(rows, tmp_path / "once", left_out=("c",))
    again = written(rows, tmp_path / "again", left_out=("c",), before=once)
    assert same(once, again) == [FIRST]
    assert files(again) == files(once)
    assert (once / SECOND).read_bytes() == (folder / SECOND).read_bytes()


def test_a_month_of_which_no_row_is_left_is_not_there(folder: Path, tmp_path: Path) -> None:
    lacking = written(ROWS, tmp_path / "lacking", left_out=("a",))
    assert sorted(path.name for path in (lacking / "data").iterdir()) == ["month=2021-09"]
    again = written(ROWS, tmp_path / "again", before=lacking)
    assert (again / SECOND).samefile(lacking / SECOND)
    assert files(again) == files(folder)


def test_an_old_export_stays_as_it_is_whatever_it_says_of_itself(
    folder: Path, tmp_path: Path
) -> None:
    """A file that is kept is one and the same in both."""
    place = folder / kept.NAME
    told = json.loads(place.read_text("utf-8"))
    for month in told["files"].values():
        month["rows"] = {}
    place.write_text(json.dumps(told), "utf-8")
    before = files(folder)
    written(ROWS, tmp_path / "again", before=folder)
    assert files(folder) == before


# The card


def card(rows: list[dict[str, Any]], fields: list[str] = FIELDS) -> str:
    tally = Tally()
    tally.left_out = 2
    tally.add(Counter((row["channel"] or "none", month_of(row["date"])) for row in rows))
    return tally.card(dict.fromkeys(fields, "string"), "scrapy export --since 2021-08-01")


def test_every_field_has_a_meaning() -> None:
    assert list(MEANINGS) == ALL_FIELDS


def test_the_card_is_headed_as_hugging_face_reads_it(folder: Path) -> None:
    text = (folder / "README.md").read_text("utf-8")
    _, header, _ = text.split("---\n", 2)
    told = yaml.safe_load(header)
    assert told["language"] == ["zh"]
    assert told["size_categories"] == ["n<1K"]
    (config,) = told["configs"]
    (split,) = config["data_files"]
    assert len(list(folder.glob(split["path"]))) == 2
    assert "| `seen_at` | timestamp[ms, tz=UTC] |" in text
    assert "one for each version of an article" in text


def test_the_card_counts_by_channel_and_year() -> None:
    rows = [
        a_row("a", datetime(2020, 12, 31, 15, tzinfo=UTC), channel="us"),
        a_row("b", datetime(2020, 12, 31, 16, tzinfo=UTC), channel="us"),  # 2021 in China
        a_row("c", channel=None),
    ]
    text = card(rows)
    assert "| channel | 2020 | 2021 | all |\n| --- | ---: | ---: | ---: |\n" in text
    assert "| none | 0 | 1 | 1 |\n| us | 1 | 1 | 2 |\n| all | 1 | 2 | 3 |\n" in text
    assert "    scrapy export --since 2021-08-01\n" in text
    assert "2 that fitted could not be read" in text
    assert "replaced_at" not in text
    assert card(rows) == text


@pytest.mark.parametrize("count", [0, 999, 1000])
def test_the_card_says_how_large_it_is(count: int) -> None:
    size = "n<1K" if count < 1000 else "1K<n<10K"
    assert f"\n- {size}\n" in card([a_row("a")] * count)
