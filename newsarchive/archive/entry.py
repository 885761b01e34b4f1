"""What a run hands to the store, what that makes of it, and what the run hears of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from sqlalchemy.engine import RowMapping

from newsarchive.archive.versions import Found
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


class Draft(NamedTuple):
    """What is to be written of one article."""

    outcome: Outcome
    found: Found | None = None
    path: str = ""
    data: bytes = b""
    replaces: tuple[RowMapping, bytes] | None = None  #: the row and the bytes at its path


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
