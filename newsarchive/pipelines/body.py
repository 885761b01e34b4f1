"""Stage 2: the container's HTML becomes the post's BODY, and tells what it has to tell."""

from __future__ import annotations

from typing import Any

from scrapy.crawler import Crawler

from newsarchive.exceptions import BadInput
from newsarchive.extensions.run import Run
from newsarchive.pipelines.cleaning import clean
from newsarchive.pipelines.stage import dropped


class BodyPipeline:
    """Cleans every body, replayed ones too: on those it changes nothing."""

    def __init__(self, run: Run, profile: str) -> None:
        self.run = run
        self.profile = profile

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> BodyPipeline:
        return cls(Run.of(crawler), crawler.settings["POST_PROFILE"])

    async def process_item(self, item: Any) -> Any:
        try:
            return await self.run.aside(clean, item, self.profile)
        except BadInput as error:
            raise dropped(item, error) from error
