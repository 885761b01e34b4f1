"""How text is cut for the index."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsarchive.archive import tokens


def cut(text: str) -> list[str]:
    return list(filter(None, tokens.stream(text).split(" ")))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("贵州茅台", ["贵", "州", "茅", "台"]),
        ("在A股，", ["在", "a", "股", cut(",")[0]]),
        ("ＣＰＩ６００５１９", ["cpi600519"]),
        ("iPhone 13", ["iphone", "13"]),
        ("Straße", ["strasse"]),
        ("e\u0301t\u00e9", ["\u00e9t\u00e9"]),
        ("茅\u200b台\ufeff", ["茅", "台"]),
        ("A\u200bB\u00ad1", ["ab1"]),
        ("　茅\u00a0台\t", ["茅", "台"]),
        ("茅\x00台", ["茅", "台"]),
        ("かな한글ไทย", ["か", "な", "한", "글", "ไ", "ท", "ย"]),
        ("𠮷野家", ["𠮷", "野", "家"]),
        ("", []),
        (" \u200b ", []),
    ],
)
def test_tokens(text: str, wanted: list[str]) -> None:
    assert cut(text) == wanted


def test_signs_are_tokens_full_width_or_not() -> None:
    assert cut("5.2%") == cut("５．２％")
    assert len(cut("5.2%")) == 4
    assert len(set(map(tuple, map(cut, "，。%-_\"'\n")))) == 8


def test_what_is_no_text_is_harmless() -> None:
    assert cut("\ud800") == cut("\ue022") == ["\ufffd"]  # signs have that place


@given(st.text(max_size=60))
def test_sqlite_takes_the_stream_as_it_is_cut(text: str) -> None:
    stream = tokens.stream(text)
    stream.encode()
    assert not any(char.isascii() and not char.isalnum() and char != " " for char in stream)


@given(st.text(alphabet="茅台aA１。\n \u200bé\u0301½", max_size=30))
def test_each_character_has_its_place(text: str) -> None:
    text = tokens.composed(text)
    stream, starts = tokens.placed(text)
    assert stream == tokens.stream(text)
    ends = [*starts[1:], len(stream)] if text else []
    parts = [stream[start:end] for start, end in zip(starts, ends)]
    assert parts == [tokens.stream(char) for char in text]


def test_a_pattern_finds_whole_tokens_only() -> None:
    assert tokens.pattern("a 股").search(tokens.stream("在A 股"))
    assert not tokens.pattern("a 股").search(tokens.stream("在AA股"))
    assert not tokens.pattern("贵 州").search(tokens.stream("贵。州"))
