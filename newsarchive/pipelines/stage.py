"""What all stages share: a BadInput on the way drops the item, and says why."""

from __future__ import annotations

from typing import Any

from scrapy.exceptions import DropItem

from newsarchive.exceptions import BadInput
from newsarchive.items import Article, Miss


class Dropped(DropItem):
    """An item that will be no post, with the Miss that is counted and reported."""

    def __init__(self, miss: Miss) -> None:
        super().__init__(
            f"{miss.reason.label}: {miss.detail}" if miss.detail else miss.reason.label
        )
        self.miss = miss


class Stage:
    """One stage of an article's way. Subclasses say what `process` does to it, in place."""

    def process_item(self, item: Any) -> Any:
        try:
            self.process(item)
        except BadInput as error:
            subject = item.path or item.url
            miss = Miss(subject, error.reason, error.detail, item.linked_as or item.doc_id)
            raise Dropped(miss) from error
        return item

    def process(self, article: Article) -> None:
        """Raise BadInput where the article cannot become a post."""
        raise NotImplementedError
