"""How Scrapy's events read in the log: one line, without the article in it."""

from __future__ import annotations

import logging
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from scrapy.utils.log import get_scrapy_root_handler
from twisted.python.failure import Failure

from newsarchive.exceptions import StorageError
from newsarchive.items import Article


def visible(text: str) -> str:
    """*text* in one line, with what does not print escaped: names and titles are not ours."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def harmless(record: logging.LogRecord) -> bool:
    """A filter that lets all pass, and nothing in it reach the terminal as a control sequence."""
    record.msg, record.args = _lines(record.getMessage()), None
    if record.exc_info:  # an error often says what it choked on
        record.exc_text = _lines(logging.Formatter().formatException(record.exc_info))
    return True


def _lines(text: str) -> str:
    return "\n".join(map(visible, text.split("\n")))


class OneLine(LogFormatter):
    """Bodies stay out of the log. Misses are logged where they are counted, not here again."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> OneLine:
        if (handler := get_scrapy_root_handler()) is not None:
            handler.addFilter(harmless)
        return cls()

    def scraped(  # type: ignore[override]  # None is documented: log nothing
        self, item: Any, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult | None:
        if not isinstance(item, Article):
            return None
        return {"level": logging.DEBUG, "msg": "archived: %s", "args": (visible(item.path),)}

    def dropped(  # type: ignore[override]
        self,
        item: Any,
        exception: BaseException,
        response: Response | Failure | None,
        spider: Spider,
    ) -> None:
        """Nothing: the run tells each miss, and what ends it, once."""

    def spider_error(
        self, failure: Failure, request: Request, response: Response | Failure, spider: Spider
    ) -> LogFormatterResult:
        result = super().spider_error(failure, request, response, spider)
        if isinstance(failure.value, StorageError):
            result["level"] = logging.DEBUG  # the run ends by it, and says so in one line
        return result

    def item_error(
        self,
        item: Any,
        exception: BaseException,
        response: Response | Failure | None,
        spider: Spider,
    ) -> LogFormatterResult:
        subject = getattr(item, "path", "") or getattr(item, "url", "")
        return {"level": logging.ERROR, "msg": "a stage broke on %s", "args": (visible(subject),)}
