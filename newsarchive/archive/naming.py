"""Where a post lies in the archive, and what its name says."""

from __future__ import annotations

import re
from datetime import datetime

from slugify import slugify

from newsarchive.clock import SHANGHAI
from newsarchive.items import DOC_ID

#: Bytes of the decoration before the document id, which alone makes the name unique.
SLUG_LENGTH = 60
#: A title's pinyin is cut after this many characters: more cannot matter to the slug.
_TITLE_LENGTH = 120

#: Sina's id, or the digits of a hash that stand in for it.
_ID = re.compile(rf"{DOC_ID.pattern}|[0-9a-f]{{16}}")
_IN_NAME = re.compile(rf"(?:^|-)(?P<id>{_ID.pattern})\.html\Z")


def slug(title: str) -> str:
    """ASCII decoration of at most 60 bytes, cut at a word; '' for a title of emoji only."""
    return slugify(
        title[:_TITLE_LENGTH],
        max_length=SLUG_LENGTH,
        word_boundary=True,
        save_order=True,
        backend="text-unidecode",  # whatever else is installed
    )


def post_path(title: str, doc_id: str, date: datetime) -> str:
    """`posts/YYYY/MM/DD/<slug>-<doc_id>.html`, the date in Asia/Shanghai; relative, with slashes.

    Raises ValueError for an id that is none: nothing from a page gets into a path unchecked.
    """
    if not _ID.fullmatch(doc_id):
        raise ValueError(f"no document id: {doc_id!r}")
    day = date.astimezone(SHANGHAI)
    name = "-".join(filter(None, (slug(title), doc_id)))
    if id_in_name(f"{name}.html") != doc_id:  # `…-k-12`, `…-slide`: the title would run into the id
        name = doc_id
    return f"posts/{day.year:04}/{day:%m/%d}/{name}.html"  # %Y: glibc does not pad it


def revision_path(doc_id: str, revision: int) -> str:
    """`revisions/<doc_id>/0001.html`: where an earlier version of a post is kept."""
    if not _ID.fullmatch(doc_id):
        raise ValueError(f"no document id: {doc_id!r}")
    return f"revisions/{doc_id}/{revision:04d}.html"


def id_in_name(name: str) -> str:
    """The document id at the end of a post's file name; '' where there is none."""
    match = _IN_NAME.search(name)
    return match["id"] if match else ""
