"""What a run hands to the store, and what it hears of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from newsarchive.items import Article


class Outcome(Enum):
    """What became of an article."""

    NEW = "new"
    UNCHANGED = "unchanged"
    REVISED = "revised"


class Entry(NamedTuple):
    """An article on its way into the archive."""

    article: Article
    linked_as: str = ""  #: the id under which a list named it, where the page says another one
    check_at: datetime | None = None  #: when Sina is to be asked for it again
    #: It was fetched in the past, and what was fetched after it may be archived already.
    late: bool = False

    @property
    def documents(self) -> set[str]:
        """The documents that it has to do with; empty where only its content will tell."""
        article = self.article
        return {article.doc_id, self.linked_as} - {""} if article.doc_id else set()


def groups(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Cut *entries* so that in none of the pieces one has to do with another."""
    group: list[Entry] = []
    taken: set[str] = set()
    for entry in entries:
        mine = entry.documents
        if group and (not mine or not taken or mine & taken):
            yield group
            group, taken = [], set()
        group.append(entry)
        taken |= mine
    if group:
        yield group
