"""Stage 1: what came without a page ends here; what has no title, body or date, too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from newsarchive import clock
from newsarchive.exceptions import BadInput, Reason
from newsarchive.extensions.run import Dropped
from newsarchive.items import Article, Miss
from newsarchive.pipelines.stage import Stage
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
        self._doubt_future(article)
        if not (article.date or article.listed_at or article.published_at):
            raise BadInput(Reason.NO_DATE, article.raw_clocks.get("published_at", ""))

    @staticmethod
    def _doubt_future(article: Article) -> None:
        """A time that has not come yet is no time of publication; what was written stays raw.

        A day's grace: this machine's clock or the site's may be wrong. Where this machine's is
        behind, the site's own, in the answer's Date header, says what has not come yet.
        """
        now = article.fetched_at or clock.now()
        latest = max(now, article.served_at or now) + timedelta(days=1)
        for name in ("published_at", "updated_at", "listed_at", "list_ctime", "list_mtime"):
            moment = getattr(article, name)
            if moment is not None and moment > latest:
                article.raw_clocks.setdefault(name, moment.isoformat())
                setattr(article, name, None)
