"""Which CSS may stay in a post: what is known neither to run nor to load, but https images."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

#: Families of properties; `border` stands for `border-left-width` too. Word writes mso-*.
_PROPERTY = re.compile(
    r"[*_]?(?:-(?:webkit|moz|ms|o|khtml)-)?(?:"
    + "|".join(
        (
            "accent align animation appearance aspect backface background block border bottom box "
            "break caption caret clear clip color column columns content counter cursor direction "
            "display empty filter flex float font gap grid height hyphens image ime inline inset "
            "isolation justify layout left letter line list margin max min mix mso object opacity "
            "order orphans outline overflow overscroll padding page panose perspective place "
            "pointer position punctuation quotes resize right rotate row ruby scale scroll shape "
            "size tab table tap text top touch transform transition translate unicode user "
            "vertical visibility white widows width will word writing z zoom"
        ).split()
    )
    + r")(?:-[a-z0-9-]+)?|--[\w-]+",
    re.IGNORECASE,
)
#: Whose `url()` is an image. That of `filter`, `mask` or `clip-path` is a document, and what a
#: variable holds may end up anywhere.
_SHOWS_IMAGE = re.compile(
    r"background(?:-image)?|border-image(?:-source)?|list-style(?:-image)?|content|cursor",
    re.IGNORECASE,
)
#: Of values, selectors and conditions; what a browser's prefix may stand before.
_FUNCTION = re.compile(
    r"(?:-(?:webkit|moz|ms|o)-)?(?:"
    + "|".join(
        (
            "rgb rgba hsl hsla hwb lab lch oklab oklch color-mix light-dark calc min max clamp var "
            "matrix matrix3d perspective rotate rotate3d rotatex rotatey rotatez scale scale3d "
            "scalex scaley scalez skew skewx skewy translate translate3d translatex translatey "
            "translatez linear-gradient radial-gradient conic-gradient repeating-linear-gradient "
            "repeating-radial-gradient repeating-conic-gradient cubic-bezier steps blur brightness "
            "contrast drop-shadow grayscale hue-rotate invert opacity saturate sepia alpha rect "
            "inset circle ellipse polygon counter counters repeat minmax fit-content "
            "not is where has lang dir nth-child nth-last-child nth-of-type nth-last-of-type and or"
        ).split()
    )
    + ")",
    re.IGNORECASE,
)
_AT_RULE = re.compile(r"@(?:media|supports|page|(?:-(?:webkit|moz|o)-)?keyframes)", re.IGNORECASE)

#: The tokens that are known. There is no backslash, which can spell anything; no `<`, which a
#: parser of another age may take for markup; no colon in a string, which could be an address; no
#: comment within a word, which old browsers leave out.
_TOKEN = re.compile(
    r"""(?P<blank>\s+)
    |(?P<comment>(?:(?<![\w-])/\*[^*<]*\*+(?:[^/*<][^*<]*\*+)*/
        |/\*[^*<]*\*+(?:[^/*<][^*<]*\*+)*/(?![\w(/-])))
    |(?P<string>"[^"\\<:\n\r\f]*"|'[^'\\<:\n\r\f]*')
    |(?P<url>url\(\s*(?P<quote>["']?)https://[^\s\\<>"'()]+(?P=quote)\s*\))
    |(?P<function>[\w\u0080-\U0010ffff-]+)\s*\(
    |(?P<at>@[\w-]+)
    |(?P<word>[\w\u0080-\U0010ffff-]+)
    |(?P<opening>[(\[])
    |(?P<closing>[)\]])
    |(?P<end>[;{}])
    |(?P<mark>/(?!\*)|(?<!--)>|[:,.#%!*+~=|^$&?])""",
    re.IGNORECASE | re.VERBOSE,
)
_DECLARATION = re.compile(r"""(?:"[^"]*"|'[^']*'|\([^()]*\)|[^;"'()]|["'()])+;?""")


@lru_cache(64)  # the site's editor puts the same few into every article
def is_safe_sheet(css: str) -> bool:
    """Whether a whole style sheet can neither run nor load anything but https images.

    A body's braces stand as references (docs/format.md); here they are braces.
    """
    pieces = _pieces(css.replace("&#123;", "{").replace("&#125;", "}"))
    if pieces is None:
        return False
    depth = 0
    for tokens, end in pieces:
        # Outside of blocks, and before a block, stands a selector or an at-rule.
        if not (_is_prelude(tokens) if end == "{" or not depth else _is_declaration(tokens)):
            return False
        depth = max(0, depth + (end == "{") - (end == "}"))
    return True


def clean_declarations(style: str) -> str:
    """The value of a `style` attribute without the declarations that are not known as harmless."""
    if _are_declarations(style):
        return style
    kept = "".join(part for part in _DECLARATION.findall(style) if _are_declarations(part)).strip()
    return kept if _are_declarations(kept) else ""


def _are_declarations(style: str) -> bool:
    pieces = _pieces(style)
    return pieces is not None and all(
        end in ("", ";") and _is_declaration(tokens) for tokens, end in pieces
    )


_Token = tuple[str, str]


def _pieces(css: str) -> list[tuple[list[_Token], str]] | None:
    """The tokens between two ends (`;`, a brace, the end), with the latter; None: one is unknown.

    Blanks and comments are left out.
    """
    pieces: list[tuple[list[_Token], str]] = []
    tokens: list[_Token] = []
    position = brackets = 0
    while position < len(css):
        match = _TOKEN.match(css, position)
        if match is None:
            return None
        position = match.end()
        kind = match.lastgroup or ""
        brackets += kind in ("function", "opening")
        brackets -= kind == "closing"
        if brackets < 0 or (brackets and kind == "end"):
            return None
        if kind == "end":
            pieces.append((tokens, match[0]))
            tokens = []
        elif kind not in ("blank", "comment"):
            tokens.append((kind, match[kind]))
    return None if brackets else [*pieces, (tokens, "")]


def _is_declaration(tokens: list[_Token]) -> bool:
    """Whether it is a known property with a known value; without a colon it is none, and idle."""
    if ("mark", ":") not in tokens:
        return _known(tokens)
    name = "".join(text for _, text in tokens[: tokens.index(("mark", ":"))])
    if not _PROPERTY.fullmatch(name):
        return False
    return _known(tokens, with_images=_SHOWS_IMAGE.fullmatch(name) is not None)


def _is_prelude(tokens: list[_Token]) -> bool:
    if tokens and tokens[0][0] == "at":
        return _AT_RULE.fullmatch(tokens[0][1]) is not None and _known(tokens[1:])
    return _known(tokens)


def _known(tokens: Iterable[_Token], *, with_images: bool = False) -> bool:
    return all(
        kind != "at"
        and (kind != "url" or with_images)
        and (kind != "function" or _FUNCTION.fullmatch(text) is not None)
        for kind, text in tokens
    )
