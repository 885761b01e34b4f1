"""Blanks as Sina writes them: ASCII, no-break, ideographic, zero-width."""

from __future__ import annotations

import re

#: What may stand around a text without being part of it.
AROUND = " \t\r\n\f\u00a0\u3000\u200b\ufeff"

_RUNS = re.compile(r"[ \t\r\n\f]+")


def fold(text: str) -> str:
    """*text* with runs of ASCII blanks as one, as HTML shows them, and none around it."""
    return _RUNS.sub(" ", text).strip(AROUND)
