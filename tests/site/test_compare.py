"""Paragraphs of two versions side by side."""

from __future__ import annotations

import time

import pytest

from newsarchive.site import compare
from newsarchive.site.compare import Row


def plain(rows: list[Row], side: str) -> str:
    return "\n".join("".join(text for text, _ in getattr(row, side)) for row in rows)


def test_the_same_is_left_out() -> None:
    lines = [str(number) for number in range(20)]
    assert compare.rows(lines, lines) == [Row("skip", left_out=20)]
    changed = [*lines[:10], "x", *lines[11:]]
    rows = compare.rows(lines, changed)
    assert [row.kind for row in rows] == [
        *("skip", "equal", "equal", "replace", "equal", "equal", "skip")
    ]
    assert (rows[0].left_out, rows[-1].left_out) == (8, 7)


def test_what_changed_in_a_paragraph_is_marked() -> None:
    (row,) = compare.rows(["出口增长8.1%。"], ["出口增长8.2%。"])
    assert row.old == [("出口增长8.", False), ("1", True), ("%。", False)]
    assert row.new == [("出口增长8.", False), ("2", True), ("%。", False)]


def test_paragraphs_that_have_nothing_in_common_are_marked_whole() -> None:
    (row,) = compare.rows(["海关总署"], ["本周要闻一览"])
    assert row == Row("replace", [("海关总署", True)], [("本周要闻一览", True)])


def test_what_came_and_what_went() -> None:
    rows = compare.rows(["甲", "乙"], ["乙", "丙"])
    assert [(row.kind, row.old, row.new) for row in rows] == [
        ("delete", [("甲", True)], ()),
        ("equal", [("乙", False)], [("乙", False)]),
        ("insert", (), [("丙", True)]),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["a" * 200_000], ["a" * 199_999 + "b"]),
        (["同"] * 5000, ["同"] * 4999 + ["异"]),
        ([f"{'字' * 500}{n}" for n in range(1000)], [f"{'字' * 500}{n}x" for n in range(1000)]),
        ([], ["甲"]),
        ([""], [""]),
    ],
)
def test_nothing_holds_it_up(old: list[str], new: list[str]) -> None:
    begun = time.process_time()
    compare.rows(old, new)
    assert time.process_time() - begun < 3
