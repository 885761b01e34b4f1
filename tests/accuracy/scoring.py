"""How well what was read from a page agrees with its gold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import fmean

from newsarchive.exceptions import BadInput
from newsarchive.sina import article, encoding, reading
from tests.accuracy.gold import Page
from tests.accuracy.visible import squeeze

FIELDS = ("title", "time", "source", "editor")


@dataclass(frozen=True)
class Found:
    """What an extractor read; what it did not find is empty or None."""

    title: str = ""
    published: datetime | None = None
    source: str = ""
    editor: str | None = None
    text: str = ""


@dataclass(frozen=True)
class Score:
    """One page's marks: `body` from 0 to 1, None where it is not scored; the fields 1 or 0."""

    page: Page
    body: float | None
    title: bool
    time: bool
    source: bool
    editor: bool


def newsarchive(page: Page) -> Found:
    """What newsarchive reads, from the bytes on; nothing where it takes the page for no article."""
    try:
        known = article.parse(encoding.decode(page.data)[0], page.url)
    except BadInput:
        return Found()
    return Found(
        known.title,
        known.published_at,
        known.source,
        known.editor or None,
        reading.text(known.body),
    )


def bigram_f1(found: str, gold: str) -> float:
    """F1 of the multisets of two characters in a row, blanks removed."""
    ours, theirs = (_bigrams(squeeze(text)) for text in (found, gold))
    if not ours or not theirs:
        return float(ours == theirs)
    return 2 * (ours & theirs).total() / (ours.total() + theirs.total())


def _bigrams(text: str) -> Counter[str]:
    return Counter(map("".join, pairwise(text)))


def score(page: Page, found: Found) -> Score:
    """The marks of *found*. Titles and names agree when they are equal but for kinds of blanks."""
    return Score(
        page,
        body=None if page.text is None else bigram_f1(found.text, page.text),
        title=_fold(found.title) == _fold(page.title),
        time=_minute(found.published) == _minute(page.published),
        source=_fold(found.source) == _fold(page.source),
        editor=_fold(found.editor or "") == _fold(page.editor or ""),
    )


def body_mean(scores: Iterable[Score]) -> float | None:
    """The mean of the bodies that are scored; None where none is."""
    marks = [known.body for known in scores if known.body is not None]
    return fmean(marks) if marks else None


def share(scores: Iterable[Score], name: str) -> float:
    """Of how many pages the field *name* is right."""
    return fmean(getattr(known, name) for known in scores)


def _fold(text: str) -> str:
    return " ".join(text.split())


def _minute(moment: datetime | None) -> float | None:
    return moment.timestamp() // 60 if moment else None
