"""The floor: a spider that throws its pages away, for `scrapy runspider` with default settings."""

from __future__ import annotations

from collections.abc import AsyncIterator

import scrapy
from scrapy.http import Response


class Floor(scrapy.Spider):
    """Asks for each address of the file *urls*."""

    name = "floor"

    def __init__(self, urls: str) -> None:
        super().__init__()
        with open(urls) as file:
            self.urls = file.read().split()

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for url in self.urls:
            yield scrapy.Request(url)

    def parse(self, response: Response) -> None:
        """Nothing is kept."""
