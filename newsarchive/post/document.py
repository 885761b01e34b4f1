"""The whole post, byte for byte: docs/format.md, "The file, byte for byte"."""

from __future__ import annotations

import re

from newsarchive import bounds
from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import Article
from newsarchive.post import front_matter, rendered, tree

_OPENING = "\n---\n"
_BODY_START = "---\n\n<div>   \n"
_BODY_END = "  \n</div>\n            "

_SHAPE = re.compile(
    r"\A\ufeff?\s*---[ \t]*\n(?P<front_matter>.*?)^---[ \t]*\n\s*?<div>[ \t]*\n(?P<body>.*)\Z",
    re.DOTALL | re.MULTILINE,
)
_LOOKS_LIKE = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*---[ \t]*\r?\n")


def looks_like_post(data: bytes) -> bool:
    """Whether a file begins as a post does: told by content, not by name."""
    return _LOOKS_LIKE.match(data) is not None


def read(data: bytes) -> Article:
    """The Article that a post file holds; its body as written, not cleaned.

    Raises BadInput: BAD_ENCODING, TRUNCATED, BAD_FRONT_MATTER, NO_TITLE, TOO_LARGE.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(Reason.BAD_ENCODING, f"byte {error.start} is no UTF-8") from error
    text = text.replace("\r\n", "\n")
    shape = _SHAPE.match(text)
    if shape is None:
        raise BadInput(Reason.TRUNCATED, "no end of the front matter, or no <div> after it")
    body, closing, behind = shape["body"].rpartition("\n</div>")
    if not closing or behind.strip():
        raise BadInput(Reason.TRUNCATED, "the closing </div> is missing")
    body = body[:-2] + body[-2:].rstrip(" \t")
    bounds.checked(body)
    if not text.endswith(_BODY_END) and not tree.is_closed(body):
        raise BadInput(Reason.TRUNCATED, "it ends in the middle of a <div>")
    article = rendered.read(shape["front_matter"]) or front_matter.read(shape["front_matter"])
    article.body = body
    return article


def write(article: Article) -> bytes:
    """The post of an Article that has been through the pipelines.

    What was written is read back and compared, so that no value can end the front matter, add a
    key or change another. Raises BadInput(BAD_FRONT_MATTER) where it would.
    """
    text = "".join(
        (
            _OPENING,
            front_matter.render(article),
            _BODY_START,
            article.body,
            _BODY_END,
        )
    )
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadInput(Reason.BAD_FRONT_MATTER, "a lone surrogate") from error
    if _essence(read(data)) != _essence(article):
        raise BadInput(Reason.BAD_FRONT_MATTER, "does not survive writing and reading")
    return data


def _essence(article: Article) -> tuple[object, ...]:
    return tuple(getattr(article, key) for key in (*front_matter.KEYS, "extra_keys", "body"))
