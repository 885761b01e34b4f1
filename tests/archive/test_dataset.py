"""An export as a folder: its files, what it may replace, and what is kept of the one before."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from newsarchive.archive import dataset, kept
from newsarchive.archive.card import Tally
from newsarchive.archive.export import FIELDS, Batch, Packed
from newsarchive.archive.exporting import Month
from tests.archive.datasets import MIDNIGHT, ROWS, a_row, written
from tests.running import tree as files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(ROWS, tmp_path / "out")


def test_months_are_months_in_china(folder: Path) -> None:
    names = [f"data/month=2021-{month}/articles.parquet" for month in ("08", "09")]
    assert sorted(files(folder)) == ["README.md", *names, "months.json"]


def test_the_same_rows_are_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    assert files(written(ROWS, tmp_path / "again")) == files(folder)


def test_no_rows(tmp_path: Path) -> None:
    assert sorted(files(written([], tmp_path / "out"))) == ["README.md", "months.json"]
    assert (tmp_path / "out/data").is_dir()


def test_a_month_without_a_version_is_not_there(tmp_path: Path) -> None:
    def made(batches: Iterable[Batch]) -> Iterator[tuple[Batch, Packed]]:
        assert list(batches) == []
        yield from ()

    months, folder = [Month("2021-08", "nothing", lambda: iter(()))], tmp_path / "out"
    dataset.write(months, made, FIELDS, folder, Tally(), "scrapy export", folder)
    assert list((folder / "data").iterdir()) == []


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
