"""What may be asked of the index: words, "phrases", AND, OR, NOT, parentheses.

Blanks between two words mean AND. NOT binds closest, then AND, then OR; `-word` is NOT word. The
operators are written in capitals. Quotation marks, parentheses and blanks may be full-width ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

from newsarchive.archive import tokens
from newsarchive.exceptions import BadQuery

#: Characters of a query; words and phrases in it; parentheses within each other.
LENGTH_MAX, PHRASES_MAX, DEPTH_MAX = 1000, 64, 16

#: What is said of a query that makes no sense, by key.
SAID = {
    "long": "the query has {n} characters: at most {most}",
    "nothing": "nothing to look for",
    "nothing.in": "nothing to look for in {said}",
    "closing": "a closing parenthesis without its opening one",
    "opening": "a parenthesis without its closing one",
    "quotation": "a quotation mark without its partner",
    "many": "more than {most} words and phrases",
    "deep": "more than {most} parentheses within each other",
    "only.not": "NOT needs something beside it that is looked for",
    "missing": "a word is missing before {sign}",
    "missing.end": "a word is missing at the end of the query",
}

_LEXEME = re.compile(
    r"""\s*(?:
        ["“”＂](?P<phrase>[^"“”＂]*)(?P<closing>["“”＂]?)
      | (?P<open>[(（]) | (?P<close>[)）]) | (?P<minus>[-－])(?=[^\s)）])
      | (?P<word>[^\s()（）"“”＂]+)
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Phrase:
    """Tokens that stand side by side, with blanks between them."""

    tokens: str


@dataclass(frozen=True)
class All:
    """What has all of *parts* and nothing of *without*; *parts* are never none."""

    parts: tuple[Query, ...]
    without: tuple[Query, ...] = ()


@dataclass(frozen=True)
class Some:
    """What has one of *parts*."""

    parts: tuple[Query, ...]


Query: TypeAlias = "Phrase | All | Some"


def parse(text: str) -> Query:
    """The query that *text* is. Raises BadQuery with what is wrong with it."""
    if len(text) > LENGTH_MAX:
        raise _bad("long", n=len(text), most=LENGTH_MAX)
    lexemes = list(_lexemes(text))
    if not lexemes:
        raise _bad("nothing")
    parser = _Parser(lexemes)
    query = parser.some(0)
    if parser.ahead is not None:
        raise _bad("closing")
    return query


def expression(query: Query, columns: str, anywhere: str) -> str:
    """*query* in the language of FTS5: its phrases in *columns*, what it excludes *anywhere*.

    Nothing but letters, digits and characters beyond ASCII gets into a string of it.
    """
    if isinstance(query, Phrase):
        return f'{{{columns}}} : "{query.tokens}"'
    joined = " OR " if isinstance(query, Some) else " AND "
    told = joined.join(f"({expression(part, columns, anywhere)})" for part in query.parts)
    if isinstance(query, All):
        for part in query.without:
            told = f"({told}) NOT ({expression(part, anywhere, anywhere)})"
    return told


def phrases(query: Query) -> list[str]:
    """The tokens of each phrase that is looked for, not of what is excluded; each once."""
    if isinstance(query, Phrase):
        return [query.tokens]
    return list(dict.fromkeys(chain.from_iterable(map(phrases, query.parts))))


def _bad(key: str, **values: str | int) -> BadQuery:
    return BadQuery(key, SAID[key].format_map(values), values)


_Lexeme = Phrase | str  # a sign or operator: ( ) AND OR NOT


def _lexemes(text: str) -> Iterator[_Lexeme]:
    text, place, count = text.strip(), 0, 0
    while place < len(text):
        found = _LEXEME.match(text, place)
        assert found is not None, "a word may be of anything"
        place = found.end()
        if found["phrase"] is not None and not found["closing"]:
            raise _bad("quotation")
        if found["open"] or found["close"]:
            yield "(" if found["open"] else ")"
        elif found["minus"] or found["word"] in ("AND", "OR", "NOT"):
            yield found["word"] or "NOT"
        else:
            said = found["word"] or found["phrase"] or ""
            cut = list(filter(None, tokens.stream(said).split(" ")))
            count += 1
            if not cut:
                raise _bad("nothing.in", said=repr(said))
            if count > PHRASES_MAX:
                raise _bad("many", most=PHRASES_MAX)
            yield Phrase(" ".join(cut))


class _Parser:
    """Recursive descent over lexemes; a factor is (whether it is excluded, what it is)."""

    def __init__(self, lexemes: list[_Lexeme]) -> None:
        self._lexemes = lexemes[::-1]

    @property
    def ahead(self) -> _Lexeme | None:
        return self._lexemes[-1] if self._lexemes else None

    def some(self, depth: int) -> Query:
        parts = [self._all(depth)]
        while self.ahead == "OR":
            self._lexemes.pop()
            parts.append(self._all(depth))
        return Some(tuple(parts)) if len(parts) > 1 else parts[0]

    def _all(self, depth: int) -> Query:
        parts: dict[bool, list[Query]] = {False: [], True: []}
        while True:
            excluded, part = self._factor(depth)
            parts[excluded].append(part)
            if self.ahead == "AND":
                self._lexemes.pop()
            elif self.ahead in (None, "OR", ")"):
                break
        if not parts[False]:
            raise _bad("only.not")
        if len(parts[False]) == 1 and not parts[True]:
            return parts[False][0]
        return All(tuple(parts[False]), tuple(parts[True]))

    def _factor(self, depth: int) -> tuple[bool, Query]:
        excluded = False
        while self.ahead == "NOT":
            self._lexemes.pop()
            excluded = not excluded
        if not self._lexemes or self.ahead in ("AND", "OR", ")"):
            raise _bad("missing", sign=str(self.ahead)) if self._lexemes else _bad("missing.end")
        lexeme = self._lexemes.pop()
        if isinstance(lexeme, Phrase):
            return excluded, lexeme
        if depth == DEPTH_MAX:
            raise _bad("deep", most=DEPTH_MAX)
        inside = self.some(depth + 1)
        if self.ahead != ")":
            raise _bad("opening")
        self._lexemes.pop()
        return excluded, inside
