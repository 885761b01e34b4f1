"""Front matter is written so that every reader of YAML reads what was meant."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
import ruamel.yaml.resolver
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from newsarchive.post import document, front_matter
from tests.post.yaml_texts import (
    CHARACTERS,
    DATE,
    LOADERS,
    PHRASES,
    TEXTS,
    TITLES,
    an_article,
    between_the_lines,
    post_with,
)


def yaml_12(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


# --- any text survives --------------------------------------------------------------------------


@given(
    title=TITLES,
    author=TEXTS,
    categories=st.lists(TEXTS, max_size=3),
    headimg=TEXTS,
)
def test_any_text_survives_in_every_reader(
    title: str, author: str, categories: list[str], headimg: str
) -> None:
    article = an_article(
        title=title, author=author, categories=categories, headimg=headimg, thumbnail=headimg
    )
    data = document.write(article)
    text = between_the_lines(data)
    values = {
        "title": title,
        "categories": categories or None,
        "headimg": headimg,
        "author": author,
        "comments": False,
        "date": DATE,
        "thumbnail": headimg,
    }
    for reader in (yaml.safe_load, yaml_12):
        read = reader(text)
        assert list(read) == list(values)
        assert read == values
        strings = [read[key] for key in ("title", "headimg", "author", "thumbnail", "date")]
        assert {type(value) for value in [*strings, *(read["categories"] or [])]} == {str}
    as_strings = {**values, "categories": categories or "", "comments": "false"}
    for loader in LOADERS:
        assert yaml.load(text, Loader=loader) == as_strings
    again = document.read(data)
    assert (again.title, again.author, again.categories) == (title, author, categories)
    assert (again.headimg, again.thumbnail, again.date) == (headimg, headimg, DATE)
    assert document.write(again) == data


@pytest.mark.parametrize("text", PHRASES)
def test_each_trap_survives_in_every_place(text: str) -> None:
    title = text if text.strip() else "题"
    article = an_article(title=title, author=text, categories=[text, text], headimg=text)
    read = document.read(document.write(article))
    assert (read.title, read.author, read.categories) == (title, text, [text, text])
    parsed = yaml_12(between_the_lines(document.write(article)))
    assert (parsed["title"], parsed["author"], parsed["categories"]) == (title, text, [text, text])
    assert parsed["headimg"] == text


@given(st.text(CHARACTERS))
def test_one_line_leaves_nothing_that_must_not_be_there(text: str) -> None:
    line = front_matter.one_line(text)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]", line)
    assert len(line.splitlines()) <= 1
    assert front_matter.one_line(line) == line
    kept = [c for c in text if front_matter.one_line(c) == c]
    assert "".join(kept).replace(" ", "") == line.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\r\nb", "a b"),
        ("a\t\tb", "a b"),
        ("a\n\n\vb\f", "a b "),
        ("a\x00b\x85c\u2028d\u2029e\ufefff", "abcdef"),
        ("\ud83d\udea2", ""),
        ("🚢 ab　c\u00a0", "🚢 ab　c\u00a0"),
        ("", ""),
    ],
)
def test_one_line(text: str, line: str) -> None:
    assert front_matter.one_line(text) == line


# --- plain or quoted ----------------------------------------------------------------------------

#: Quoted though both readers would agree: words and numbers of other YAML readers (js-yaml, Ruby's,
#: other cases of the known words), and whatever is built like a number or a date.
CAUTIOUS = re.compile(
    r"(?:y|n|yes|no|on|off|true|false|null)"
    r"|[-+]?[0-9.][0-9a-fobx_.:+-]*(?:[ T].*)?"
    r"|[-+]?\.(?:inf|nan)",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)


def comes_back(text: str) -> bool:
    """Whether both readers give a plain *text* back, as a list's item and as a key's value."""

    def reads(reader: Any) -> bool:
        try:
            return bool(reader(f" - {text}\n") == [text] and reader(f"a: {text}\n") == {"a": text})
        except Exception:  # whatever a reader dies of: it does not agree
            return False

    return reads(yaml.safe_load) and reads(yaml_12)


@given(TEXTS)
@example("y")
@example("tRUE")
@example("1_0x")
@example("a\u00a0")
def test_plain_where_both_readers_agree(text: str) -> None:
    written = front_matter.plain_or_quoted(text)
    single_quoted = "'" + text.replace("'", "''") + "'"
    assert written in (text, single_quoted)
    if written == text:
        assert comes_back(text)
    elif comes_back(text):
        assert CAUTIOUS.fullmatch(text), "quoted without need"


@pytest.mark.parametrize("text", PHRASES)
def test_each_trap_is_plain_only_where_both_readers_agree(text: str) -> None:
    test_plain_where_both_readers_agree.hypothesis.inner_test(text)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text",
    [
        "金融",
        "新浪财经－国內",
        "a:b",
        "a#b",
        "A-1",
        "-x",
        "?x",
        ":x",
        "---",
        "nope",
        "yesterday",
        "on it",
        "1a",
        "v1.2.3",
        "1.2.3",
        "2021年",
        "AT&T",
        "a'b",
        'a"b',
        "3 月",
        "x, y",
        "=a",
        "~a",
        "🚢",
        ".",
    ],
)
def test_plain(text: str) -> None:
    assert comes_back(text)
    assert front_matter.plain_or_quoted(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *("007", "yes", "a: b", "#x", "2021-08-06", "12:30:45", "1e3", "0x1F", "~", "", "y", "N"),
        "tRUE",
        " a",
        "a ",
        "a #b",
        "null",
        "=",
        "<<",
        "0o7",
        "1_000",
        ".inf",
        "*a",
        "&a",
        "!a",
        "- a",
        "{{ a }}",
    ],
)
def test_quoted(text: str) -> None:
    assert front_matter.plain_or_quoted(text) == f"'{text}'"


@pytest.mark.parametrize(
    "text",
    [
        *(
            " 2021-13-45",
            "a: 2021-13-45",
            " 2021-08-06 07:54:29 +80",
            "[0b_]",
            "!!int x",
            "!!bool x",
        ),
        *("!!timestamp x", "!!float x", "- " + "9" * 5000, "[" * 3000, '"\\UFFFFFFFF"'),
    ],
    ids=lambda text: text[:20],
)
def test_quoted_whatever_a_reader_dies_of(text: str) -> None:
    assert front_matter.plain_or_quoted(text) == f"'{text}'"


def test_what_is_too_long_to_ask_is_quoted() -> None:
    assert front_matter.plain_or_quoted("字" * 1_000) == "字" * 1_000
    assert front_matter.plain_or_quoted("字" * 1_001) == f"'{'字' * 1_001}'"


def test_all_short_texts_of_number_signs() -> None:
    """What the resolvers of both readers take for no string is quoted, all 54,240 of them."""
    known = [
        (set(first), regexp)
        for version, _, regexp, first in ruamel.yaml.resolver.implicit_resolvers
        if (1, 2) in version
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items():
        known += [({first}, regexp) for _, regexp in resolvers]
    wrong = [
        text
        for length in (1, 2, 3, 4)
        for text in map("".join, itertools.product("01_.e+-:xobn~ia", repeat=length))
        if any(text[0] in first and regexp.match(text) for first, regexp in known)
        and not front_matter._NOT_A_STRING.fullmatch(text)
    ]
    assert wrong == []


@pytest.mark.parametrize("text", ["２０２１-０８-０６", "yeſ", "٢٠٢١-٠٨-٠٦"])
def test_only_ascii_makes_a_number_a_date_or_a_word(text: str) -> None:
    assert comes_back(text)
    assert front_matter.plain_or_quoted(text) == text


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("题", "'题'"),
        ('"券茅"业绩！', "'\"券茅\"业绩！'"),
        ("a\\b", "'a\\b'"),
        ("it's", '"it\'s"'),
        ("'\"\\", '"\'\\"\\\\"'),
        ("", "''"),
    ],
)
def test_titles_in_single_quotes_unless_they_hold_one(title: str, written: str) -> None:
    assert front_matter.quoted(title) == written
    assert yaml.safe_load(written) == yaml_12(written) == title


# --- unknown keys -------------------------------------------------------------------------------

EXTRA = [
    "layout: post\n",
    "id: 0012\n",
    'tags:\n  - 甲\n  - "乙: 丙"\n  - no\n',
    "tags:\n- 甲\n-   乙\n",
    "tags: [甲, '乙',   no]\n",
    "map:\n    a: 1\n    b:\n      - c\n      - {d: e}\n",
    "text: |\n  one\n\n    two\n  --- three\n",
    "text: >-\n  one\n  two\n",
    "text: 'one\n\n  two'\n",
    "text: one\n  two\n",
    "# before\nkey: 1  # behind\n# after\n",
    "key:\n",
    "key: ~\n\n\n",
    "'quoted key': 1\n",
    "中文键: 值\n",
    "anchored: &a 1\naliased: *a\n",
    "tagged: !!map {a: !!str 1}\n",
    "? key\n: value\n",
    "titles: 'not the title'\n",
    "Title: 'not the title either'\n",
    'nel: "a\\x85b"\n',
    'special: "\\0\\x1b\\u2028"\n',
]


@pytest.mark.parametrize("after", ["", "title", "categories", "comments", "thumbnail"])
@pytest.mark.parametrize("extra", [text for text in EXTRA if not text.startswith("#")])
def test_unknown_keys_survive_in_their_places(extra: str, after: str) -> None:
    data = post_with(extra, after)
    article = document.read(data)
    assert "".join(text for _, text in article.extra_keys) == extra
    assert {key for key, _ in article.extra_keys} == {after}
    assert document.write(article) == data


def test_comments_behind_an_unknown_key_survive() -> None:
    data = post_with("layout: post\n# 一\n\n# 二\n", "title")
    assert document.write(document.read(data)) == data


@pytest.mark.parametrize("after", ["", "title"])
def test_comments_before_an_unknown_key_survive(after: str) -> None:
    data = post_with("# what follows\nlayout: post\n", after)
    assert document.write(document.read(data)) == data


def test_many_unknown_keys_keep_their_order() -> None:
    data = post_with("b: 1\na: 2\n", "title")
    text = data.decode().replace("date:", "z: 3\nc:\n  - 4\ndate:")
    assert document.write(document.read(text.encode())) == text.encode()
