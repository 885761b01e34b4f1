"""Any tag soup is cleaned, once and for all, in a time that grows with its size."""

from __future__ import annotations

import time

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from newsarchive.exceptions import BadInput
from newsarchive.post import body
from tests.inspection import faults
from tests.post.steps import BASE

# --- tag soup -----------------------------------------------------------------------------------

NAMES = (
    "p a b i u font span div table tbody tr td th caption colgroup col select option optgroup ul "
    "li dl dt dd button form fieldset input label h1 h2 pre listing textarea style script noscript "
    "template svg math mi mtext annotation-xml foreignObject desc title iframe video audio source "
    "object embed param applet marquee details summary dialog nobr ruby rb rt rtc center "
    "blockquote address img br hr wbr xmp plaintext noembed noframes frameset frame head body "
    "html base link meta image isindex o:p wb:x custom-el s em strong code tt big small area map"
).split()
ATTRIBUTES = (
    ' class="b  a"|'
    " id=a|"
    " style='color:red'|"
    ' style="background:url(https://a/b.png)"|'
    " style=url(//x)|"
    " href=//a/b|"
    ' href="javascript:x"|'
    " href=|"
    " src=x.png|"
    ' src=""|'
    " data-src=//a/b.jpg|"
    ' alt=""|'
    " alt=a<b|"
    " onclick=x|"
    " onerror=x|"
    " title='\"'|"
    ' title="</p><script>x</script>"|'
    " a|"
    ' a"b|'
    " {c}|"
    " srcdoc=<b>|"
    " xlink:href=x|"
    " type=hidden|"
    ' encoding="text/html"|'
    " color=red|"
    " referrerpolicy=origin|"
    ' title="-->"|'
    " ="
).split("|")
TEXTS = (
    "字|　|\u00a0| |\n|\n\n|a|&|&amp;|&lt;|&lt;b&gt;|&copy|&copy;|&#123;|{|}|{{ x }}|<|>|>>|</|"
    "<!|\"|'|&amp;lt;|&#60;|&#0;|&#13;|\r|\x00|\x0c|\t|\ufeff|\ufffd|]]>|-->|--!>|&nbsp;|&am|p;|l|t;|AT&T|\ud800"
).split("|")
RAW = [
    *(
        "<!-- c -->",
        "<!-- <b> -->",
        "<!---->",
        "<!-->",
        "<!--->",
        "<!-- -- -->",
        "<!--a--!>",
        "<!--",
        "-->",
    ),
    *("<![CDATA[x]]>", "<![CDATA[", "]]>", "<!DOCTYPE html>", "<?php x ?>", "<!x>", "</>", "</ x>"),
    *(
        "<style>a{b}</style>",
        "<style><img src=x onerror=x></style>",
        "<style><!--</style>",
        "</style>",
    ),
    *("<script>x</script>", "<textarea>\n\n</textarea>", "<pre>\n\n</pre>", "<select><option>"),
    *(
        "<table><tr>",
        "</table>",
        "<svg><p>",
        "<math><mtext><style>",
        "<svg></p><style><a id='</style>'>",
    ),
]
OPEN = st.builds(
    lambda name, attributes, end: f"<{name}{''.join(attributes)}{end}",
    st.sampled_from(NAMES),
    st.lists(st.sampled_from(ATTRIBUTES), max_size=3),
    st.sampled_from([">", ">", ">", ">", "/>", " >"]),
)
CLOSE = st.sampled_from(NAMES).map(lambda name: f"</{name}>")
LEAF = st.one_of(st.sampled_from(TEXTS), st.sampled_from(RAW), OPEN, CLOSE)
NESTED = st.recursive(
    LEAF,
    lambda inner: st.builds(
        lambda opened, content, name: f"{opened}{''.join(content)}</{name}>",
        OPEN,
        st.lists(inner, max_size=4),
        st.sampled_from(NAMES),
    ),
    max_leaves=12,
)
SOUP = st.lists(st.one_of(LEAF, LEAF, NESTED), max_size=12).map("".join)


@given(SOUP, st.sampled_from([BASE, ""]))
def test_cleaning_twice_is_cleaning_once(markup: str, base: str) -> None:
    try:
        once = body.clean(markup, base)
    except BadInput as error:
        event(error.reason.label)  # counted in hypothesis's statistics
        return
    assert body.clean(once.html, base) == once
    assert body.clean(once.html) == once
    assert "{" not in once.html
    assert "}" not in once.html
    assert "\r" not in once.html
    once.html.encode("utf-8")


@given(SOUP)
def test_nothing_hostile_is_left_of_any_soup(markup: str) -> None:
    try:
        cleaned = body.clean(markup, BASE).html
    except BadInput:
        return
    assert faults(cleaned) == []


@given(st.lists(st.sampled_from(TEXTS), max_size=8).map("".join))
def test_text_stays_text(text: str) -> None:
    """What the first parser reads as text, a reader of the post reads as the same text."""
    markup = f"<p>字{text}尾"
    before = LexborHTMLParser(markup.encode("utf-8", "replace")).css_first("p")
    after = LexborHTMLParser(body.clean(markup).html.encode()).css_first("p")
    assert before is not None
    assert after is not None
    assert after.text() == before.text().replace("\r", "\n")


# --- size ---------------------------------------------------------------------------------------


def seconds(markup: str) -> float:
    started = time.process_time()
    body.clean(markup)
    return time.process_time() - started


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 1500 + "字",
        "<p>" + "<b>" * 1500 + "字",
        "<font>" * 1500 + "字" + "</font>" * 1500,
        "<div>" * 1500 + "字" + "</div>一" * 1500,
        "<svg>" + "<g>" * 1500 + "字",
        "<form>" * 3 + "<blink>" * 1500 + "字",
    ],
    ids=["open", "formatting", "closed", "texts after", "foreign", "unknown"],
)
def test_deep_nesting_is_no_trouble(markup: str) -> None:
    assert "字" in body.clean(markup).html


@pytest.mark.parametrize(
    "piece", ["<p>字</p>", "<span>字</span>", "<b>", "字<br>", "&amp;", "<!--c-->"]
)
def test_the_time_grows_with_the_size(piece: str) -> None:
    few, many = 800, 6400
    if piece == "<b>":  # each of them nests
        few, many = 100, 800
    small = min(seconds("<p>字</p>" + piece * few) for _ in range(3))
    large = min(seconds("<p>字</p>" + piece * many) for _ in range(3))
    # Eight times as much: sixty-four times as long, were it quadratic.
    assert large < 24 * small + 0.25
