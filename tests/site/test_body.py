"""A body in its frame: attacks find nothing in it, pictures are links, and its height fits."""

from __future__ import annotations

import re

import pytest

from newsarchive.exceptions import BadInput
from newsarchive.post import document
from newsarchive.site import body
from tests.security import posts
from tests.security.attacks import CASES


@pytest.mark.parametrize("remote", [False, True])
def test_attacks_ask_for_nothing(remote: bool) -> None:
    """A body as it is archived, shown: no element or attribute that loads, but pictures."""
    count = 0
    for kind, markup in CASES:
        try:
            article = posts.article_of(markup)
            shown = body.shown(article.body, posts.URL, "图片", str.upper, remote=remote)
        except BadInput:
            continue
        tags = re.findall(r"<([a-zA-Z][^\s>/]*)([^>]*)>", posts_cleaned(markup, remote=remote))
        for name, attributes in tags:
            assert name not in ("script", "style", "iframe", "object", "embed", "link", "base"), (
                kind
            )
            if not remote:
                assert name != "img" or 'src="data:' in attributes or "src=" not in attributes
                assert "url(" not in attributes.split('style="')[-1].split('"')[0]
        count += 1
        assert shown.heights[0] >= shown.heights[2]
    assert count > 500


def posts_cleaned(markup: str, *, remote: bool) -> str:
    """The body of the post that a page with this markup becomes, as it is shown."""
    try:
        post = document.read(posts.post_of(markup))
    except BadInput:
        return ""
    return body.shown(post.body, posts.URL, "图片", str.upper, remote=remote).markup


def test_pictures_and_links() -> None:
    shown = body.shown(
        '<p>字<img src="https://n.sinaimg.cn/a.png" alt="<港>口">'
        '<a href="/b.shtml" target="_self"><img src="http://n.sinaimg.cn/c.png"></a>'
        '<a href="javascript:x">字</a><a href="mailto:a@b.cn">字</a><!-- 注 -->'
        '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="></p>'
        '<p style="background: url(https://evil.example/x.png)">字</p><style>p{}</style>',
        "https://finance.sina.com.cn/a.shtml",
        "图片",
        str.upper,
        remote=False,
    )
    assert shown.elsewhere == 2
    assert shown.markup == (
        '<p>字<a class="picture" href="https://n.sinaimg.cn/a.png" rel="noopener noreferrer" '
        'target="_blank">图片: &lt;港&gt;口</a>'
        '<a href="https://finance.sina.com.cn/b.shtml" rel="noopener noreferrer" target="_blank">'
        '<span class="picture">图片: n.sinaimg.cn</span></a>'
        '<a>字</a><a>字</a><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="/></p><p>字</p>'
    )


def test_pictures_from_the_web_come_in_a_style_too_where_they_are_asked_for() -> None:
    markup = '<p style="background: url(https://n.sinaimg.cn/x.png)">字</p>'
    assert body.shown(markup, "", "图片", str.upper, remote=True).markup == markup
    assert body.shown(markup, "", "图片", str.upper, remote=False).markup == "<p>字</p>"


def test_the_frame_is_as_high_as_the_text() -> None:
    line = "字" * 380
    shown = body.shown(f"<p>{line}</p><p>{'word ' * 152}</p>", "", "", str.upper, remote=False)
    assert shown.heights[2] == -(-(20 * 33 + 2 * 17 + 24) // 40) * 40
    assert (
        body.shown("<p>字</p>" * 5000, "", "", str.upper, remote=False).heights[0]
        == body.HEIGHT_MAX
    )
