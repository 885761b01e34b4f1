"""The measure itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from tests.accuracy import gold, scoring, visible
from tests.accuracy.scoring import Found

PAGE = gold.Page(
    name="a",
    origin=gold.DEMO,
    template="T4",
    data=b"",
    url="",
    title="甲 乙",
    published=datetime(2020, 1, 2, 8, 30, 59, tzinfo=timezone(timedelta(hours=8))),
    source="样报",
    editor=None,
    text="一二三四",
)
RIGHT = Found(
    "甲\u3000乙", datetime(2020, 1, 2, 0, 30, tzinfo=timezone.utc), "样报", "", "一二三四"
)


@pytest.mark.parametrize(
    ("found", "expected", "f1"),
    [
        ("一二三四", "一 二\n三\u3000四", 1.0),
        ("一二三", "一二三四", 0.8),
        ("一二一二", "一二", 0.5),  # a text told twice is not right twice
        ("", "一二", 0.0),
        ("三四", "一二", 0.0),
    ],
)
def test_bigram_f1(found: str, expected: str, f1: float) -> None:
    assert scoring.bigram_f1(found, expected) == pytest.approx(f1)
    assert scoring.bigram_f1(expected, found) == pytest.approx(f1)


def test_all_right() -> None:
    known = scoring.score(PAGE, RIGHT)
    assert (known.body, known.title, known.time, known.source, known.editor) == (1, *[True] * 4)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("title", replace(RIGHT, title="甲 乙_新浪网")),
        ("time", replace(RIGHT, published=None)),
        ("time", replace(RIGHT, published=datetime(2020, 1, 2, 0, 31, tzinfo=timezone.utc))),
        ("source", replace(RIGHT, source="")),
        ("editor", replace(RIGHT, editor="编辑甲")),
    ],
)
def test_one_wrong(field: str, wrong: Found) -> None:
    known = scoring.score(PAGE, wrong)
    assert [name for name in scoring.FIELDS if not getattr(known, name)] == [field]


def test_what_is_visible() -> None:
    pytest.importorskip("html5lib")
    markup = (
        '<div id="artibody">前 甲<script>x</script><p style="display: none">隐</p>'
        '<span id="quote_a">12</span><svg><style>y</style></svg><!-- z --><b>乙</b>丙</div>尾'
    )
    assert visible.between(markup, "甲", "丙") == "甲乙丙"
    assert visible.between(markup, "", "乙") == "前甲乙"
