"""Stage 3: the front matter."""

from __future__ import annotations

from newsarchive import clock
from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import Article
from newsarchive.pipelines.stage import Stage
from newsarchive.sina import channels


class DescribePipeline(Stage):
    """Fills in what is not known yet. What a replayed post says stays, but for its pictures: those
    are what the body has now."""

    def process(self, article: Article) -> None:
        channel = channels.BY_NAME.get(article.channel)
        if not article.categories:
            article.categories = channel.categories if channel else list(channels.BASE_CATEGORIES)
        article.author = article.author or channels.AUTHOR
        article.thumbnail = article.headimg
        if not article.date:
            # The seeds' date is the list's intime; without a list the article's own time.
            moment = article.listed_at or article.published_at
            assert moment is not None, "the validate stage lets no article without a time pass"
            article.date = clock.http_date(moment)
        elif clock.parse_http_date(article.date) is None:
            raise BadInput(Reason.NO_DATE, f"not a date: {article.date!r}")
