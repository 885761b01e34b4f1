"""Markup that would hold an HTML parser up for minutes, or fill the memory: told before parsing.

The bounds are guesses, from counts of what is known to cost a parser more than its length. None
trusts an end tag or a comment: which of them count is what only a parser knows. So harmless markup
can be refused, too; but the largest real page known stays below each by a factor of seven or more.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from newsarchive.exceptions import BadInput, Reason

#: Twice what a body may have (post/tree.py); the largest real page has 3,000.
TAGS_MAX = 200_000
#: A parser may look through all open elements at each tag: a second for 15,000 by 15,000. A table
#: of Word's with 4,000 cells comes to 780 million, though it nests ten deep: it must pass.
STEPS_MAX = 1_000_000_000
#: It opens unclosed formatting elements again in each block: 400 bytes a copy, and 150 for each of
#: its attributes, of which so many are usual.
COPIES_MAX, _USUAL = 2_000_000, 4
#: It compares each attribute with those before it in the tag: a second for 20,000.
COMPARISONS_MAX = 100_000_000

#: Markup of at most so many bytes and tags comes to none of these bounds: of attributes it has
#: no more than bytes, of what nests, and of formatting elements, no more than tags.
_SHORT, _FEW = 10_000, 800
#: Bytes of a tag that are never looked at one by one: to do that in megabytes takes seconds.
_UNSEEN_MIN = 32

#: Elements that hold nothing, or that only nest where others stand between them …
_SHALLOW = frozenset(b"br dd dt embed hr img li meta p".split())
#: … and those of which that is only true in HTML, not in SVG or MathML.
_SHALLOW_IN_HTML = _SHALLOW | frozenset(
    (
        b"area base basefont bgsound col frame input keygen link param source tbody td tfoot th "
        b"thead tr track wbr"
    ).split()
)
_FOREIGN = (b"svg", b"math")
_OPENING = re.compile(rb"<([a-zA-Z][^ \t\n\f\r/>]*)")
#: WHATWG HTML 13.2.4.3, without `a`, of which a parser never has two to open again.
_LETTERS = frozenset("b big code em font i nobr s small strike strong tt u".split())
# Most tags are none of these: their first letter says so, in a fourth of the time.
_FORMATTING = re.compile(
    (
        rf"<(?=[{''.join(sorted({name[0] for name in _LETTERS}))}])"
        rf"(?:{'|'.join(sorted(_LETTERS))})(?![^ \t\n\f\r/>])[^>]*"
    ).encode(),
    re.IGNORECASE,
)
# A blank is one of HTML's, here and below: of `\s` others are parts of names and values.
#: Of a tag up to its first `>`: it may go on behind that.
_OPEN_VALUE = re.compile(rb"""=[ \t\n\f\r]*(?:"[^"]*|'[^']*)\Z""")
#: Of several a parser makes one, which has the attributes of all.
_MERGED = re.compile(rb"<(?:html|body)[ \t\n\f\r/][^>]*", re.IGNORECASE)
#: What is in front of each attribute (WHATWG HTML 13.2.5.32, 13.2.5.39).
_SEPARATORS = b" \t\n\f\r/\"'"
_BETWEEN_ATTRIBUTES = re.compile(rb"""[ \t\n\f\r/"'](?=[^ \t\n\f\r/])""")
#: Within one tag, from behind its name: a value. It is not told for certain where a `=` stands
#: that may be a part of a name.
_VALUE = re.compile(rb"""=[ \t\n\f\r]*(?:"[^"]*"|'[^']*'|[^ \t\n\f\r"'>][^ \t\n\f\r>]*)""")
_UNCERTAIN = re.compile(rb"""(?:\A|[ \t\n\f\r/"'])=""")
#: The head of what may be a value with a `>` in it, which then ends no tag; up to that `>`.
_VALUES_WITH_END = {
    b'"': re.compile(rb'=[ \t\n\f\r]*"[^">]*>'),
    b"'": re.compile(rb"=[ \t\n\f\r]*'[^'>]*>"),
}


