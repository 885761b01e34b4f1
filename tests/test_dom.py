"""A page's tree, node by node."""

from __future__ import annotations

from unittest.mock import Mock

from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsarchive import dom

MARKUP = st.lists(
    st.sampled_from("<p> </p> <b> </b> <i class=x> <br> <!--c--> <table> <td> 字 a".split())
)


def body(markup: str) -> LexborNode:
    found = LexborHTMLParser(f"<body>{markup}").body
    assert found is not None
    return found


def test_each_node_is_entered_and_left() -> None:
    met = [(tag, entered) for _, tag, entered in dom.walk(body("<p>一<br><!--二--></p>三"))]
    assert met == [
        ("p", True),
        (dom.TEXT, True),
        ("br", True),
        ("br", False),
        ("-comment", True),
        ("-comment", False),
        ("p", False),
        (dom.TEXT, True),
    ]


def test_deep_ones_are_walked_too() -> None:
    depth = sum(entered for _, _, entered in dom.walk(body("<div>" * 10_000)))
    assert depth == 10_000


@given(MARKUP)
def test_what_is_entered_is_left_in_reverse(pieces: list[str]) -> None:
    around: list[int] = []
    for node, tag, entered in dom.walk(body("".join(pieces))):
        if tag == dom.TEXT:
            continue
        if entered:
            around.append(node.mem_id)
        else:
            assert around.pop() == node.mem_id
    assert not around


@given(MARKUP, st.sampled_from(["b", ".x", "p, td", "br", "p b"]))
def test_the_same_is_found_in_the_same_order(pieces: list[str], selector: str) -> None:
    root = body("".join(pieces))
    ids = [node.mem_id for node in dom.select(root, selector)]
    assert ids == [node.mem_id for node in root.css(selector)]


def test_the_others_are_looked_for_only_where_they_are_wanted() -> None:
    first, second = Mock(), Mock()
    root = Mock(css_first=Mock(return_value=first), css=Mock(return_value=[first, second]))
    found = dom.select(root, "p")
    assert next(found) is first
    root.css.assert_not_called()
    assert list(found) == [second]
