"""Stage 2: the container's HTML becomes the post's BODY, and its first picture the headimg."""

from __future__ import annotations

from scrapy.crawler import Crawler

from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import Article
from newsarchive.pipelines.stage import Stage
from newsarchive.post import body
from newsarchive.post.front_matter import one_line
from newsarchive.sina import furniture, reading

PROFILES = ("full", "clean")


class BodyPipeline(Stage):
    """Cleans every body, replayed ones too: on those it changes nothing.

    With POST_PROFILE=clean the furniture goes first, and so no QR code becomes the headimg.
    """

    def __init__(self, profile: str = "full") -> None:
        self.clean_copy = profile == "clean"

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> BodyPipeline:
        return cls(crawler.settings["POST_PROFILE"])

    def process(self, article: Article) -> None:
        # What only the furniture says is read before it goes.
        article.editor = article.editor or reading.editor(article.body)
        article.symbols = article.symbols or reading.symbols(article.body)
        if self.clean_copy:
            article.body = furniture.clean_copy(article.body)
        is_post = not article.layout  # what was read off a page names no picture of ours
        article.body, headimg = body.clean(article.body, article.url, stored=is_post)
        article.headimg = one_line(headimg)
        if reading.is_empty(article.body):
            raise BadInput(Reason.NO_BODY, "nothing is left of it")
