"""What the tests of the small Sina share."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from newsarchive.demo.articles import DemoArticle
from newsarchive.demo.site import SPECIALS, Answer, load_articles, respond
from newsarchive.demo.templates import render

REFERER = {"Referer": "https://finance.sina.com.cn/"}
ARTICLES = load_articles()
WITH_TEXT = [article for article in ARTICLES if article.paragraphs]
SELECTORS = {
    "T1": ("#artibodyTitle", "#artibody"),
    "T2": ("#artibodyTitle", "#artibody"),
    "T2N": ("#artibodyTitle", "#artibody"),
    "T3": ("#artibodyTitle", "#artibody"),
    "T4": ("h1.main-title", "#artibody"),
    "T5": ("#artibodyTitle", "#artibody.blkContainerSblkCon_14"),
    "T6": ("h1.main-title", "#article"),
    "T7": ("h1.art_tit_h1", "section.art_content"),
    "K": ("h1.main-title", "#artibody"),
    "G": ("h1:not([class])", "div.art_content"),
}


def get(url: str, **headers: str) -> Answer:
    parts = urlsplit(url)
    return respond(parts.netloc, parts.path, parts.query, headers)


def roll(query: str, host: str = "feed.mix.sina.com.cn") -> Answer:
    return respond(host, "/api/roll/get", query, REFERER)


def result(query: str) -> dict[str, Any]:
    envelope: dict[str, Any] = json.loads(roll(query).body)["result"]
    return envelope


def special(name: str) -> DemoArticle:
    return next(article for article in ARTICLES if article.doc_id == SPECIALS[name].doc_id)


def page(article: DemoArticle, template: str | None = None, number: int = 1) -> LexborHTMLParser:
    body = render(article, template, number)
    codec = "gb18030" if article.is_old and template is None else "utf-8"
    return LexborHTMLParser(body.decode(codec))


def text_of(tree: LexborHTMLParser, selector: str) -> str:
    node = tree.css_first(selector)
    assert node is not None, selector
    for quote in node.css("span[id^=quote_]"):
        quote.decompose()
    return node.text(deep=True)
