"""From what a page has in its container to what a post has: BODY, and what the body tells."""

from __future__ import annotations

from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import Article
from newsarchive.post import body
from newsarchive.post.front_matter import one_line
from newsarchive.sina import furniture, reading

PROFILES = ("full", "clean")


def clean(article: Article, profile: str) -> Article:
    """*article*, changed in place. Raises BadInput.

    With the *profile* `clean` the furniture goes first, and so no QR code becomes the headimg.
    """
    # What only the furniture says is read before it goes.
    article.editor = article.editor or reading.editor(article.body)
    article.symbols = article.symbols or reading.symbols(article.body)
    if profile == "clean":
        article.body = furniture.clean_copy(article.body)
    is_post = not article.layout  # what was read off a page names no picture of ours
    article.body, headimg = body.clean(article.body, article.url, stored=is_post)
    article.headimg = one_line(headimg)
    if reading.is_empty(article.body):
        raise BadInput(Reason.NO_BODY, "nothing is left of it")
    article.original_title = article.original_title or reading.original_title(article.body)
    article.digest = reading.digest(article.title, article.body)
    return article
