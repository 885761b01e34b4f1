"""An article's way through the stages before the store."""

from __future__ import annotations

from newsarchive.items import Article
from newsarchive.pipelines import cleaning
from newsarchive.pipelines.describe import DescribePipeline
from newsarchive.pipelines.validate import ValidatePipeline


def staged(article: Article) -> Article:
    """*article*, changed in place, as it comes to the store. Raises BadInput."""
    ValidatePipeline().process(article)
    cleaning.clean(article, "full")
    DescribePipeline().process(article)
    return article
