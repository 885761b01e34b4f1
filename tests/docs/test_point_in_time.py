"""The queries of docs/point-in-time.md run, and see at each moment what was known then."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from newsarchive.clock import UTC
from tests.archive.small import BACK, EDITED, GONE, HOUR, OTHER, T0, an_article, at, copied, opened
from tests.commands.archives import command
from tests.commands.test_export_command import rows_of
from tests.conftest import ROOT

TEXT = (ROOT / "docs/point-in-time.md").read_text("utf-8")
BLOCKS = [
    [statement.strip() for statement in block.split(";\n") if statement.strip()]
    for block in re.findall(r"^```sql\n(.*?)^```$", TEXT, re.M | re.S)
]
LATE, COPIED = "kqtesta0000505", "kqtesta0000506"
MOMENTS = [T0 + timedelta(minutes=30 * number, seconds=number - 1) for number in range(12)]


@pytest.fixture
def archive(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """The small archive; an hour later a backfill, a replay, and OTHER read by better rules."""
    small = copied(tmp_path_factory, tmp_path / "archive")
    with at(T0 + 4 * HOUR) as now, opened(small) as store:
        store.put(an_article(LATE, 1, now, origin="backfill"))
        store.put(an_article(COPIED, 1, None))
        store.put(an_article(OTHER, 3, now, cause="extraction"))
    return small


@pytest.fixture
def duck(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """DuckDB where the export is, with the views of the document."""
    monkeypatch.chdir(tmp_path)
    line = re.search(r"^    scrapy export (.*)$", TEXT, re.M)
    assert line
    with monkeypatch.context() as inside:
        inside.chdir(ROOT)
        args = [str(tmp_path / word) if word == "versions" else word for word in line[1].split()]
        assert command("export", *args, archive=archive).code == 0
    with duckdb.connect(config={"autoload_known_extensions": "false"}) as connection:
        for block in BLOCKS:
            for statement in block:
                if statement.startswith(("SET", "CREATE", "INSERT")):
                    connection.execute(statement)
        yield connection


def answer(duck: Any, number: int) -> list[tuple[Any, ...]]:
    """Of the SELECT of a block."""
    (statement,) = (text for text in BLOCKS[number] if text.startswith("SELECT"))
    found: list[tuple[Any, ...]] = duck.execute(statement).fetchall()
    return found


def test_what_was_known_at_a_moment(duck: Any) -> None:
    # 17:00 in China is an hour, and some seconds, after the first edit.
    known = [(EDITED, 2, "题目1"), (OTHER, 1, "题目2"), (BACK, 1, "题目3"), (GONE, 1, "题目4")]
    assert answer(duck, 1) == known


def test_it_is_the_export_of_that_moment(
    duck: Any, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for moment in MOMENTS:
        told = moment.isoformat()
        with monkeypatch.context() as inside:
            inside.chdir(ROOT)  # where the command finds its project
            rows = rows_of(command("export", "--as-of", told, archive=archive).out)
        wanted = {
            row["doc_id"]: (row["revision"], row["body_text"], row["gone_at"])
            for row in rows
            if row["origin"] == "crawl"
        }
        found = duck.execute(
            "SELECT doc_id, revision, body_text, gone_at FROM known_at(?)", [moment]
        ).fetchall()
        assert {
            doc_id: (revision, text, gone and _iso(gone)) for doc_id, revision, text, gone in found
        } == wanted, told


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_a_backtest_sees_the_version_of_its_moment(duck: Any) -> None:
    found = [(decided_at, doc_id, text) for _, decided_at, doc_id, _, text in answer(duck, 2)]
    by_hour = {
        hour: {doc_id: text for decided_at, doc_id, text in found if decided_at.hour == hour}
        for hour in (15, 16, 17)
    }
    assert by_hour[15] == {}
    assert by_hour[16] == {id: f"第1版，{id}。" for id in (EDITED, OTHER, BACK, GONE)}
    assert by_hour[17] == by_hour[16] | {EDITED: f"第2版，{EDITED}。"}


def test_better_rules_and_backfills_are_no_events(duck: Any) -> None:
    events = [(doc_id, revision) for _, _, doc_id, revision, _ in answer(duck, 3)]
    first = [(doc_id, 1) for doc_id in (EDITED, OTHER, BACK, GONE)]
    assert events == [*first, (EDITED, 2), (EDITED, 3), (OTHER, 2)]


def test_the_fields_are_those_there_are() -> None:
    from newsarchive.archive.export import FIELDS, OF_VERSIONS

    table = TEXT.split("\n\n    scrapy export")[1].split("\n\nAt a moment")[0]
    named = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (.*?) \|", table, re.M)))
    assert named
    assert set(named) <= {*FIELDS, *OF_VERSIONS}
