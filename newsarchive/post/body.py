"""From a container's inner HTML to a post's BODY (docs/format.md, "From Sina's page to BODY")."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Any, NamedTuple

from bs4 import BeautifulSoup

from newsarchive import pictures
from newsarchive.exceptions import BadInput, Reason
from newsarchive.post import tree
from newsarchive.post.links import absolute
from newsarchive.post.safety import sanitise

#: A lazily loaded picture keeps its address in an attribute of any name.
_LAZY = re.compile(r"\.(gif|png|jpg|webp)")
#: What template engines and site builders take for their own, wherever in a file it stands: braces,
#: Hexo's fences of code (it looks for them in HTML, too) and its sign for what it puts back later,
#: the start of a server-side include. Each alternative begins with its letter: searched for so, it
#: takes a tenth of the time.
_SYNTAX = re.compile(r"\{|\}|\ufffc|```+|~~~+|#(?<=<!--#)")
#: With the scheme left open too: a post is read anywhere, from a disk too.
_INSECURE = re.compile(r"\A(?:http:)?//", re.IGNORECASE)
#: Characters of an address; a picture that a saver put into the page has a hundred times more.
_LONGEST = 2_083
#: Real pages come to rest after one pass; only built ones take more.
_PASSES = 8


class Body(NamedTuple):
    """A cleaned body and the address of its first picture ('' without one)."""

    html: str
    headimg: str


def clean(markup: str, base_url: str = "", *, stored: bool = False) -> Body:
    """Make the BODY of *markup*; on a BODY it changes nothing.

    *base_url* is the article's URL, against which links become absolute; without it relative ones
    stay. *stored*: it is the BODY of a post, which may name pictures of the archive; what comes
    from elsewhere cannot. Raises BadInput(UNSTABLE_BODY) where no number of passes gives a fixed
    point.
    """
    for _ in range(_PASSES):
        body = _clean_once(markup, base_url, stored)
        if body.html == markup:
            return body
        markup = body.html
    raise BadInput(Reason.UNSTABLE_BODY, f"still changes after {_PASSES} passes")


def _clean_once(markup: str, base_url: str, stored: bool) -> Body:
    soup = tree.parse(markup)
    for tag in tree.elements(soup):
        if tag.name == "script":
            tag.extract()
        elif tag.name == "a" and "href" in tag.attrs:
            tag["href"] = absolute(str(tag["href"]), base_url)
        elif tag.name == "img" and not (stored and pictures.is_stored(tag.attrs)):
            tag.attrs.pop(pictures.ORIGINAL, None)
            _settle_image(tag.attrs, base_url)
    sanitise(soup, base_url, stored=stored)
    return Body(_written(soup), _headimg(soup))


def images(body: str) -> list[dict[str, str]]:
    """The attributes of every `<img>` of a BODY, in order."""
    return [
        {name: str(value) for name, value in image.attrs.items()}
        for image in tree.parse(body).find_all("img")
    ]


def with_images(body: str, paths: Mapping[str, str]) -> str:
    """A BODY in which the pictures with these sources lead to *paths* in the archive."""
    soup = tree.parse(body)
    for image in soup.find_all("img", src=True):
        source = str(image["src"])
        if path := paths.get(source):
            image["src"] = pictures.UP + path
            image[pictures.ORIGINAL] = source
    return _written(soup)


def without_images(body: str) -> str:
    """A BODY in which every picture has its address on the web, as if the archive had none."""
    if pictures.ORIGINAL not in body:
        return body
    soup = tree.parse(body)
    for image in soup.find_all("img"):
        if pictures.is_stored(image.attrs):
            image["src"] = str(image.attrs.pop(pictures.ORIGINAL))
    return _written(soup)


def _written(soup: BeautifulSoup) -> str:
    return _SYNTAX.sub(_as_references, tree.serialise(soup))


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
    sources = (
        pictures.source(tag.attrs)
        for tag in tree.elements(soup)
        if tag.name == "img" and "src" in tag.attrs
    )
    return next((source for source in sources if len(source) <= _LONGEST), "")
