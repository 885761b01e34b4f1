"""Stage 2: the container's HTML becomes the post's BODY, and its first picture the headimg."""

from __future__ import annotations

from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import Article
from newsarchive.pipelines.stage import Stage
from newsarchive.post import body
from newsarchive.post.front_matter import one_line
from newsarchive.sina import reading


class BodyPipeline(Stage):
    """Cleans every body, replayed ones too: on those it changes nothing."""

    def process(self, article: Article) -> None:
        article.body, headimg = body.clean(article.body, article.url)
        article.headimg = one_line(headimg)
        if reading.is_empty(article.body):
            raise BadInput(Reason.NO_BODY, "nothing is left of it")