def checked(text: str) -> bytes:
    """The bytes of *text* for a parser.

    Raises BadInput(TOO_LARGE) where parsing them could take seconds, or a gigabyte.
    """
    markup = text.encode("utf-8", "replace")
    tags = markup.count(b"<")
    if len(markup) <= _SHORT and tags <= _FEW:
        return markup
    if tags > TAGS_MAX or (tags**2 > STEPS_MAX and _nesting(markup) * tags > STEPS_MAX):
        raise BadInput(Reason.TOO_LARGE, f"{tags} tags, of which too many may nest")
    # Of few separators, all could be between the attributes of one tag.
    separators = len(markup) - len(markup.translate(None, _SEPARATORS))
    if separators**2 > COMPARISONS_MAX and _comparisons(markup) > COMPARISONS_MAX:
        raise BadInput(Reason.TOO_LARGE, "more attributes than any tag has")
    if (copied := _copied(markup)) * tags > COPIES_MAX:
        raise BadInput(Reason.TOO_LARGE, f"{copied} letters to copy in {tags} tags")
    return markup


def _nesting(markup: bytes) -> int:
    """How many tags may nest."""
    names: Counter[bytes] = Counter()
    for name, count in Counter(_OPENING.findall(markup)).items():
        names[name.lower()] += count
    foreign = any(name.startswith(_FOREIGN) for name in names)
    shallow = _SHALLOW if foreign else _SHALLOW_IN_HTML
    nesting = sum(count for name, count in names.items() if name not in shallow)
    # Of these two kinds each ends its own, but not those in which the other stands.
    return nesting + 2 * min(names[b"li"], names[b"dd"] + names[b"dt"])


def _copied(markup: bytes) -> int:
    """At most how many elements are copied at each tag; one with many attributes counts as more."""
    found = _FORMATTING.findall(markup)
    kinds = set(found)
    doubtful = _doubtful(markup) if any(map(_OPEN_VALUE.search, kinds)) else []
    hidden = [len(_FORMATTING.findall(stretch)) for stretch in doubtful]
    count = min(len(found), len(kinds) + sum(hidden))
    stretches = [stretch for stretch, letters in zip(doubtful, hidden) if letters]
    tags = [*kinds, *stretches]
    # All by one search: in front of each tag is what counts once.
    attributes = _attributes(b"".join(b"\n<" + tag for tag in tags), whole=False) - len(tags)
    # Of equal ones a parser opens but three again.
    return 3 * (count + max(0, attributes - _USUAL * count) // 2)


def _doubtful(markup: bytes) -> list[bytes]:
    """The stretches that may be one tag each though there are `>` in them."""
    values = sorted(
        (head.end() - 1, markup.find(quote, head.end()))
        for quote, heads in _VALUES_WITH_END.items()
        for head in heads.finditer(markup)
    )
    stretches: list[tuple[int, int]] = []
    for head_end, close in values:
        begin = markup.rfind(b">", 0, head_end) + 1
        end = markup.find(b">", close) if close >= 0 else -1
        end = end if end >= 0 else len(markup)
        if stretches and begin <= stretches[-1][1]:
            first = stretches.pop()
            begin, end = first[0], max(first[1], end)
        stretches.append((begin, end))
    return [markup[begin:end] for begin, end in stretches]


def _comparisons(markup: bytes) -> int:
    """At most how many attributes a parser compares with each other."""
    hidden = [_attributes(each, whole=False) for each in _doubtful(markup)]
    merged = [_attributes(each, whole=False) for each in _MERGED.findall(markup)]
    found = sum(count**2 for count in hidden)
    if len(merged) > 1:
        found += (sum(merged) + sum(hidden)) ** 2
    # Tags of up to so many bytes have half as many attributes: not worth a look at each.
    unseen = max(_UNSEEN_MIN, COMPARISONS_MAX // (2 * len(markup) + 1))
    for begin, end in _long_segments(markup, unseen):
        if opening := _OPENING.search(markup, begin, end):
            found += _attributes(markup[opening.end() : end], whole=True) ** 2
    return found + unseen * len(markup) // 4


def _long_segments(markup: bytes, longest: int) -> Iterator[tuple[int, int]]:
    """The stretches without a `>` that are longer, and perhaps some that are not.

    Such a one spans one of the steps that are half as long: only where one has no `>` is it looked
    for.
    """
    step, at = max(1, longest // 2), 0
    while at < len(markup):
        if markup.find(b">", at, at + step) >= 0:
            at += step
            continue
        begin, end = markup.rfind(b">", 0, at) + 1, markup.find(b">", at)
        end = end if end >= 0 else len(markup)
        yield begin, end
        at = end + 1


def _attributes(text: bytes, *, whole: bool) -> int:
    """At most how many attributes begin in *text*; *whole*: it is that of one tag, if of any."""
    if len(text) > 1_000 and whole and not _UNCERTAIN.search(text):
        text = _VALUE.sub(b'"', text)
    return len(_BETWEEN_ATTRIBUTES.findall(text))
