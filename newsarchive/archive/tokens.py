"""How text is cut for the index: every Chinese character is a token, words and numbers are whole.

Full-width letters and digits count as half-width ones (NFKC), capitals as small letters. Signs are
tokens, too, and so is the end of a paragraph: a phrase is found where it stands, not across a full
stop. Blanks only part words; what cannot be seen (zero-width characters) is not there.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import accumulate

#: Scripts that write words with blanks between them end here; beyond, each character is a token.
_WORDS_END = 0x0E00
#: SQLite's `ascii` tokenizer parts at ASCII signs and keeps all else: signs move behind this.
_SIGNS = 0xE000


class _Folded(dict[int, str]):
    """What a character is in the index; blanks around what is a token by itself."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if _SIGNS <= code < _SIGNS + 0x100 or 0xD800 <= code < 0xE000:
            char = "\ufffd"
        folded = unicodedata.normalize("NFKC", char).casefold()
        self[code] = told = "".join(map(_one, folded))
        return told


def _one(char: str) -> str:
    if char in "\n\r\v\f\x85\u2028\u2029":
        return f" {chr(_SIGNS + 0x0A)} "
    category = unicodedata.category(char)
    if category == "Cf":
        return ""
    if char.isspace() or category == "Cc":
        return " "
    if ord(char) < _WORDS_END and category[0] in "LMN":
        return char
    return f" {chr(_SIGNS + ord(char))} " if char.isascii() else f" {char} "


_FOLDED = _Folded()


def composed(text: str) -> str:
    """*text* with letters and their accents as one character each, as all is that is cut here."""
    return unicodedata.normalize("NFC", text)


def stream(text: str) -> str:
    """The tokens of *text* with blanks between them, as SQLite's `ascii` tokenizer takes them."""
    return composed(text).translate(_FOLDED)


def placed(text: str) -> tuple[str, list[int]]:
    """The `stream` of *text*, which is `composed`, and where in it each character's part begins."""
    pieces = [_FOLDED[ord(char)] for char in text]
    return "".join(pieces), list(accumulate(map(len, pieces[:-1]), initial=0))


def pattern(phrase: str) -> re.Pattern[str]:
    """What finds *phrase*, tokens with one blank between them, in a `stream`."""
    words = " +".join(map(re.escape, phrase.split(" ")))
    return re.compile(f"(?<![^ ]){words}(?![^ ])")
