"""Nothing that can run or load survives any attack, told by two parsers and another sanitiser."""

from __future__ import annotations

from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from newsarchive.post import body, document
from newsarchive.post.safety import ALLOWED
from tests.inspection import HOSTILE_ATTRIBUTES, faults, lexbor_elements
from tests.security import posts
from tests.security.attacks import ATTACKS, CASES

FRAMES = ["{}", "<p>一</p>{}<p>二</p>", "<table><tr><td>{}</table>", "<b><a href=x>{}"]
#: Tricks that only a bad cleaner falls for, or a page with a program.
HARMLESS_ALONE = ("comments and entities", "encodings", "programs of the page", "dangling markup")


@pytest.fixture(scope="module")
def nh3() -> Any:
    return pytest.importorskip("nh3")


def test_there_are_many_attacks() -> None:
    assert len(CASES) > 500
    assert len({markup for _, markup in CASES}) == len(CASES)


@pytest.mark.parametrize("kind", ATTACKS)
def test_nothing_hostile_survives(kind: str) -> None:
    for markup in ATTACKS[kind]:
        for frame in FRAMES:
            cleaned = body.clean(frame.replace("{}", markup), posts.URL)
            assert faults(cleaned.html) == [], markup
            assert body.clean(cleaned.html, posts.URL) == cleaned, markup
            assert body.clean(cleaned.html) == cleaned, markup


@pytest.mark.parametrize("kind", ATTACKS)
def test_nothing_is_loaded_but_https_images(kind: str) -> None:
    """By name: whatever attribute is left of those that HTML has for addresses that are loaded."""
    for markup in ATTACKS[kind]:
        for element in lexbor_elements(body.clean(markup, posts.URL).html):
            source = element.attributes.get("src", "https://")
            assert source.startswith(("https://", "data:image/")), markup
            assert "srcset" not in element.attributes


def test_the_inspection_finds_what_it_looks_for() -> None:
    """Most attacks are hostile to the inspection too: else it would pass anything."""
    markups = [m for kind, group in ATTACKS.items() if kind not in HARMLESS_ALONE for m in group]
    missed = [markup for markup in markups if not faults(markup)]
    assert len(missed) < 0.15 * len(markups), missed


# --- another sanitiser --------------------------------------------------------------------------


def again(nh3: Any, html: str) -> str:
    """*html* through ammonia: another HTML5 parser (html5ever), another idea of what is harmless.

    It is told our elements, and of the attributes that are there all but those known to load or to
    run. What it takes is then an element in a foreign namespace, a hostile attribute or a URL with
    a scheme of its own reading. `style` elements are the tests' of CSS.
    """
    elements = list(lexbor_elements(html))
    names = {name for element in elements for name in element.attributes}
    known = {name for name in names if not name.startswith("on")} - HOSTILE_ATTRIBUTES

    def only_pictures(element: str, attribute: str, value: str) -> str | None:
        is_picture = (element, attribute) == ("img", "src")
        return None if value.startswith("data:") and not is_picture else value

    written: str = nh3.clean(
        html,
        tags=set(ALLOWED) | {element.name for element in elements if ":" in element.name},
        clean_content_tags={"script"},
        attributes={"*": known},
        attribute_filter=only_pictures,
        url_schemes={"http", "https", "mailto", "tel", "ftp", "data"},
        strip_comments=False,
        link_rel=None,
    )
    return written


def shape(html: str) -> list[tuple[str, dict[str, str]]]:
    return [(element.name, element.attributes) for element in lexbor_elements(html)]


@pytest.mark.parametrize("kind", ATTACKS)
def test_another_sanitiser_finds_nothing_to_take(kind: str, nh3: Any) -> None:
    for markup in ATTACKS[kind]:
        for frame in FRAMES:
            cleaned = body.clean(frame.replace("{}", markup), posts.URL).html
            assert shape(again(nh3, cleaned)) == shape(cleaned), markup


def test_the_other_sanitiser_takes_what_is_hostile(nh3: Any) -> None:
    markups = [m for kind, group in ATTACKS.items() if kind not in HARMLESS_ALONE for m in group]
    taken = [markup for markup in markups if shape(again(nh3, markup)) != shape(markup)]
    assert len(taken) > 0.7 * len(markups)


# --- the whole post -----------------------------------------------------------------------------


def test_nearly_all_attacks_come_the_whole_way_from_a_page() -> None:
    """The others swallow the page's end; such a page is no article."""
    assert sum(bool(posts.article_of(markup).layout) for _, markup in CASES) > 500


@pytest.mark.parametrize("kind", ATTACKS)
def test_no_attack_leaves_its_place_in_a_post(kind: str) -> None:
    """Read as YAML and HTML the post says what the article said; read as one HTML file it is a
    line of text and then the body."""
    for markup in ATTACKS[kind]:
        post = posts.post_of(markup)
        article = document.read(post)
        assert article.title == posts.TITLE
        text = post.decode("utf-8")
        first = LexborHTMLParser(text).body
        assert first is not None
        assert faults(text) == [], markup
        front_matter = first.first_child
        assert front_matter is not None
        assert (front_matter.text_content or "").startswith("---\ntitle: ")
        assert (front_matter.text_content or "").endswith("---\n\n")


@pytest.mark.parametrize(
    "source", ["data:image/png,<script>alert(1)</script>", "data:image/gif,<svg/onload=alert(1)>"]
)
def test_a_picture_of_markup_is_none_in_the_front_matter(source: str) -> None:
    post = posts.post_of(f"<img src='{source}'>", "题")
    assert document.read(post).headimg == source
    assert faults(post.decode("utf-8")) == []
