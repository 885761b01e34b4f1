"""What each answer promises, whom the site answers, and that the attacks on a body find nothing."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from newsarchive.exceptions import BadInput
from newsarchive.site import body, guard
from newsarchive.site.app import create_app
from newsarchive.site.here import Site
from tests.archive.small import EDITED
from tests.security import posts
from tests.security.attacks import CASES
from tests.site.test_pages import PAGES

_PLACES = [*PAGES, "/nosuch", "/search?page=0", "/static/style.css", "/frame-1-2-3.css"]


@pytest.mark.parametrize("address", _PLACES)
def test_headers(client: FlaskClient, address: str) -> None:
    headers = client.get(address).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe-inline" not in policy.replace("style-src-attr 'unsafe-inline'", "")
    assert ("style-src-attr" in policy) == address.endswith("/body")
    assert "https:" not in policy
    assert "Set-Cookie" not in headers
    assert "Server" not in headers


def test_an_articles_own_page_is_in_a_sandbox(client: FlaskClient) -> None:
    page = client.get(f"/articles/{EDITED}").text
    frame = re.search(r"<iframe[^>]*>", page)
    assert frame is not None
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in frame[0]
    policy = client.get(f"/articles/{EDITED}/3/body").headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; ")
    assert "img-src 'self' data:;" in policy
    assert "frame-ancestors 'self'" in policy


def test_remote_pictures_come_where_they_are_asked_for_and_only_there(
    client: FlaskClient,
) -> None:
    page = client.get(f"/articles/{EDITED}?pictures=remote")
    assert "https:" not in page.headers["Content-Security-Policy"]
    assert f'src="/articles/{EDITED}/3/body?pictures=remote"' in page.text
    frame = client.get(f"/articles/{EDITED}/3/body?pictures=remote")
    assert "img-src 'self' data: https:;" in frame.headers["Content-Security-Policy"]


def test_there_is_no_script_and_no_inline_style(client: FlaskClient) -> None:
    for address in PAGES:
        page = client.get(address).text
        assert not re.search(r"<script|\son\w+=|javascript:", page), address
        if not address.endswith("/body"):
            assert not re.search(r"<style|\sstyle=", page), address
        addresses = re.findall(r'(?:src|href)="(https?:[^"]*)"', page)
        assert all(each.startswith("https://finance.sina.com.cn/") for each in addresses)


@pytest.mark.parametrize(
    ("bound", "host", "code"),
    [
        ("127.0.0.1", "localhost", 200),
        ("127.0.0.1", "LOCALHOST:8000", 200),
        ("127.0.0.1", "127.0.0.1:8000", 200),
        ("127.0.0.1", "[::1]:8000", 200),
        ("127.0.0.1", "evil.example", 421),
        ("127.0.0.1", "evil.example:8000", 421),
        ("127.0.0.1", "127.0.0.1.evil.example", 421),
        ("127.0.0.1", "localhost.evil.example", 421),
        ("127.0.0.1", "localhost@evil.example", 421),
        ("127.0.0.1", "192.168.1.2:8000", 421),
        ("127.0.0.1", "", 421),
        ("127.0.0.1", "[", 421),
        ("127.0.0.1", "2130706433", 421),
        ("0.0.0.0", "192.168.1.2:8000", 200),
        ("0.0.0.0", "evil.example", 421),
        ("archive.lan", "archive.lan:8000", 200),
        ("Archive.LAN", "archive.lan", 200),
        ("archive.lan", "evil.example", 421),
    ],
)
def test_hosts(site: Site, bound: str, host: str, code: int) -> None:
    client = create_app(site, bound).test_client()
    for address in ("/", "/static/style.css", "/nosuch"):
        answer = client.get(address, headers={"Host": host}, buffered=True)
        assert answer.status_code == (code if address != "/nosuch" or code == 421 else 404)
        if code == 421:
            assert "档案" not in answer.text
            assert "archive is not served" in answer.text


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("archive.lan", False),
    ],
)
def test_loopback(host: str, told: bool) -> None:
    assert guard.is_loopback(host) is told


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
    from newsarchive.post import document

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
        '<p>字<a class="picture" href="https://n.sinaimg.cn/a.png" target="_blank" '
        'rel="noopener noreferrer">图片: &lt;港>口</a>'
        '<a href="https://finance.sina.com.cn/b.shtml" target="_blank" rel="noopener noreferrer">'
        '<span class="picture">图片: n.sinaimg.cn</span></a>'
        '<a>字</a><a>字</a><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="></p><p>字</p>'
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
