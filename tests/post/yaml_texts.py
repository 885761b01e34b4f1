"""Texts that YAML makes something else of, and posts that hold them."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import strategies as st

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


def an_article(**changes: Any) -> Article:
    known: dict[str, Any] = {"title": "题", "author": "甲", "categories": ["乙"], "date": DATE}
    return Article(body="<p>字</p>", **{**known, **changes})


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
