"""Other people's extractors, each asked for what newsarchive reads from a page.

They are given the page's text as newsarchive decodes it, the page's URL where it takes one, and the
settings that served it best on these pages (docs/accuracy.md).
"""

from __future__ import annotations

import importlib
import logging
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from newsarchive import clock
from tests.accuracy import scoring
from tests.accuracy.gold import Page
from tests.accuracy.scoring import Found

_HOME = "https://finance.sina.com.cn/"


@dataclass(frozen=True)
class Tool:
    """One extractor: `read` takes a page and its text, `fields` are those it has."""

    name: str
    read: Callable[[Page, str], Found]
    fields: frozenset[str]


def newsarchive() -> Tool:
    """Ours: it starts from the bytes, so its time holds the decoding, too."""
    return Tool("newsarchive", lambda page, _: scoring.newsarchive(page), frozenset(scoring.FIELDS))


def _trafilatura() -> Tool:
    trafilatura: Any = importlib.import_module("trafilatura")

    def read(page: Page, markup: str) -> Found:
        known = trafilatura.bare_extraction(
            markup,
            url=page.url or _HOME,
            favor_precision=True,
            include_comments=False,
            include_tables=False,  # with them it takes a stock ticker more often than a table
            with_metadata=True,
        )
        if known is None:
            return Found()
        return Found(known.title or "", None, known.author or "", None, known.text or "")

    return Tool("trafilatura", read, frozenset(("title", "source")))  # its date has no clock


def _newspaper() -> Tool:
    newspaper: Any = importlib.import_module("newspaper")
    settings = {"language": "zh", "fetch_images": False, "memorize_articles": False}

    def read(page: Page, markup: str) -> Found:
        article = newspaper.Article(_HOME, **settings)  # in a page's own URL it finds the day only
        article.download(input_html=markup)
        article.parse()
        moment = article.publish_date
        if isinstance(moment, datetime) and moment.tzinfo is None:
            moment = moment.replace(tzinfo=clock.SHANGHAI)
        return Found(article.title, moment, ",".join(article.authors), None, article.text)

    return Tool("newspaper4k", read, frozenset(("title", "time", "source")))


def _readability() -> Tool:
    readability: Any = importlib.import_module("readability")
    html: Any = importlib.import_module("lxml.html")

    def read(page: Page, markup: str) -> Found:
        document = readability.Document(markup, url=page.url or _HOME)
        body = html.fromstring(document.summary(html_partial=True))
        return Found(document.short_title(), text=body.text_content())

    return Tool("readability-lxml", read, frozenset(("title",)))


def _gne() -> Tool:
    gne: Any = importlib.import_module("gne")

    def read(page: Page, markup: str) -> Found:
        known = gne.GeneralNewsExtractor().extract(markup)
        moment = clock.parse_shanghai(known["publish_time"])
        return Found(known["title"], moment, known["author"], None, known["content"])

    return Tool("gne", read, frozenset(("title", "time", "source")))


_OTHERS = (
    ("trafilatura", _trafilatura),
    ("newspaper4k", _newspaper),
    ("readability-lxml", _readability),
    ("gne", _gne),
)


def others() -> Iterator[Tool | str]:
    """The extractors that are installed; of one that is not, its name alone."""
    logging.disable(logging.CRITICAL)  # of a page that gives them nothing they log at length
    for name, make in _OTHERS:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield make()
        except ImportError:
            yield name


def release(name: str) -> str:
    """The version of an installed package; '' where that is not known."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
