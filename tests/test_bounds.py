"""Markup that would hold a parser up is refused at once; real pages are far from it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsarchive import bounds
from newsarchive.exceptions import BadInput, Reason
from newsarchive.post import body, document
from newsarchive.sina import article, channels, encoding, listing
from tests.conftest import SHARED, page_folders

#: A quarter of what a page may have: enough for minutes, and soon made.
LARGEST = 2 * 1024 * 1024
#: Tags, fewer than are too many by themselves.
MANY = 190_000


def names(count: int, lead: str = " a") -> str:
    return "".join(f"{lead}{number}" for number in range(count))


#: Each takes minutes, or all memory, where it is parsed.
ENDLESS = {
    "attributes": lambda: f"<p{names(200_000)}>",
    "attributes behind a quoted >": lambda: f'<p x=">"{names(200_000)}>',
    "attributes out of step with a quoted >": lambda: f'<p x="> b="{names(200_000)}">',
    "attributes between quoted >": lambda: "<p" + names(70_000, " a='>' b='>' c"),
    "attributes without blanks": lambda: f"<p{names(200_000, '/a')}>",
    "attributes behind quotes": lambda: "<p " + names(200_000, '="" a'),
    "attributes in what is no value": lambda: f"<p x=y='{names(200_000)}'>",
    "attributes in a name": lambda: f"<p='{names(200_000)}'>",
    "attributes in a second value": lambda: f"<p x='y'='{names(200_000)}'>",
    "attributes behind what is no blank in HTML": lambda: f'<p x=\v"{names(200_000)}">',
    "attributes after a blank": lambda: f"<p x ='y='{names(200_000)}'>",
    "attributes in an end": lambda: f"<textarea></textarea x='<a'{names(200_000)}>",
    "attributes in a comment's tail": lambda: f'<!--<p x="--><p{names(200_000)}>',
    "attributes of the page": lambda: "".join(f"<html a{n}>" for n in range(200_000)),
    "attributes of a page of which there are several": lambda: "".join(
        f"<html a{n} b{n} c{n} d{n} e{n}>" for n in range(20_000)
    ),
    "attributes of bodies, behind a quoted >": lambda: "".join(
        f"<BODY a{n}='>' b{n} c{n} d{n} e{n}>" for n in range(10_000)
    ),
    "attributes behind quotes alone": lambda: (
        "<p x='" + "".join(f"'y{n}='" for n in range(60_000)) + "'>"
    ),
    "open elements": lambda: "<div>" * MANY,
    "unknown elements": lambda: "<x>" * MANY,
    "letters that are no ASCII": lambda: "<lin\u212a>" * MANY,
    "two kinds, each in the other": lambda: "<dd><li>" * (MANY // 2),
    "a name with a control": lambda: "<p\x0b>" * MANY,
    "fictitious ends": lambda: "<div><!--</div>-->" * (LARGEST // 18),
    "ends in a text": lambda: "<div><textarea></div></textarea>" * (LARGEST // 32),
    "ends of nothing": lambda: "<div>" * (MANY // 2) + "</p>" * (MANY // 2),
    "headings": lambda: "<h1><div>" * (MANY // 2),
    "lists": lambda: "<dl><dd>" * (MANY // 2),
    "cells of SVG": lambda: "<svg>" + "<td>" * MANY,
    "options": lambda: "<select>" + "<option>" * MANY,
    "letters": lambda: "".join(f"<font a{n}>" for n in range(200_000)),
    "letters opened again": lambda: (
        names(1_000, "<b a>") + "".join(f"<b a={n}>" for n in range(1_000)) + "<p>x" * 190_000
    ),
    "letters behind a quoted >": lambda: (
        "".join(f"<b x='>{n}'>" for n in range(1_000)) + "<p>x" * 190_000
    ),
    "letters that a table's end leaves open": lambda: (
        "<table><p" + names(1_000, "><svg><desc><nobr a") + "></table>" + "<p>x" * 20_000
    ),
    "attributes of letters": lambda: f"<p><b{names(9_000)}></p>" + "<p>x</p>" * 2_500,
    "attributes of many letters": lambda: (
        "".join(f"<i a{n} b c d e f g h j k l m n o>" for n in range(40)) + "<p>x" * 15_000
    ),
    "attributes of letters, behind a quoted >": lambda: (
        f"<p><b x='>'{names(5_000)}></p>" + "<p>x</p>" * 2_500
    ),
    "tags": lambda: "<p>" * 201_000,
    "plain letters opened again": lambda: "<b><i><u><s><tt><em>" * 3 + "<p>x" * 190_000,
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_what_would_take_minutes_is_refused_at_once(kind: str) -> None:
    markup = ENDLESS[kind]()[:LARGEST]
    started = time.process_time()
    with pytest.raises(BadInput) as raised:
        bounds.checked(markup)
    assert raised.value.reason is Reason.TOO_LARGE
    assert time.process_time() - started < 3


def listed(markup: str) -> object:
    is_html = [c for c in channels.CHANNELS if isinstance(c.place, channels.Section)]
    return listing.parse(markup, is_html[0])


@pytest.mark.parametrize("read", [body.clean, article.parse, listed])
def test_every_reader_asks_first(read: Callable[[str], object]) -> None:
    with pytest.raises(BadInput) as raised:
        read("<div>" * 100_000)
    assert raised.value.reason is Reason.TOO_LARGE


@pytest.mark.parametrize("kind", ["attributes", "open elements"])
def test_a_post_of_it_is_refused_too(kind: str) -> None:
    post = f"\n---\ntitle: 'a'\n---\n\n<div>   \n{ENDLESS[kind]()}  \n</div>\n            "
    with pytest.raises(BadInput) as raised:
        document.read(post.encode())
    assert raised.value.reason is Reason.TOO_LARGE


#: Large and harmless: they are read, and in no long time.
LARGE = {
    "text": "<p>" + "字 a " * (LARGEST // 6) + "</p>",
    "a table": "<table>" + "<tr>" + "<td>1</td>" * 6 + "</tr>" * 1_500 + "</table>",
    "paragraphs": "<p>字<b>粗</b>字" * 2_500,
    "a value": f"<p title='{'a ' * (LARGEST // 4)}'>字</p>",
    "a script": f"<p>字</p><script>if (a<b) {{{'c = d + e; ' * 500}}}</script>",
    "a picture in the page": f"<img src='data:image/png;base64,{'AAA/' * (LARGEST // 8)}'>字",
}


@pytest.mark.parametrize("kind", LARGE)
def test_what_is_only_large_is_read(kind: str) -> None:
    bounds.checked(LARGE[kind])
    started = time.process_time()
    assert body.clean(LARGE[kind]).html
    assert time.process_time() - started < 2 * 5


@pytest.mark.parametrize("folder", page_folders(), ids=lambda folder: folder.name)
def test_our_pages_are_below(folder: Path) -> None:
    bounds.checked(encoding.decode((folder / "page.html").read_bytes())[0])


def test_real_pages_stay_below_by_a_factor_of_seven(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("STEPS_MAX", "COPIES_MAX", "COMPARISONS_MAX"):
        monkeypatch.setattr(bounds, name, getattr(bounds, name) // 7)
    for path in (SHARED / "sina" / "pages").glob("*.html"):
        bounds.checked(encoding.decode(path.read_bytes())[0])


@pytest.mark.parametrize(
    ("below", "above"),
    [
        (f"<p{names(9_000)}>", f"<p{names(11_000)}>"),
        ("<div>" * 31_000, "<div>" * 32_000),
        (
            "".join(f"<b a{n}>" for n in range(60)) + "<p>x" * 11_000,
            "".join(f"<b a{n}>" for n in range(60)) + "<p>x" * 11_200,
        ),
    ],
    ids=["attributes", "steps", "copies"],
)
def test_where_the_bounds_are(below: str, above: str) -> None:
    bounds.checked(below)
    with pytest.raises(BadInput):
        bounds.checked(above)


@given(st.text("<>a b=\"'/p\n", max_size=300), st.integers(1, 33))
def test_short_markup_is_never_refused(text: str, times: int) -> None:
    """What `checked` lets pass by its length alone, it lets pass by its bounds, too."""
    markup = (text * times)[: bounds._SHORT]
    with patch.object(bounds, "_SHORT", -1):
        if markup.count("<") <= bounds._FEW:
            assert bounds.checked(markup) == markup.encode()


def test_many_short_stretches_are_told_in_no_long_time() -> None:
    started = time.process_time()
    bounds.checked(">\ufffd" * LARGEST + " a" * 11_000 + "<p>")
    assert time.process_time() - started < 2


def test_half_a_character_is_a_question_mark() -> None:
    assert bounds.checked("a\ud800字") == "a?字".encode()


def test_a_value_inside_of_another_does_not_end_it() -> None:
    markup = b"<b><p x=\"> y='>' z> w\"> <i><p title='>'>"
    assert bounds._doubtful(markup) == [b"<p x=\"> y='>' z> w\"", b"<p title='>'"]
