"""What is kept of a text to tell its reprints by."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from newsarchive.archive import sketch as sketches
from newsarchive.archive.sketch import LENGTH_MIN, Sketch, alike, bands, sketch

TEXT = "".join(chr(0x5200 + number * 7) for number in range(200))
texts = st.text(min_size=LENGTH_MIN, max_size=400)


def made(text: str, *symbols: str) -> Sketch:
    known = sketch(text, symbols)
    assert known is not None
    return known


def test_it_is_the_same_on_every_machine() -> None:
    """What it is made with may change: then RECIPE has to, or files of both would be mixed."""
    known = made(f"{TEXT}成交1,234.5亿元", "sz300059")
    assert known.signature[:16].hex() == "c9967e38a2838e0427dfea1a6098741d"
    assert known.numbers.hex() == "755c5e0541494d39"
    assert list(bands(known))[:2] == [873139057345447058, -4166996530904419756]
    assert sketches.RECIPE == "1 2"


def test_half_a_character_in_a_symbol_is_no_trouble() -> None:
    assert made(TEXT, "sz\ud800").numbers == made(TEXT, "sz?").numbers


def test_what_is_short_has_none() -> None:
    assert sketch("") is None
    assert sketch(TEXT[: LENGTH_MIN - 1]) is None
    assert sketch(TEXT[: LENGTH_MIN - 1] + "，。！ \n") is None  # signs and blanks do not count
    assert sketch("1234567890" * 100) is None  # one number is one token
    assert sketch(TEXT[:LENGTH_MIN]) is not None


def test_signs_blanks_widths_and_capitals_do_not_matter() -> None:
    one = made(f"{TEXT}，ABC在3.5%与1,234之间")
    assert made(f"\u3000{TEXT}。\n“ａｂｃ” 在３．５％ 与 1234 之间") == one
    assert made(f"{TEXT}，ABD在3.5%与1,234之间") != one


def test_numbers_and_symbols_tell_notices_apart() -> None:
    assert alike(made(f"{TEXT}3.5%"), made(f"{TEXT}3.5%"))
    assert not alike(made(f"{TEXT}3.5%"), made(f"{TEXT}3.6%"))
    assert not alike(made(f"{TEXT}一千亿"), made(f"{TEXT}二千亿"))
    assert not alike(made(TEXT, "sz300059"), made(TEXT, "sh600519"))
    assert alike(made(TEXT, "sz300059"), made(TEXT))  # self-media name no symbols
    assert alike(made(f"{TEXT}一时"), made(f"{TEXT}三时"))  # one numeral alone is a word


@given(texts, texts)
def test_it_does_not_matter_which_comes_first(one: str, other: str) -> None:
    first, second = sketch(one), sketch(other)
    if first and second:
        assert alike(first, second) == alike(second, first)
    if first:
        assert alike(first, first)
        assert len(list(bands(first))) == 16
        assert all(-(1 << 63) <= band < 1 << 63 for band in bands(first))
