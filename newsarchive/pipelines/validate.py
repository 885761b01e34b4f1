"""Stage 1: what came without a page ends here; what has no title, body or date, too."""

from __future__ import annotations

from typing import Any

from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import Article, Miss
from newsarchive.pipelines.stage import Dropped, Stage
from newsarchive.post import front_matter


class ValidatePipeline(Stage):
    """Lets through articles that can become a post."""

    def process_item(self, item: Any) -> Any:
        if isinstance(item, Miss):
            raise Dropped(item)
        return super().process_item(item)

    def process(self, article: Article) -> None:
        article.title = front_matter.one_line(article.title)
        if not article.title.strip():
            raise BadInput(Reason.NO_TITLE)
        if not article.body.strip():
            raise BadInput(Reason.NO_BODY)
        if not (article.date or article.listed_at or article.published_at):
            raise BadInput(Reason.NO_DATE, article.raw_clocks.get("published_at", ""))
