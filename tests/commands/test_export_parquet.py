"""`scrapy export --format parquet` and `--versions`: whole or not at all, and the same as JSON."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest

from newsarchive import clock
from newsarchive.archive import formats, parquet
from newsarchive.archive.export import FIELDS, OF_VERSIONS
from tests.archive.small import EDITED, GONE, T0, an_article, at, opened
from tests.commands.archives import command
from tests.commands.test_export_command import rows_of
from tests.running import tree, whole_crawl


def export(archive: Path, *args: str) -> str:
    """What the command prints; it must go well."""
    done = command("export", *args, archive=archive)
    assert (done.code, done.err) == (0, "")
    return done.out


def rows_in(folder: Path) -> list[dict[str, Any]]:
    """The rows of all months, as JSON lines have them."""
    found = []
    for path in sorted(folder.glob("data/*/*.parquet")):
        for row in pq.ParquetFile(path).read().to_pylist():
            clocks = {name: raw for name, raw in row["raw_clocks"].items() if raw is not None}
            found.append(formats.plain(row | {"raw_clocks": clocks}))
    return found


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--versions"],
        ["--as-of", "2021-08-05T16:54:29.123"],
        ["--channel", "macro"],
        ["--symbol", "300059.SZ"],
        ["--since", "2021-08-06"],
        ["--versions", "--until", "2021-08-05"],
    ],
    ids=" ".join,
)
def test_it_says_the_same_as_json_lines(small: Path, tmp_path: Path, options: list[str]) -> None:
    target = tmp_path / "out 新"
    assert export(small, "--format", "parquet", "-o", str(target), *options) == ""
    assert rows_in(target) == rows_of(export(small, *options))
    assert {path.name for path in tmp_path.iterdir()} == {target.name, "archive"}
    told = " ".join(["scrapy export --format parquet", *sorted(options, key="--versions".__eq__)])
    assert f"\n    {told}\n" in (target / "README.md").read_text("utf-8")


def test_a_whole_crawl(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    archive = whole_crawl(tmp_path_factory).archive
    export(archive, "--format", "parquet", "-o", str(tmp_path / "out"))
    rows = rows_of(export(archive))
    assert rows_in(tmp_path / "out") == rows
    assert {name for row in rows for name in row["raw_clocks"]} <= set(parquet.RAW_CLOCKS)
    months = {path.name for path in (tmp_path / "out/data").iterdir()}
    assert len(months) > 20


def test_one_file(small: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.parquet"
    target.write_text("old")
    export(small, "--format", "parquet", "-o", str(target))
    assert pl.read_parquet(target)["doc_id"].to_list() == [
        row["doc_id"] for row in rows_of(export(small))
    ]
    assert {path.name for path in tmp_path.iterdir()} == {target.name, "archive"}


def test_an_export_takes_the_place_of_the_one_before(small: Path, tmp_path: Path) -> None:
    line = ("--format", "parquet", "-o", str(tmp_path / "out"))
    export(small, *line, "--since", "2030-01-01")
    assert sorted(tree(tmp_path / "out")) == ["README.md", "months.json"]
    export(small, *line)
    first = tree(tmp_path / "out")
    export(small, *line)
    assert tree(tmp_path / "out") == first
    assert len(first) > 1
    assert {path.name for path in tmp_path.iterdir()} == {"out", "archive"}


@pytest.mark.parametrize("options", [[], ["--versions"], ["--channel", "macro"]], ids=" ".join)
def test_only_months_that_changed_are_made_anew(
    small: Path, tmp_path: Path, options: list[str]
) -> None:
    with opened(small) as store, at(T0 + timedelta(days=40)) as seen:
        told = {"published_at": seen, "date": clock.http_date(seen), "channel": "macro"}
        store.put(an_article("kqtestd0000501", 1, seen, **told))

    def line(name: str) -> list[str]:
        return ["--format", "parquet", "-o", str(tmp_path / name), *options]

    def places() -> dict[str, int]:
        found = (tmp_path / "out").glob("data/*/*.parquet")
        return {path.parent.name: path.stat().st_ino for path in found}

    export(small, *line("out"))
    made = places()
    assert len(made) > 1
    export(small, *line("out"))
    assert places() == made
    path = rows_of(export(small, *options))[-1]["path"]
    post = (small / path).read_bytes()
    (small / path).unlink()
    for _ in range(2):  # told each time
        done = command("export", *line("out"), archive=small)
        assert (done.code, done.err.count("left out")) == (1, 1)
    (small / path).write_bytes(post)
    export(small, *line("out"))
    export(small, *line("anew"))
    assert tree(tmp_path / "out") == tree(tmp_path / "anew")
    now = places()
    assert [name for name in made if made[name] != now[name]] == [max(made)]


@pytest.mark.parametrize("target", ["-", "full", "file", "nosuch/out", "nosuch/out.parquet"])
def test_where_it_must_not_go(small: Path, tmp_path: Path, target: str) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine.txt").touch()
    (tmp_path / "file").touch()
    before = tree(tmp_path)
    name = target if target == "-" else str(tmp_path / target)
    done = command("export", "--format", "parquet", "-o", name, archive=small)
    assert done.code == (2 if target in ("-", "full") else 3)
    assert (done.out, len(done.err.splitlines())) == ("", 1)
    assert tree(tmp_path).keys() == before.keys()


def test_an_export_that_fails_leaves_the_one_before(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ("--format", "parquet", "-o", str(tmp_path / "out"))
    export(small, *line)
    before = tree(tmp_path / "out")

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    done = command("export", *line, archive=small)
    assert (done.code, done.err) == (3, f"newsarchive: {line[3]}: No space left on device\n")
    assert tree(tmp_path / "out") == before
    assert {path.name for path in tmp_path.iterdir()} == {"out", "archive"}


def test_posts_that_are_broken_are_left_out_and_told(small: Path, tmp_path: Path) -> None:
    path = next(iter(rows_of(export(small))))["path"]
    (small / path).unlink()
    done = command("export", "--format", "parquet", "-o", str(tmp_path / "out"), archive=small)
    assert done.code == 1
    assert done.err.startswith(f"newsarchive: left out {path}: ")
    assert rows_in(tmp_path / "out") == rows_of(command("export", archive=small).out)
    assert "1 that fitted could not be read" in (tmp_path / "out/README.md").read_text("utf-8")


def test_without_pyarrow(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for name in ("newsarchive.archive.parquet", "newsarchive.archive.dataset"):
        monkeypatch.delitem(sys.modules, name)
        monkeypatch.delattr(name)
    done = command("export", "--format", "parquet", "-o", str(tmp_path / "out"), archive=small)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("newsarchive: --format parquet needs pyarrow")
    assert done.err.endswith(": pip install -e '.[parquet]'\n")
    assert not (tmp_path / "out").exists()
    assert export(small)  # the other formats need none


def test_a_format_that_there_is_not(small: Path) -> None:
    done = command("export", "--format", "xlsx", archive=small)
    assert (done.code, done.out) == (2, "")
    assert done.err == "newsarchive: --format xlsx: there are jsonl, csv, parquet\n"


# Every version


def test_versions_as_lines_and_as_a_table(small: Path) -> None:
    rows = rows_of(export(small, "--versions"))
    assert list(rows[0]) == FIELDS + OF_VERSIONS
    (gone,) = (row for row in rows if row["doc_id"] == GONE)
    hours = [f"2021-08-05T{hour}:54:29.123Z" for hour in ("08", "09")]
    absence = dict(zip(("gone_at", "confirmed_at", "returned_at"), (*hours, None)))
    assert (gone["gone_at"], gone["absences"]) == (hours[0], [absence])
    table = export(small, "--versions", "--format", "csv").removeprefix("\ufeff")
    cells = list(csv.DictReader(io.StringIO(table, newline=""), strict=True))
    assert [row["replaced_at"] for row in cells] == [row["replaced_at"] or "" for row in rows]
    assert [json.loads(row["absences"]) for row in cells] == [row["absences"] for row in rows]


def test_versions_as_text_hold_what_was_known_at_a_moment(small: Path) -> None:
    rows = rows_of(export(small, "--versions"))
    for moment in ("2021-08-05T07:54:29.123Z", "2021-08-05T08:54:29.123Z", "2021-08-05T10:00:00Z"):
        known = [
            (row["doc_id"], row["body_text"])
            for row in rows
            if row["seen_at"] <= moment < (row["replaced_at"] or "9")
        ]
        then = rows_of(export(small, "--as-of", moment))
        assert known == [(row["doc_id"], row["body_text"]) for row in then]


def test_versions_go_with_no_moment(small: Path) -> None:
    done = command("export", "--versions", "--as-of", "2021-08-05", archive=small)
    assert (done.code, done.out) == (2, "")
    assert "--as-of" in done.err


def test_a_version_whose_file_is_lost_is_left_out_and_told(small: Path) -> None:
    shutil.rmtree(small / f"revisions/{EDITED}")
    command("verify", "--repair", archive=small)
    done = command("export", "--versions", archive=small)
    assert done.code == 1
    assert done.err == f"newsarchive: left out {EDITED}: its file is lost\n" * 2
    assert [r["revision"] for r in rows_of(done.out) if r["doc_id"] == EDITED] == [3]
