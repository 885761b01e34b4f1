"""From a container's inner HTML to a post's BODY (docs/format.md, "From Sina's page to BODY")."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any, NamedTuple

from bs4 import BeautifulSoup

from newsarchive.exceptions import BadInput, Reason
from newsarchive.post import tree
from newsarchive.post.links import absolute
from newsarchive.post.safety import sanitise

#: A lazily loaded picture keeps its address in an attribute of any name.
_LAZY = re.compile(r"\.(gif|png|jpg|webp)")
#: What template engines and site builders take for their own, wherever in a file it stands: braces,
#: Hexo's fences of code (it looks for them in HTML, too) and its sign for what it puts back later,
#: the start of a server-side include.
_SYNTAX = re.compile(r"[{}\ufffc]|`{3,}|~{3,}|(?<=<!--)#")
#: With the scheme left open too: a post is read anywhere, from a disk too.
_INSECURE = re.compile(r"\A(?:http:)?//", re.IGNORECASE)
#: Characters of an address; a picture that a saver put into the page has a hundred times more.
_LONGEST = 2_083
#: Real pages come to rest after one pass; only built ones take more.
_PASSES = 8


class Body(NamedTuple):
    """A cleaned body and the `src` of its first picture ('' without one)."""

    html: str
    headimg: str


def clean(markup: str, base_url: str = "") -> Body:
    """Make the BODY of *markup*; on a BODY it changes nothing.

    *base_url* is the article's URL, against which links become absolute; without it relative ones
    stay. Raises BadInput(UNSTABLE_BODY) where no number of passes gives a fixed point.
    """
    for _ in range(_PASSES):
        body = _clean_once(markup, base_url)
        if body.html == markup:
            return body
        markup = body.html
    raise BadInput(Reason.UNSTABLE_BODY, f"still changes after {_PASSES} passes")


def _clean_once(markup: str, base_url: str) -> Body:
    soup = tree.parse(markup)
    for script in soup.find_all("script"):
        script.extract()
    for link in soup.find_all("a", href=True):
        link["href"] = absolute(str(link["href"]), base_url)
    images = soup.find_all("img")
    for image in images:
        _settle_image(image.attrs, base_url)
    sanitise(soup, base_url)
    return Body(_SYNTAX.sub(_as_references, tree.serialise(soup)), _headimg(soup))


def _as_references(match: re.Match[str]) -> str:
    return "".join(f"&#{ord(character)};" for character in match[0])


def _settle_image(attributes: MutableMapping[str, Any], base_url: str) -> None:
    source = attributes.get("src") or next(
        (value for value in attributes.values() if _LAZY.search(str(value))), None
    )
    if source:
        attributes["src"] = _secure(absolute(str(source).strip(), base_url))
    attributes["referrerpolicy"] = "no-referrer"


def _secure(source: str) -> str:
    """The address that a browser asks for a picture of a page that came by https."""
    return _INSECURE.sub("https://", source)


def _headimg(soup: BeautifulSoup) -> str:
    sources = (str(image["src"]) for image in soup.find_all("img", src=True))
    return next((source for source in sources if len(source) <= _LONGEST), "")
