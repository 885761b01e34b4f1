"""What all stages share: a BadInput on the way drops the item, and says why."""

from __future__ import annotations

from typing import Any

from newsarchive.exceptions import BadInput
from newsarchive.extensions.run import Dropped
from newsarchive.items import Article, Miss


class Stage:
    """One stage of an article's way. Subclasses say what `process` does to it, in place."""

    def process_item(self, item: Any) -> Any:
        try:
            self.process(item)
        except BadInput as error:
            subject = item.path or item.url
            doc_id = item.linked_as or item.doc_id
            at = item.fetched_at if item.origin != "replay" else None
            miss = Miss(subject, error.reason, error.detail, doc_id, item.channel, at)
            raise Dropped(miss) from error
        return item

    def process(self, article: Article) -> None:
        """Raise BadInput where the article cannot become a post."""
        raise NotImplementedError
