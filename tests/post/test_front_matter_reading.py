"""Front matter of others is read tolerantly, or refused."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsarchive.exceptions import BadInput, Reason
from newsarchive.post import document, front_matter
from tests.fork import PATIENCE
from tests.post.yaml_texts import DATE, an_article, both_loaders, post_with

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
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=PATIENCE)
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
