"""A body is cleaned: each step by itself."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from newsarchive.post import body
from tests.post.steps import BASE, STEPS, Step


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_each_step(step: Step) -> None:
    cleaned = body.clean(step.markup, BASE)
    assert cleaned.html == step.expected
    assert body.clean(cleaned.html, BASE) == cleaned
    assert body.clean(cleaned.html) == cleaned


def test_step_names_are_unique() -> None:
    assert len({step.name for step in STEPS}) == len(STEPS) > 100


@pytest.mark.parametrize(
    ("markup", "headimg"),
    [
        ("<p>字</p>", ""),
        ("<img alt=x>", ""),
        ("<img alt=x><img src=https://a/b.png>", "https://a/b.png"),
        ("<p>字</p><img src=//a/1.png><img src=//a/2.png>", "https://a/1.png"),
        ("<img data-x=//a/1.webp>", "https://a/1.webp"),
        ("<img src=javascript:1><img src=https://a/2.png>", "https://a/2.png"),
        (
            "<p><noscript><img src=https://a/1.png></noscript><img src=https://a/2.png>",
            "https://a/2.png",
        ),
        ("<!-- <img src=https://a/1.png> --><img src=https://a/2.png>", "https://a/2.png"),
        ("<img src='https://a/b.png?c=1&d=2'>", "https://a/b.png?c=1&d=2"),
        ("<img src='https://a/b.png?{c}'>", "https://a/b.png?{c}"),
    ],
)
def test_the_headimg_is_the_first_picture_that_is_left(markup: str, headimg: str) -> None:
    cleaned = body.clean(markup, BASE)
    assert cleaned.headimg == headimg
    first = LexborHTMLParser(cleaned.html).css_first("img[src]")
    assert headimg == (first.attributes["src"] if first is not None else "")


@pytest.mark.parametrize(
    "markup",
    [
        '<a href="/a">x</a>',
        '<a href="b.htm">x</a>',
        '<a href="//a/b">x</a>',
    ],
)
def test_without_a_base_relative_links_stay(markup: str) -> None:
    assert body.clean(markup).html == markup


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("http://a/b.png", "https://a/b.png"),
        ("HTTP://A:80/b.png", "https://a/b.png"),
        ("http://a:8080/b.png", "https://a:8080/b.png"),
        ("//a/b.png", "https://a/b.png"),
        (" //a/b.png", "https://a/b.png"),
        ("https:a/b.png", "https://a/b.png"),
        ("ht\ntp://a/b.png", "https://a/b.png"),
        ("c.png", None),
        ("/c.png", None),
        ("file:///c.png", None),
        ("data:image/png;base64,iVBORw0KGgo=", "data:image/png;base64,iVBORw0KGgo="),
    ],
)
def test_a_picture_comes_by_https_or_not_at_all(source: str, kept: str | None) -> None:
    cleaned = body.clean(f'<img src="{source}" alt="x"><p>字</p>')
    found = LexborHTMLParser(cleaned.html).css_first("img")
    assert found is not None
    assert found.attributes.get("src") == kept
    assert cleaned.headimg == (kept or "")


def test_a_picture_within_the_page_stays_and_is_no_headimg() -> None:
    picture = f'<img src="data:image/png;base64,{"A" * 4_000}" referrerpolicy="no-referrer">'
    addressed = '<img src="https://a/2.png" referrerpolicy="no-referrer">'
    assert body.clean(picture + addressed) == (picture + addressed, "https://a/2.png")
    assert body.clean(picture) == (picture, "")


def test_a_picture_of_an_old_page_comes_by_https() -> None:
    assert body.clean("<img src=b.png>", "http://a.cn/c/").headimg == "https://a.cn/c/b.png"


@pytest.mark.parametrize(
    "parts",
    [
        ["&l", "t;"],
        ["&l", "t", ";"],
        ["&", "#6", "0;"],
        ["&a", "m", "p", ";"],
    ],
)
def test_a_reference_in_many_pieces_stays_text(parts: list[str]) -> None:
    """Elements that are unwrapped leave texts side by side; together they must not be read."""
    markup = "<p>x " + "".join(
        f"<blink>{part}</blink>".replace("&", "&amp;") if number % 2 else part.replace("&", "&amp;")
        for number, part in enumerate(parts)
    )
    text = LexborHTMLParser(body.clean(f"{markup} y</p>").html).css_first("p")
    assert text is not None
    assert text.text() == f"x {''.join(parts)} y"


@pytest.mark.parametrize(
    "text",
    [
        "字",
        *("https://finance.sina.com.cn/a.shtml", "a.html", "C:\\a.txt"),
    ],
)
def test_a_body_that_is_one_word_is_no_file_and_no_address(text: str) -> None:
    assert body.clean(text).html == text


def test_a_processing_instruction_becomes_a_comment() -> None:
    assert body.clean("<p>字</p><?php z ?>").html == "<p>字</p><!--?php z ?-->"


def test_an_opened_declaration_at_the_end_is_an_empty_comment() -> None:
    assert body.clean("<p>字--><!").html == "<p>字--><!----></p>"
