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
            raise dropped(item, error) from error
        return item

    def process(self, article: Article) -> None:
        """Raise BadInput where the article cannot become a post."""
        raise NotImplementedError


def dropped(article: Article, error: BadInput) -> Dropped:
    """What ends the way of an article, because of *error*."""
    subject = article.path or article.url
    doc_id = article.linked_as or article.doc_id
    at = article.fetched_at if article.origin != "replay" else None
    reason, detail = error.reason, error.detail
    return Dropped(Miss(subject, reason, detail, doc_id, article.channel, at, article.link))
