"""How Scrapy's events read in the log: one line, without the article in it."""

from __future__ import annotations

import logging
from typing import Any

from scrapy import Spider
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure

from newsarchive.items import Article
from newsarchive.pipelines.stage import Dropped


class OneLine(LogFormatter):
    """Bodies stay out of the log. Misses are logged where they are counted, not here again."""

    def scraped(  # type: ignore[override]  # None is documented: log nothing
        self, item: Any, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult | None:
        if not isinstance(item, Article):
            return None
        return {"level": logging.DEBUG, "msg": "archived: %s", "args": (item.path,)}

    def dropped(  # type: ignore[override]
        self,
        item: Any,
        exception: BaseException,
        response: Response | Failure | None,
        spider: Spider,
    ) -> LogFormatterResult | None:
        if isinstance(exception, Dropped):
            return None
        return {"level": logging.DEBUG, "msg": "dropped: %s", "args": (exception,)}

    def item_error(
        self,
        item: Any,
        exception: BaseException,
        response: Response | Failure | None,
        spider: Spider,
    ) -> LogFormatterResult:
        subject = getattr(item, "path", "") or getattr(item, "url", "")
        return {"level": logging.ERROR, "msg": "a stage broke on %s", "args": (subject,)}
