"""From a container's inner HTML to a post's BODY (docs/format.md, "From Sina's page to BODY")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from newsarchive import pictures
from newsarchive.exceptions import BadInput, Reason
from newsarchive.post import tree
from newsarchive.post.links import absolute
from newsarchive.post.safety import sanitise
from newsarchive.post.tree import Action, Attributes, Replacement

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
    headimg = ""

    def policy(name: str, attributes: Attributes, node: LexborNode) -> Action | Replacement:
        nonlocal headimg
        if name == "a" and "href" in attributes:
            attributes["href"] = absolute(attributes["href"], base_url)
        is_image = name == "img"
        if is_image and not (stored and pictures.is_stored(attributes)):
            attributes.pop(pictures.ORIGINAL, None)
            _settle_image(attributes, base_url)
        action = sanitise(name, attributes, node, base_url, stored=stored)
        if is_image and not headimg and len(source := pictures.source(attributes)) <= _LONGEST:
            headimg = source
        return action

    return Body(_written(markup, policy), headimg)


def images(body: str) -> list[Attributes]:
    """The attributes of every `<img>` of a BODY, in order."""
    return [
        tree.attributes_of(node)
        for node, tag, entered in tree.nodes(body)
        if entered and tag == "img"
    ]


def with_images(body: str, paths: Mapping[str, str]) -> str:
    """A BODY in which the pictures with these sources lead to *paths* in the archive."""

    def policy(name: str, attributes: Attributes, _: LexborNode) -> Action:
        source = attributes.get("src", "")
        if name == "img" and (path := paths.get(source)):
            attributes["src"] = pictures.UP + path
            attributes[pictures.ORIGINAL] = source
        return Action.KEEP

    return _written(body, policy)


def without_images(body: str) -> str:
    """A BODY in which every picture has its address on the web, as if the archive had none."""
    if pictures.ORIGINAL not in body:
        return body

    def policy(name: str, attributes: Attributes, _: LexborNode) -> Action:
        if name == "img" and pictures.is_stored(attributes):
            attributes["src"] = attributes.pop(pictures.ORIGINAL)
        return Action.KEEP

    return _written(body, policy)


def _written(markup: str, policy: tree.Policy) -> str:
    return _SYNTAX.sub(_as_references, tree.rewritten(markup, policy))


def _as_references(match: re.Match[str]) -> str:
    return "".join(f"&#{ord(character)};" for character in match[0])


def _settle_image(attributes: Attributes, base_url: str) -> None:
    source = attributes.get("src") or next(
        (value for value in attributes.values() if _LAZY.search(value)), None
    )
    if source:
        attributes["src"] = _secure(absolute(source.strip(), base_url))
    attributes["referrerpolicy"] = "no-referrer"


def _secure(source: str) -> str:
    """The address that a browser asks for a picture of a page that came by https."""
    return _INSECURE.sub("https://", source)
