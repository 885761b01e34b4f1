"""The small Sina's other answers."""

from __future__ import annotations

import gzip
import struct
import zlib

import pytest

from newsarchive.demo.site import respond
from tests.demo.helpers import (
    ARTICLES,
    get,
    special,
)


@pytest.mark.parametrize("host", ["finance.sina.com.cn", "feed.mix.sina.com.cn", "n.sinaimg.cn"])
def test_robots(host: str) -> None:
    answer = respond(host, "/robots.txt", "", {})
    assert answer.status == 200
    assert b"Disallow: /forbidden/" in answer.body


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("finance.sina.com.cn", "/"),
        ("finance.sina.com.cn", "/roll/2026-01-01/doc-iabcdefg1234567.shtml"),
        ("example.org", "/"),
        ("example.org", "/a.png"),
        ("", ""),
    ],
)
def test_unknown_places_are_404_as_text(host: str, path: str) -> None:
    answer = respond(host, path, "", {})
    assert (answer.status, answer.headers["Content-Type"]) == (404, "text/plain")


@pytest.mark.parametrize("host", ["n.sinaimg.cn", "i1.sinaimg.cn", "www.sinaimg.cn"])
@pytest.mark.parametrize("name", ["a.png", "b.jpg", "c.GIF"])
def test_pictures_are_valid(host: str, name: str) -> None:
    answer = respond(host, f"/finance/{name}", "", {})
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.body.startswith(b"\x89PNG\r\n\x1a\n")
    place, pixels = 8, b""
    while place < len(answer.body):
        size, kind = struct.unpack(">I4s", answer.body[place : place + 8])
        data = answer.body[place + 8 : place + 8 + size]
        (check,) = struct.unpack(">I", answer.body[place + 8 + size : place + 12 + size])
        assert check == zlib.crc32(kind + data)
        pixels += data if kind == b"IDAT" else b""
        place += 12 + size
    assert len(zlib.decompress(pixels)) == 32 * (1 + 48 * 3)
    assert respond(host, "/other.png", "", {}).body != answer.body


def test_about_half_of_the_pages_are_gzipped_on_request() -> None:
    packed = 0
    for article in ARTICLES:
        plain, asked = get(article.url), get(article.url, **{"accept-ENCODING": "gzip, br"})
        assert "Content-Encoding" not in plain.headers
        if asked.headers.get("Content-Encoding") == "gzip":
            packed += 1
            assert gzip.decompress(asked.body) == plain.body
        else:
            assert asked.body == plain.body
    assert 0.35 < packed / len(ARTICLES) < 0.65


def test_last_modified_is_the_articles_last_change() -> None:
    article = special("many_urls")
    assert get(article.url).headers["Last-Modified"] == "Thu, 18 Jun 2026 09:02:10 GMT"
