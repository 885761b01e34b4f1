"""Blanks as Sina writes them: ASCII, no-break, ideographic, zero-width."""

from __future__ import annotations

import re

#: What may stand around a text without being part of it.
AROUND = " \t\r\n\f\u00a0\u3000\u200b\ufeff"

_RUNS = re.compile(r"[ \t\r\n\f]+")


def fold(text: str) -> str:
    """*text* with runs of ASCII blanks as one, as HTML shows them, and none around it."""
    text = text.strip(AROUND)
    # Most texts have none: to see that for each of them takes a fourth of the time.
    if " " in text or "\n" in text or "\t" in text or "\r" in text or "\f" in text:
        return _RUNS.sub(" ", text)
    return text
