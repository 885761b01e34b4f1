"""The data card beside an export."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from newsarchive.archive.card import MEANINGS, Tally
from newsarchive.archive.export import FIELDS, month_of
from newsarchive.clock import UTC
from tests.archive.datasets import ALL_FIELDS, ROWS, a_row, written


def card(rows: list[dict[str, Any]], fields: list[str] = FIELDS) -> str:
    tally = Tally()
    tally.left_out = 2
    tally.add(Counter((row["channel"] or "none", month_of(row["date"])) for row in rows))
    return tally.card(dict.fromkeys(fields, "string"), "scrapy export --since 2021-08-01")


def test_every_field_has_a_meaning() -> None:
    assert list(MEANINGS) == ALL_FIELDS


def test_the_card_is_headed_as_hugging_face_reads_it(tmp_path: Path) -> None:
    folder = written(ROWS, tmp_path / "out")
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
