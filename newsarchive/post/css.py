"""Which CSS may stay in a post: nothing that executes, and nothing that loads but https images."""

from __future__ import annotations

import re

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_URL = re.compile(r"url\((?P<target>[^()]{0,2000})\)", re.IGNORECASE)
#: Tokens that load or run something, or (the backslash) can spell such a token differently.
_HOSTILE = re.compile(
    r"\\|@import|@charset|@namespace|@font-face|@document|expression\s*\(|behaviou?r\s*:"
    r"|-moz-binding|alphaimageloader|progid|javascript\s*:|vbscript\s*:|(?:image|image-set|cross-fade|src|element)\s*\("
    r"|url|<[a-z/!?]|-->",
    re.IGNORECASE,
)
_DECLARATION = re.compile(r"""(?:"[^"]*"|'[^']*'|\([^()]*\)|[^;"'()]|["'()])+;?""")
#: With quotes of the same kind around it, or none.
_IMAGE_TARGET = re.compile(r"""(["']?)https://[^\s\\<>"']+\1""")


def is_safe(css: str) -> bool:
    """Whether a whole style sheet or declaration can neither run nor load anything.

    Allowed is `url()` with one absolute https address (an image, wherever CSS takes a url here).
    """

    def allowed(match: re.Match[str]) -> str:
        return "" if _IMAGE_TARGET.fullmatch(match["target"].strip()) else match[0]

    return not any(
        _HOSTILE.search(_URL.sub(allowed, text)) for text in (css, _COMMENT.sub("", css))
    )


def clean_declarations(style: str) -> str:
    """The value of a `style` attribute without the declarations that are not safe."""
    if is_safe(style):
        return style
    kept = "".join(part for part in _DECLARATION.findall(style) if is_safe(part)).strip()
    return kept if is_safe(kept) else ""
