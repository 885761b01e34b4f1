"""What each answer promises, and whom the site answers."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from newsarchive.site import guard
from newsarchive.site.app import create_app
from newsarchive.site.here import Site
from tests.archive.small import EDITED
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
