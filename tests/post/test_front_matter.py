"""The front matter, checked by other readers: PyYAML (YAML 1.1) and ruamel.yaml (YAML 1.2)."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from typing import Any

import pytest
import ruamel.yaml.resolver
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import Article
from newsarchive.post import document, front_matter

DATE = "Fri, 06 Aug 2021 07:54:29 GMT"
LOADERS: list[Any] = [yaml.BaseLoader]
if yaml.__with_libyaml__:
    LOADERS.append(yaml.CBaseLoader)
both_loaders = pytest.mark.parametrize("loader", LOADERS, ids=lambda loader: loader.__name__)

#: What some YAML reader takes for something else than a string, and what could end a scalar.
TRAPS = (
    "y Y n N yes Yes YES no No NO on On ON off OFF true True TRUE false False ~ null Null NULL = "
    "<< 0 1 007 08 -1 +1 1_000 1.5 .5 5. 1e3 1E3 1e+3 1.5e-3 12e03 .inf -.Inf +.INF .nan .NaN 0x1F "
    "0X1f -0x1 0o17 0O7 0b11 0b2 0x 1:30 12:30:45 190:20:30 1:60 1:30.5 2021-08-06 2021-8-6 "
    "2021-08-06T12:30:45Z 2021-13-45 000858 1__0 0_ _1 . .. ... - -- --- + ? : , # & * ! | > % @ ` "
    "[] {} [ ] { } {{ }} {% a: b: :a a:b #x &x *x !x !!str |x >x %x @x `x ?x -x ,x [x {x ]x }x"
).split()
PHRASES = [
    *TRAPS,
    *(
        "- a|? a|: a|a: b|a #b|a# b|a : b| a|a |  |'|''|'a'|a'b|\"|\"a\"|a\"b|\\|\\n|\\x41|a\\"
    ).split("|"),
    *("2021-08-06 12:30:45", "2021-08-06 07:54:29 +8", "1 2", "0x 1", "<<: *a", "{{ title }}"),
    *(
        "{% raw %}",
        "--- a",
        "... a",
        "🚢",
        "新浪财经－国內",
        "“引”：‘号’",
        "AT&T",
        "a, b",
        "[a, b]",
    ),
    *("{a: b}", "!!python/object:os.system", "&a b", "*a", "null ", "a\u00a0", "\u3000", "\u00a0a"),
    *(
        "\u200b",
        "\u202e",
        "\ufffd",
        "\U0001f6a2\u200d",
        "e\u0301",
        "\ue000",
        "\U0010ffff",
        "　　首",
    ),
]
#: Everything that Unicode has, lone surrogates and controls included.
CHARACTERS = st.one_of(
    st.characters(codec=None, exclude_categories=()),
    st.sampled_from("\x00\x07\t\n\v\f\r\x1b\x1f\x7f\x80\x85\x9f\xa0\u2028\u2029\ufeff\ufffe\uffff"),
    st.sampled_from(" '\"\\:#-?,[]{}&*!|>%@`~=<.+_0123456789abcdefxyntulTZ"),
)
TEXTS = st.one_of(
    st.sampled_from(PHRASES),
    st.text(CHARACTERS, max_size=12),
    st.lists(st.one_of(st.sampled_from(PHRASES), CHARACTERS), max_size=4).map("".join),
    st.lists(st.sampled_from(PHRASES), max_size=3).map(" ".join),
).map(front_matter.one_line)
TITLES = TEXTS.map(lambda text: text if text.strip() else text + "题")


def between_the_lines(data: bytes) -> str:
    text = data.decode("utf-8")
    assert text.startswith("\n---\n")
    return text[len("\n---\n") : text.index("\n---\n", 1) + 1]


def yaml_12(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def an_article(**changes: Any) -> Article:
    known: dict[str, Any] = {"title": "题", "author": "甲", "categories": ["乙"], "date": DATE}
    return Article(body="<p>字</p>", **{**known, **changes})


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


def post_with(extra: str, after: str) -> bytes:
    """A post with *extra* behind the key *after*, or first."""
    lines = between_the_lines(document.write(an_article()))
    if after:
        at = re.search(rf"^{after}:.*\n(?: .*\n)*", lines, re.MULTILINE)
        assert at
        lines = lines[: at.end()] + extra + lines[at.end() :]
    else:
        lines = extra + lines
    return f"\n---\n{lines}---\n\n<div>   \n<p>字</p>  \n</div>\n            ".encode()


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


# --- read tolerantly ----------------------------------------------------------------------------


@both_loaders
@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("title: 007\n", "title", "007"),
        ("title: 2021-08-06\n", "title", "2021-08-06"),
        ("title: ~\n", "title", "~"),
        ('title: "a\\"b\\\\c"\n', "title", 'a"b\\c'),
        ("title: 'it''s'\n", "title", "it's"),
        ('title: "a\\nb"\n', "title", "a b"),
        ('title: "a\\x85b"\n', "title", "ab"),
        ("title: a\n  b\n", "title", "a b"),
        ("'title': a\n", "title", "a"),
        ("title: a # not this\n", "title", "a"),
        ("title: a\ncategories: 金融\n", "categories", ["金融"]),
        ("title: a\ncategories: [金融, 'no', 1]\n", "categories", ["金融", "no", "1"]),
        ("title: a\ncategories:\n- 金融\n", "categories", ["金融"]),
        ("title: a\ncategories:\n", "categories", []),
        ("title: a\ncategories: []\n", "categories", []),
        ("title: a\n", "categories", []),
        ("title: a\n", "comments", "false"),
        ("title: a\ncomments: No\n", "comments", "No"),
        ("title: a\ncomments: 'true'\n", "comments", "'true'"),
        ("title: a\ncomments:\n", "comments", "false"),
        ("title: a\ndate: 2021-08-06 15:54:29\n", "date", "2021-08-06 15:54:29"),
        ("title: a\n", "date", ""),
        ("title: a\nauthor:\n", "author", ""),
        ("title: a\nheadimg:\n", "headimg", ""),
        ("title: &t a\nauthor: *t\n", "author", "a"),
        ("title: a\ncategories: &c [b]\ntags: *c\n", "categories", ["b"]),
    ],
)
def test_other_spellings_are_read(
    monkeypatch: pytest.MonkeyPatch, loader: Any, text: str, field: str, value: object
) -> None:
    monkeypatch.setattr(front_matter, "_LOADER", loader)
    assert getattr(front_matter.read(text), field) == value


@both_loaders
def test_a_bom_inside_moves_no_value(monkeypatch: pytest.MonkeyPatch, loader: Any) -> None:
    monkeypatch.setattr(front_matter, "_LOADER", loader)
    article = front_matter.read(f"\ufefftitle: a\ncomments: true\ndate: {DATE}\n")
    assert (article.title, article.comments, article.date) == ("a", "true", DATE)


# --- refused ------------------------------------------------------------------------------------

BOMB = "a: &a [x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefghij", "bcdefghijk")
)
REFUSED = {
    "repeated key": "title: a\ntitle: b\n",
    "repeated unknown key": "title: a\nb: 1\nb: 2\n",
    "repeated key in other quotes": "title: a\n'title': b\n",
    "flow mapping": "{title: a}\n",
    "flow mapping over lines": "{title: a,\n date: b}\n",
    "a list": "- title\n",
    "a word": "title\n",
    "nothing": "",
    "a comment": "# title: a\n",
    "a list as key": "title: a\n[b, c]: d\n",
    "a map as key": "title: a\n{b: c}: d\n",
    "a list as title": "title: [a]\n",
    "a map as title": "title: {a: b}\n",
    "a map as author": "title: a\nauthor: {a: b}\n",
    "a list in categories": "title: a\ncategories: [[a]]\n",
    "a map in categories": "title: a\ncategories:\n - b: c\n",
    "a map as categories": "title: a\ncategories: {b: c}\n",
    "an alias for nothing": "title: *a\n",
    "an alias for a list": "tags: &a [b]\ntitle: *a\n",
    "an anchor twice": "title: &a b\ntags: &a c\n",
    "an alias as key": "title: &a b\n*a : c\n",
    "an alias to itself": "title: a\ncategories: &a [*a]\n",
    "a bomb in categories": f"title: a\n{BOMB.replace('k:', 'categories:')}",
    "long categories": f"title: &a {'x' * 10_000}\ncategories: [{'*a, ' * 50}]\n",
    "a bomb as title": BOMB.replace("k: &k", "title:"),
    "no blank after the colon": "title:a\n",
    "a tab as indent": "title: a\ncategories:\n\t- b\n",
    "a quote that is not closed": "title: 'a\ndate: b\n",
    "a bracket that is not closed": "title: a\ntags: [b\n",
    "an escape that is none": 'title: "\\q"\n',
    "a control character": "title: a\nb: \x07\n",
    "a second document": "title: a\n--- \nb: c\n",
    "a directive": "%YAML 9.9\n---\ntitle: a\n",
    "a strange directive": "%TAG ! tag:example.com,2000:\n",
    "text after the end": "title: a\n...\nb\n",
    "wrong indent": "title: a\n  b: c\n d: e\n",
    "a reserved sign": "title: @a\n",
    "a tag of nothing": "title: !!\u00e9 a\n",
}


@both_loaders
@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_front_matter_is_refused(
    monkeypatch: pytest.MonkeyPatch, loader: Any, text: str
) -> None:
    monkeypatch.setattr(front_matter, "_LOADER", loader)
    with pytest.raises(BadInput) as caught:
        front_matter.read(text)
    assert caught.value.reason is Reason.BAD_FRONT_MATTER
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


@both_loaders
def test_an_escape_beyond_unicode_is_refused(monkeypatch: pytest.MonkeyPatch, loader: Any) -> None:
    monkeypatch.setattr(front_matter, "_LOADER", loader)
    with pytest.raises(BadInput):
        front_matter.read('title: "\\UFFFFFFFF"\n')


@both_loaders
@pytest.mark.parametrize(
    "text", ["author: a\n", "title:\n", "title: ''\n", "title: '  '\n", "a: b\n"]
)
def test_no_title_is_refused(monkeypatch: pytest.MonkeyPatch, loader: Any, text: str) -> None:
    monkeypatch.setattr(front_matter, "_LOADER", loader)
    with pytest.raises(BadInput) as caught:
        front_matter.read(text)
    assert caught.value.reason is Reason.NO_TITLE


@both_loaders
@pytest.mark.parametrize(
    "extra",
    [
        pytest.param(BOMB, id="a bomb"),
        pytest.param("a: &a [*a]\n", id="an alias to itself"),
        pytest.param(f"a: &a {'x' * 10_000}\nb: [{'*a, ' * 30}]\n", id="a long text many times"),
        pytest.param("a: !custom 1\n", id="a tag"),
        pytest.param("a: {b: !!python/object:os.system c}\n", id="a tag inside"),
        pytest.param("a: !!js/function 'function () {}'\n", id="code"),
        pytest.param("? !!int a\n: b\n", id="a tag of a key"),
        pytest.param("a:\n  ? {toString: 1}\n  : b\n", id="a key that is no text"),
        pytest.param("a: &a {b: c}\n<<: *a\n", id="a merged key"),
        pytest.param("a: &a {b: c}\nd: {<<: *a}\n", id="a merged key inside"),
        pytest.param("__proto__: {title: b}\n", id="a prototype"),
        pytest.param("a: {__proto__: {title: b}}\n", id="a prototype inside"),
        pytest.param("---a: '{{ 7 * 7 }}'\n", id="Hexo's end"),
        pytest.param(";;;a: '{{ 7 * 7 }}'\n", id="Hexo's other end"),
        pytest.param('a: "b\n;;;\n{{ 7 * 7 }}"\n', id="Hexo's end inside a text"),
        pytest.param("a: b\n# c\u2028title: d\n", id="a line break of YAML 1.1 alone"),
        pytest.param("content: a\n", id="another body"),
        pytest.param("'content': a\n", id="another body in quotes"),
        pytest.param('"c\\x6fntent": a\n', id="another body in disguise"),
        pytest.param("engine: ejs\n", id="another engine"),
        pytest.param("permalink: ../../a.html\n", id="another place"),
        pytest.param("save: a\n", id="what Hexo's posts can do"),
        pytest.param("tags: [constructor]\n", id="what site builders die of"),
        pytest.param("excerpt: <script>a</script>\n", id="markup"),
        pytest.param('excerpt: "\\x3cscript>"\n', id="markup in disguise"),
        pytest.param("link: ' javascript:a'\n", id="a script's address"),
        pytest.param('link: "java\\tscript\\n:a"\n', id="a script's address in disguise"),
    ],
)
def test_a_key_that_acts_is_refused(
    monkeypatch: pytest.MonkeyPatch, loader: Any, extra: str
) -> None:
    monkeypatch.setattr(front_matter, "_LOADER", loader)
    for after in ("", "title", "thumbnail"):
        with pytest.raises(BadInput) as caught:
            document.read(post_with(extra, after))
        assert caught.value.reason is Reason.BAD_FRONT_MATTER


def test_a_category_that_site_builders_die_of_is_refused() -> None:
    with pytest.raises(BadInput):
        document.write(an_article(categories=["constructor"]))


NESTED = {
    "open brackets": "[" * 5000,
    "closed brackets": "[" * 5000 + "]" * 5000,
    "maps": "{a: " * 5000,
    "lists": "\n  " + "- " * 5000 + "x",
    "explicit keys": "\n  " + "? " * 5000 + "x",
    "one too many": "[" * 100 + "]" * 100,
}


@both_loaders
@pytest.mark.parametrize("text", NESTED.values(), ids=NESTED.keys())
def test_deep_nesting_is_refused(monkeypatch: pytest.MonkeyPatch, loader: Any, text: str) -> None:
    monkeypatch.setattr(front_matter, "_LOADER", loader)
    with pytest.raises(BadInput) as raised:
        front_matter.read(f"title: a\ndeep: {text}\n")
    assert raised.value.reason is Reason.BAD_FRONT_MATTER
    assert front_matter.read("title: a\ndeep: " + "[" * 99 + "]" * 99 + "\n").title == "a"


@pytest.mark.parametrize("text", ["'[' * 250_000", r"'\n  ' + '- ' * 125_000 + 'x'"])
def test_very_deep_nesting_kills_no_process(text: str) -> None:
    program = (
        "from newsarchive.exceptions import BadInput\n"
        "from newsarchive.post import front_matter\n"
        f"try: front_matter.read('title: a\\ndeep: ' + {text} + '\\n')\n"
        "except BadInput as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()[-500:]
    assert b"bad_front_matter" in done.stdout  # it is not too long


@both_loaders
def test_any_text_is_read_or_refused(monkeypatch: pytest.MonkeyPatch, loader: Any) -> None:
    monkeypatch.setattr(front_matter, "_LOADER", loader)
    pieces = st.sampled_from(
        [
            "title: a\n",
            "title",
            "date: ",
            "tags:",
            ": ",
            "- ",
            "\n",
            "\n  ",
            "&a ",
            "*a ",
            "? ",
            "|",
            ">",
            "[",
            "]",
            "{",
            "}",
            ", ",
            "'",
            '"',
            "#",
            "!",
            "!!str ",
            "%",
            "---\n",
            "...\n",
            "<<",
            "\t",
            *("a", "甲", "\ufeff", "\x85", "\u2028", "\x07", "\\x", "\\U99999999", "\\ud800", "~"),
        ]
    )

    @given(st.lists(pieces, max_size=15).map("".join))
    def check(text: str) -> None:
        try:
            article = front_matter.read(text)
        except BadInput:
            return
        assert article.title == front_matter.one_line(article.title)
        article.body = "<p>字</p>"
        try:
            data = document.write(article)
        except BadInput:
            return
        assert document.write(document.read(data)) == data

    check()


@pytest.mark.parametrize("line", ["foo: bar # <script>x</script>", "# <img src=x>\nfoo: bar"])
def test_no_markup_hides_in_a_comment(line: str) -> None:
    """A post is an HTML file, too."""
    with pytest.raises(BadInput) as raised:
        front_matter.read(f"title: '题'\n{line}\n")
    assert raised.value.reason is Reason.BAD_FRONT_MATTER


def test_a_front_matter_of_megabytes_is_not_read() -> None:
    with pytest.raises(BadInput) as raised:
        front_matter.read("title: '题'\na: [" + "1," * 200_000 + "]\n")
    assert raised.value.reason is Reason.TOO_LARGE
