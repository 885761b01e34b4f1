"""Rows as CSV: what Python's reader gives back, byte for byte, and never a formula."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsarchive.archive import formats
from newsarchive.archive.export import FIELDS
from newsarchive.clock import UTC

TEXTS = st.one_of(
    st.none(),
    st.text(),
    st.text(st.sampled_from("=+-@＝＋－＠\t\r\n'\" ,;　\u200b\ufeffa1")),
)


def a_row(**values: Any) -> dict[str, Any]:
    return {**dict.fromkeys(FIELDS), **values}


def table(*rows: dict[str, Any]) -> str:
    return formats.head(FIELDS) + formats.table(rows, FIELDS)


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))


def test_bytes() -> None:
    row = a_row(doc_id="a", title='题"目",\n二', revision=2, keywords=["甲", "乙"], raw_clocks={})
    header, line = table(row).split("\r\n", 1)
    assert header == "\ufeff" + ",".join(FIELDS)
    written = {"doc_id": "a", "title": '"题""目"",\n二"', "revision": "2"}
    written |= {"keywords": '"[""甲"", ""乙""]"', "raw_clocks": "{}"}
    assert line == ",".join(written.get(name, "") for name in FIELDS) + "\r\n"


def test_clocks_of_this_archive_have_milliseconds_and_sinas_have_none() -> None:
    moment = datetime(2021, 8, 5, 7, 54, 29, tzinfo=UTC)
    row = dict.fromkeys(("published_at", "listed_at", "date", "served_at"), moment)
    ours = dict.fromkeys(("first_seen_at", "seen_at", "fetched_at", "gone_at"), moment)
    absence = {"gone_at": moment, "confirmed_at": moment, "returned_at": None}
    told = formats.plain({**row, **ours, "absences": [absence]})
    assert {told[name] for name in row} == {"2021-08-05T07:54:29Z"}
    assert {told[name] for name in ours} == {"2021-08-05T07:54:29.000Z"}
    assert told["absences"] == [
        {
            "gone_at": "2021-08-05T07:54:29.000Z",
            "confirmed_at": "2021-08-05T07:54:29.000Z",
            "returned_at": None,
        }
    ]


def test_nothing_is_a_header() -> None:
    assert table() == "\ufeff" + ",".join(FIELDS) + "\r\n"


@given(st.lists(TEXTS, min_size=2, max_size=2), st.lists(st.text(), max_size=3))
def test_what_is_written_is_read(texts: list[str | None], keywords: list[str]) -> None:
    title, body = texts
    header, found = cells(table(a_row(title=title, body_text=body, keywords=keywords)))
    assert header == FIELDS
    row = dict(zip(header, found, strict=True))
    assert json.loads(row["keywords"]) == keywords
    for name, text in (("title", title), ("body_text", body)):
        assert row[name] in (text or "", f"'{text}")
        assert row[name][:1] not in tuple("\t\r\n")
        assert row[name].lstrip(" \t\r\n　\u200b\ufeff")[:1] not in tuple("=+-@＝＋－＠")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "=1+1",
            "+1",
            "-5%",
            "@SUM(1)",
            "＝1",
            "＋1",
            "－1",
            "＠a",
            "\t=1",
            "\r=1",
            "\n=1",
            "\ta",
        ),
        *(" =1", "　=1", "\xa0-1", "\u200b=1", "\ufeff=1", "\0=1", " \n ＝1", '=cmd|"/C calc"!A0'),
    ],
)
def test_a_formula_gets_an_apostrophe(text: str) -> None:
    _, (first, *_) = cells(table(a_row(doc_id=text)))
    assert first == f"'{text}"


@pytest.mark.parametrize(
    "text", ["a=1", "5%", "'=1", "[-1]", "　　正文", "—5", "~1", "“=1”", "1\t"]
)
def test_other_cells_stay(text: str) -> None:
    _, (first, *_) = cells(table(a_row(doc_id=text)))
    assert first == text
