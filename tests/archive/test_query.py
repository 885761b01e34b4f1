"""What may be asked, and what is refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsarchive.archive import query
from newsarchive.archive.query import All, Phrase, Query, Some, parse
from newsarchive.exceptions import BadArgument

A, B, C, D = (Phrase(char) for char in "甲乙丙丁")


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("甲", A),
        ("甲乙", Phrase("甲 乙")),
        ('"甲 乙"', Phrase("甲 乙")),
        ("“甲乙”", Phrase("甲 乙")),
        ("＂甲＂", A),
        ("甲 乙", All((A, B))),
        ("甲　乙", All((A, B))),
        ("甲\x00 乙", All((A, B))),
        ("甲 AND 乙", All((A, B))),
        ("甲 OR 乙 丙", Some((A, All((B, C))))),
        ("(甲 OR 乙) 丙", All((Some((A, B)), C))),
        ("（甲 OR 乙）丙", All((Some((A, B)), C))),
        ("甲 NOT 乙", All((A,), (B,))),
        ("甲 AND NOT 乙", All((A,), (B,))),
        ("甲 -乙", All((A,), (B,))),
        ("甲 －乙", All((A,), (B,))),
        ("-乙 甲", All((A,), (B,))),
        ("甲 NOT NOT 乙", All((A, B))),
        ("甲 -(乙 OR 丙)", All((A,), (Some((B, C)),))),
        ("甲 -(乙 -丙)", All((A,), (All((B,), (C,)),))),
        ("甲 OR (乙 -丙) OR 丁", Some((A, All((B,), (C,)), D))),
        ("((甲))", A),
        ('甲"乙"', All((A, B))),
        ("and", Phrase("and")),
        ('"AND"', Phrase("and")),
        ("ＣＰＩ", Phrase("cpi")),
        ("A-股", Phrase("a \ue02d 股")),
        ("甲 -", All((A, Phrase("\ue02d")))),
        ("甲*", Phrase("甲 \ue02a")),
        ("title:甲", Phrase("title \ue03a 甲")),
        ("甲^2", Phrase("甲 \ue05e 2")),
        ("NEAR(甲 乙)", All((Phrase("near"), All((A, B))))),
        ("'甲'; DROP", All((Phrase("\ue027 甲 \ue027 \ue03b"), Phrase("drop")))),
    ],
)
def test_queries(typed: str, wanted: Query) -> None:
    assert parse(typed) == wanted


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "nothing to look for"),
        (" \t　", "nothing to look for"),
        ("\x00", "nothing to look for"),
        ("\u200b", "nothing to look for"),
        ('""', "nothing to look for"),
        ('甲 "', "quotation mark"),
        ('甲 "乙', "quotation mark"),
        ("(甲", "parenthesis"),
        ("甲)", "parenthesis"),
        (")", "a word is missing before )"),
        ("()", "a word is missing before )"),
        ("AND", "a word is missing before AND"),
        ("甲 AND", "a word is missing at the end"),
        ("甲 OR OR 乙", "a word is missing before OR"),
        ("OR 甲", "a word is missing before OR"),
        ("NOT", "a word is missing at the end"),
        ("NOT 甲", "NOT needs something beside it"),
        ("-甲 -乙", "NOT needs something beside it"),
        ("甲 OR -乙", "NOT needs something beside it"),
        ("甲 (NOT 乙)", "NOT needs something beside it"),
        ("(" * 17 + "甲" + ")" * 17, "16 parentheses"),
        ("(" * 1000, "16 parentheses"),
        ("甲 " * 65, "64 words"),
        ("茅" * 10_000, "10000 characters: at most 1000"),
    ],
)
def test_refusals(typed: str, told: str) -> None:
    with pytest.raises(BadArgument, match=r".") as raised:
        parse(typed)
    assert told in str(raised.value)


_HOSTILE = st.lists(
    st.sampled_from([*"()\"“-甲乙aA*:^+{}'\\; \x00\u200b\ud800", "AND ", "OR ", "NOT ", "NEAR/2 "]),
    max_size=30,
).map("".join)


@given(st.one_of(_HOSTILE, st.text(max_size=40)))
def test_whatever_is_typed_sqlite_understands_it_or_it_is_refused(typed: str) -> None:
    try:
        asked = parse(typed)
    except BadArgument:
        return
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE VIRTUAL TABLE words USING fts5(a, b, tokenize='ascii')")
        match = query.expression(asked, "a", "a b")
        connection.execute("SELECT * FROM words WHERE words MATCH ?", (match,)).fetchall()


def test_the_largest_queries_are_not_too_large() -> None:
    deep = "甲 OR (" * 16 + "甲" + ")" * 16
    many = " OR ".join(["甲 -乙"] * 32)
    most = " ".join(["(甲 OR 乙)"] * 32)
    long = '"' + "茅" * 998 + '"'
    excluding = "甲 " + "-乙 " * 63
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE VIRTUAL TABLE words USING fts5(a, b, tokenize='ascii')")
        for typed in (deep, many, most, long, excluding):
            match = query.expression(parse(typed), "a", "a b")
            connection.execute("SELECT * FROM words WHERE words MATCH ?", (match,)).fetchall()


def test_phrases_are_those_that_are_looked_for() -> None:
    assert query.phrases(parse("甲 (乙 OR 丙丁 OR 甲) -戊")) == ["甲", "乙", "丙 丁"]
