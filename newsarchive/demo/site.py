"""The demo site without a socket: host, path, query and headers in; an answer out."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timezone
from email.utils import format_datetime
from functools import cache
from urllib.parse import parse_qs, urlsplit
from zlib import crc32

from newsarchive.demo.articles import DemoArticle, load_articles
from newsarchive.demo.columns import COLUMN_HOST, COLUMN_PATH, column_page
from newsarchive.demo.feed import FEED_HOST, FEED_PATH, feed_answer, flash_articles
from newsarchive.demo.lists import CHANNELS, LIST_HOSTS, LIST_PATH, list_answer, list_rows
from newsarchive.demo.pictures import png
from newsarchive.demo.special import NO_CHARSET, PLAIN_PAGES, REDIRECTS, SPECIALS, alternate_urls
from newsarchive.demo.templates import plain_page, render

__all__ = ["CHANNELS", "SPECIALS", "Answer", "DemoArticle", "list_rows", "load_articles", "respond"]

ROBOTS = b"User-agent: *\nDisallow: /forbidden/\nAllow: /\n"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer. The transport adds Date, Content-Length and Connection."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def respond(host: str, path: str, query: str, headers: Mapping[str, str]) -> Answer:
    """What the site says to a GET. `query` has no `?`; header names in any case."""
    host = host.partition(":")[0].lower()
    asked = {name.lower(): value for name, value in headers.items()}
    if path == "/robots.txt":
        return _text(200, ROBOTS)
    if host in LIST_HOSTS and path == LIST_PATH:
        if "sina.com.cn" not in asked.get("referer", ""):
            return _text(403, b"Forbidden\n")
        kind, body = list_answer(query)
        return Answer(200, {"Content-Type": kind, "Cache-Control": "no-cache"}, body)
    if (host, path) == (FEED_HOST, FEED_PATH):
        kind, body = feed_answer(query)
        return Answer(200, {"Content-Type": kind, "Cache-Control": "no-cache"}, body)
    if (host, path) == (COLUMN_HOST, COLUMN_PATH):
        return Answer(200, {"Content-Type": "text/html; charset=utf-8"}, column_page(query))
    if host.endswith(".sinaimg.cn") and path.lower().endswith((".png", ".jpg", ".gif")):
        return Answer(200, {"Content-Type": "image/png"}, png(f"{host}{path}"))
    target = REDIRECTS.get((host, path)) or _jump(host, path, query)
    if target:
        status = 301 if (host, path) in REDIRECTS else 302
        return Answer(status, {"Content-Type": "text/html", "Location": target}, b"")
    if (host, path) in PLAIN_PAGES:
        shell, title, published = PLAIN_PAGES[host, path]
        page = plain_page(shell, title, f"https://{host}{path}", published)
        return Answer(200, {"Content-Type": "text/html; charset=utf-8"}, page)
    if (host, path) in _pages():
        return _page_answer(host, path, "gzip" in asked.get("accept-encoding", ""))
    return _text(404, b"Not Found\n")


def _text(status: int, body: bytes) -> Answer:
    return Answer(status, {"Content-Type": "text/plain"}, body)


def _jump(host: str, path: str, query: str) -> str | None:
    """Where the two hosts lead that only redirect: by document id, and from old to mobile."""
    asked = parse_qs(query)
    if host == "doc.sina.cn" and path == "/":
        wanted = asked.get("id", [""])[0]
        return next((item.url for item in load_articles() if item.list_id == wanted), None)
    if host == "dp.sina.cn" and path == "/dpool/cms/jump.php":
        address = asked.get("url", [""])[0]
        return next((item.url for item in load_articles() if item.url == address), None)
    return None


@cache
def _pages() -> Mapping[tuple[str, str], tuple[DemoArticle, str, int]]:
    """(host, path) -> the article, the template it is shown in there, and the page's number."""
    pages: dict[tuple[str, str], tuple[DemoArticle, str, int]] = {}
    for article in (*load_articles(), *flash_articles()):
        for url in alternate_urls(article.doc_id):
            pages[_place(url)] = (article, article.template, 1)
        for number, url in enumerate(article.page_urls, 1):
            pages[_place(url)] = (article, article.template, number)
        if not article.is_old:
            pages[_place(article.mobile_url)] = (article, "T7", 1)
    for place in REDIRECTS:
        pages.pop(place, None)
    return pages


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.netloc, parts.path


@cache
def _page_answer(host: str, path: str, accepts_gzip: bool) -> Answer:
    article, template, number = _pages()[host, path]
    body = render(article, template, number)
    chance = crc32(f"{host}{path}".encode())
    label = "gb2312" if article.is_old else "utf-8"
    charset = "" if chance & 2 or article.doc_id == NO_CHARSET else f"; charset={label}"
    changed = (article.updated or article.published).astimezone(timezone.utc)
    headers = {
        "Content-Type": f"text/html{charset}",
        "Last-Modified": format_datetime(changed, usegmt=True),
        "Vary": "Accept-Encoding",
    }
    if accepts_gzip and chance & 1:
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, 6, mtime=0)
    return Answer(200, headers, body)
