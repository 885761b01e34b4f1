"""One list of articles, some of whose pages fare badly on their way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from newsarchive.demo.site import SPECIALS, Answer
from tests.running import ARTICLES, BY_DATE, Hook, Site, export, ledger, posts
from tests.spiders.answers import list_of, listed, row

_ODD = {item.doc_id for item in SPECIALS.values()}
#: Desktop articles of one host and of today's template, whose pages are asked at their own URL.
PLAIN = [
    name
    for name in BY_DATE
    if ARTICLES[name].template == "T4"
    and name not in _ODD
    and ARTICLES[name].url.startswith("https://finance.sina.com.cn/")
]


def list_with(names: list[str], pages: Mapping[str, Answer | Hook] | None = None) -> Hook:
    """A hook for a site whose every list has these articles; *pages* answers for some of them."""

    def answers(host: str, path: str, query: str) -> Answer | None:
        if listed(host, path, query):
            return list_of([row(ARTICLES[name]) for name in names])
        for name, page in (pages or {}).items():
            if name in path:
                return page if isinstance(page, Answer) else page(host, path, query)
        return None

    return answers


def asked(site: Site, name: str) -> int:
    """How often the pages of an article were asked for."""
    return sum(name in page for page in site.pages())


def reasons(report: dict[str, Any]) -> dict[str, str]:
    """doc_id -> reason, of a report's misses."""
    return {miss["doc_id"]: miss["reason"] for miss in report["misses"]}


class Burst:
    """A page that answers badly so many times, and then well."""

    def __init__(self, *answers: Answer) -> None:
        self._left = list(answers)

    def __call__(self, host: str, path: str, query: str) -> Answer | None:
        return self._left.pop(0) if self._left else None


def archived_whole(archive: Path, names: Iterable[str]) -> None:
    """Just these articles are archived, and each says what its page says."""
    rows = {item["doc_id"]: item for item in export(archive)}
    assert rows.keys() == set(names)
    assert len(posts(archive)) == len(rows)
    for name, item in rows.items():
        assert item["title"] == ARTICLES[name].title
        assert all(text in item["body_text"] for text in ARTICLES[name].paragraphs)


def links(archive: Path) -> dict[str, tuple[str, str, int]]:
    """doc_id -> state, reason and attempts, as the ledger has them."""
    found = ledger(archive, "SELECT doc_id, state, reason, attempts FROM link")
    return {doc_id: (state, reason, attempts) for doc_id, state, reason, attempts in found}
