"""No value ends the front matter, adds a key or changes type: PyYAML, ruamel.yaml and Hexo agree.

Values come as the world has them, not as the stages leave them: what cannot be written is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from newsarchive import clock
from newsarchive.exceptions import BadInput
from newsarchive.items import Article
from newsarchive.post import document, front_matter
from tests import hexo
from tests.post.yaml_texts import CHARACTERS, PHRASES

Reader = Callable[[str], dict[str, Any]]
BODY = "<p>字</p>"
DATE = "Fri, 06 Aug 2021 07:54:29 GMT"
NASTY = [
    *PHRASES,
    *("---\nlayout: x", "...\n", "'\nlayout: x\n'", "\n---\n", "\n;;;\n", "a\r\nlayout: x"),
    *("a # b", "a: 'b'", "'a", '"a', "a'", 'a"', "\\", "\\'", "''", '""', "'\"'\"", "\\u2028"),
    *("!!python/object/apply:os.system ['x']", "!!js/function 'x'", "!<tag:x> a", "!!binary x"),
    *("&a", "*a", "<<: {layout: x}", "{<<: *a}", "? a", "| a", "> a", "%YAML 1.2", "@a", "`a`"),
    *("a\u2028layout: x", "a\u2029b", "a\x85layout: x", "\ufeffa", "a\ufeff", "\ta", "a\tb"),
    *("0", "-0", "+1", "1.", ".1", "1e5", "1E+5", "0b1", "0o7", "0x1f", "1_000", "1:2", "1:2:3.4"),
    *("2021-08-06", "2021-8-6 1:2:3", "2021-08-06T01:02:03.4Z", "12:30", "0001-01-01", "9" * 400),
    *("Yes", "NO", "On", "oFF", "y", "N", "true", "False", "null", "Null", "~", "", " ", "="),
    *("\x00", "a\x01b", "\x1b[31m", "\x7f", "\ud800", "a\udfffb", "\ufffe", "\uffff", "🚢"),
    *("字" * 20_000, "a " * 20_000, "'" * 5_000, "{{ a }}", "{% a %}", "<% a %>", "\u3000", "\xa0"),
    *("constructor", "toString"),
]
TEXTS = st.one_of(
    st.sampled_from(NASTY),
    st.text(CHARACTERS, max_size=12),
    st.lists(st.one_of(st.sampled_from(PHRASES), CHARACTERS), max_size=4).map("".join),
)


@pytest.fixture(scope="module")
def hexo_reader() -> Iterator[hexo.Reader]:
    modules = hexo.find_modules()
    if isinstance(modules, str):
        pytest.skip(modules)
    with hexo.Reader(modules) as reader:
        yield reader


@pytest.fixture(scope="module", params=["pyyaml", "ruamel", "hexo"])
def read(request: pytest.FixtureRequest) -> Reader:
    """From a post to its keys, as one of the three reads it; `_content` is what comes after."""
    if request.param == "hexo":
        reader: hexo.Reader = request.getfixturevalue("hexo_reader")
        return reader.read

    def by_yaml(post: str) -> dict[str, Any]:
        between, content = post.removeprefix("\n---\n").split("\n---\n", 1)
        load = yaml.safe_load if request.param == "pyyaml" else YAML(typ="safe", pure=True).load
        return {**load(between), "_content": content}

    return by_yaml


def an_article(**values: Any) -> Article:
    known: dict[str, Any] = {"title": "题", "author": "甲", "categories": ["乙"], "date": DATE}
    return Article(body=BODY, **{**known, **values})


def written(article: Article) -> str | None:
    """The post; None where it is refused."""
    try:
        return document.write(article).decode("utf-8")
    except BadInput:
        return None


def check(read: Reader, article: Article, extra: tuple[str, ...] = ()) -> bool:
    """Whether *article* can be written; if so, all of it must come back as it is."""
    post = written(article)
    if post is None:
        return False
    found = read(post)
    assert found.pop("_content").strip() == f"<div>   \n{BODY}  \n</div>"
    assert sorted(found) == sorted((*front_matter.KEYS, *extra))
    for key in ("title", "author", "headimg", "thumbnail"):
        assert (type(found[key]), found[key]) == (str, getattr(article, key))
    assert (found["categories"] or []) == article.categories
    assert all(type(name) is str for name in found["categories"] or [])
    if article.date == DATE:
        assert found["date"] == DATE
    if article.comments == "false":
        assert found["comments"] is False
    return True


def keys_of(lines: str) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    """The keys that *lines* of a front matter hold."""
    root: Any = yaml.compose(lines, Loader=yaml.BaseLoader)
    pairs: list[tuple[yaml.ScalarNode, yaml.Node]] = root.value
    return pairs


def clean(text: str) -> str:
    return front_matter.one_line(text)


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_a_nasty_value_comes_back_or_is_refused(read: Reader, text: str) -> None:
    for value in {text, clean(text)}:
        title = value if value.strip() else f"{value}题"
        possible = value == clean(value) and value not in ("constructor", "toString")
        for values in (
            {"title": title},
            {"author": value},
            {"categories": [value, value]},
            {"headimg": value, "thumbnail": value},
        ):
            assert check(read, an_article(**values)) or not possible or "categories" in values
        check(read, an_article(comments=value))
        if clock.parse_http_date(value):  # as the describe stage asks
            check(read, an_article(date=value))


@given(title=TEXTS, author=TEXTS, categories=st.lists(TEXTS, max_size=3), headimg=TEXTS)
def test_any_values_come_back_or_are_refused(
    read: Reader, title: str, author: str, categories: list[str], headimg: str
) -> None:
    raw = {"title": title, "author": author, "headimg": headimg, "thumbnail": headimg}
    check(read, an_article(categories=categories, **raw))
    tidy = {key: clean(value) for key, value in raw.items()}
    tidy["title"] = tidy["title"] if tidy["title"].strip() else "题"
    assert check(read, an_article(**tidy))


PIECES = st.sampled_from(
    [
        *(
            "a",
            "b: ",
            ": ",
            "- ",
            "\n",
            "\n  ",
            "\n   ",
            "&a ",
            "*a",
            "? ",
            "|\n",
            ">\n",
            "| ",
            "[",
            "]",
        ),
        *(
            "{",
            "}",
            ", ",
            "'",
            '"',
            "#",
            " #",
            "!",
            "!!str ",
            "%",
            "---",
            "...",
            ";;;",
            "<<: ",
            "\t",
        ),
        *("甲", "\ufeff", "\x85", "\u2028", "\x07", "\\x41", "\\", "~", "1", "yes", "2021-08-06"),
        *(
            "{{ a }}",
            "title: b",
            "content: b",
            "engine: ejs",
            "__proto__: ",
            "@",
            "`",
            "\xa0",
            "\u3000",
        ),
    ]
)


@given(pieces=st.lists(PIECES, max_size=10).map("".join), place=st.sampled_from(["", "title"]))
def test_extra_keys_add_what_they_say_or_are_refused(read: Reader, pieces: str, place: str) -> None:
    for text in (f"x: {pieces}\n", f"x{pieces}\n"):
        article = an_article()
        post = document.write(article).decode("utf-8")
        at = "---\n" if not place else "categories:"
        post = post.replace(at, at + text if not place else text + at, 1)
        try:
            article = document.read(post.encode("utf-8"))
        except (BadInput, UnicodeEncodeError):
            continue
        article.body = BODY
        extra = tuple(key.value for _, lines in article.extra_keys for key, _ in keys_of(lines))
        check(read, article, extra)
