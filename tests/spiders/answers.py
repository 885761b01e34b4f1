"""Answers for a small Sina to give: lists and pages of a test's own."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

from newsarchive.demo.lists import LIST_HOSTS, LIST_PATH, list_rows
from newsarchive.demo.site import SPECIALS, Answer, DemoArticle, load_articles


def listed(host: str, path: str, query: str) -> int | None:
    """The lid of a list request, None for any other."""
    if host not in LIST_HOSTS or path != LIST_PATH:
        return None
    return int(parse_qs(query)["lid"][0])


def answer(text: str | bytes, status: int = 200, kind: str = "text/html", **more: str) -> Answer:
    """An answer with *text* as its body."""
    data = text.encode() if isinstance(text, str) else text
    return Answer(status, {"Content-Type": kind, **more}, data)


def list_of(rows: list[dict[str, Any]]) -> Answer:
    """A list answer with just these rows."""
    result = {"status": {"code": 0, "msg": "succ"}, "data": rows}
    return answer(json.dumps({"result": result}), kind="application/json")


def row(article: DemoArticle) -> dict[str, Any]:
    """The row that the small Sina's lists have of an article."""
    rows = list_rows(article.lids[0])
    return dict(next(row for row in rows if row["docid"] == article.list_id))


def special(name: str) -> DemoArticle:
    """The article of one special case."""
    doc_id = SPECIALS[name].doc_id
    return next(article for article in load_articles() if article.doc_id == doc_id)
