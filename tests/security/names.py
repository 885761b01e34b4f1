"""Names that others could choose, and what must be true of what becomes of them."""

from __future__ import annotations

import re
from datetime import datetime

from hypothesis import strategies as st

from newsarchive import clock
from newsarchive.items import DOC_ID
from newsarchive.log import visible
from tests.conftest import FIXTURES

POST = (FIXTURES / "posts" / "plain.html").read_text("utf-8")
ID = "kqtesta0000501"
DAY = datetime(2021, 8, 5, 7, 54, 29, tzinfo=clock.UTC)
DEVICES = "con prn aux nul conin$ conout$ com1 com9 lpt1 lpt9 com\u00b9".split()
TITLES = [
    "../../../etc/passwd",
    "..\\..\\x",
    "/etc/passwd",
    "C:\\boot.ini",
    "\\\\server\\share",
    "a\x00b",
    "a\x1b[2J\x1b]0;title\x07b",
    "gnp.\u202elmth",
    "\u2066x\u2069",
    *DEVICES,
    "nul.html",
    "COM1.txt",
    "x. . .",
    " x ",
    "x:stream",
    '<>:"/\\|?*',
    "题" * 10_000,
    "a" * 10_000,
    "a\u0301" * 5_000,
    "\u0301\u0327",
    "🏳️‍🌈👩‍👩‍👧",
    "\ud800\udfff",
    "İıſK",
    ".",
    "..",
    "-rf",
    "~root",
    "$(id)`id`%PATH%",
    "\ufeff\u200b",
    "con-" + ID,
]
IDS = st.one_of(
    st.from_regex(DOC_ID, fullmatch=True), st.from_regex(r"[0-9a-f]{16}", fullmatch=True)
)


def check_is_harmless(path: str, folder: str) -> None:
    """A path is in *folder*, and one that every file system takes for itself."""
    first, *parts = path.split("/")
    assert first == folder
    assert len(path) <= 150  # Windows: 260 with the archive's folder
    for part in parts:
        assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.html)?", part, re.ASCII), part
        assert part.partition(".")[0] not in DEVICES
    assert path.casefold() == path


def check_is_visible(text: str) -> None:
    """Nothing in *text* moves a cursor, or turns the order of what is written."""
    hidden = [char for char in text if visible(char) != char and char not in "\n\u3000"]
    assert hidden == []
