"""An article's body as a document of its own, for a frame that nothing gets out of.

It was cleaned before it was archived; here it loses what would load something from elsewhere.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from bs4 import Tag

from newsarchive import pictures
from newsarchive.post.links import absolute
from newsarchive.site.soup import parse

_WEB = re.compile(r"https?://", re.I)
_LOADS = re.compile(r"url\s*\(", re.I)
_ENDS = re.compile(r"<(?:br|/(?:p|div|h[1-6]|li|tr|blockquote|section|table|figure|pre))\b[^>]*>")
_TAGS = re.compile(r"<[^>]*>")
#: Ems that stand in a line of the frame: on a phone, on a tablet, on a desk (`style.css`).
WIDTHS = (17, 30, 38)
#: Pixels: of a line, between paragraphs, around all, of a picture.
_LINE, _BETWEEN, _AROUND, _PICTURE = 33, 17, 24, 320
#: A frame that is higher is scrolled inside.
HEIGHT_MAX = 60_000


class Shown(NamedTuple):
    """A body as it is shown."""

    markup: str
    elsewhere: int  #: pictures that would come from the web, whether they are shown or not
    heights: tuple[int, int, int]  #: in pixels, for each of WIDTHS: an estimate


def shown(body: str, url: str, picture: str, place: Callable[[str], str], *, remote: bool) -> Shown:
    """The *body* of an article from *url*; *picture*: what stands where one is not loaded;
    *place*: where the site has one of the archive, by its path.

    *remote*: pictures are loaded from the web. Raises BadInput for what no article is.
    """
    soup = parse(body)
    linked = {id(image) for link in soup.find_all("a") for image in link.find_all("img")}
    elsewhere = 0
    for tag in soup.find_all(True):
        if not remote and _LOADS.search(str(tag.get("style", ""))):
            del tag["style"]
        for name in ("href", "cite", "longdesc"):
            if name in tag.attrs:
                _outwards(tag, name, url)
        source = str(tag.get("src", ""))
        if tag.name == "img" and pictures.is_path(source.removeprefix(pictures.UP)):
            tag["src"] = place(source.removeprefix(pictures.UP))
        elif tag.name == "img" and _WEB.match(source):
            elsewhere += 1
            if remote:
                tag["loading"], tag["referrerpolicy"] = "lazy", "no-referrer"
            else:
                _replace(tag, picture, linked=id(tag) in linked)
    markup = soup.decode()
    return Shown(markup, elsewhere, _heights(markup))


def _outwards(tag: Tag, name: str, url: str) -> None:
    """A link leads to the web, in a page of its own; else it is none."""
    target = absolute(str(tag[name]).strip(), url)
    if not _WEB.match(target):
        del tag[name]
    elif name == "href":
        tag["href"], tag["target"], tag["rel"] = target, "_blank", "noopener noreferrer"


def _replace(image: Tag, picture: str, *, linked: bool) -> None:
    """Make a link to it of *image*, which may stand in one: *linked*."""
    source = str(image["src"])
    about = str(image.get("alt") or image.get("title") or "").strip() or urlsplit(source).netloc
    attributes = {"class": "picture"}
    if not linked:
        attributes |= {"href": source, "target": "_blank", "rel": "noopener noreferrer"}
    # In its place: bs4 looks through all beside it for what it is to take out.
    image.name = "span" if linked else "a"
    image.attrs = {**attributes}
    image.string = f"{picture}: {about[:80]}"


def _heights(markup: str) -> tuple[int, int, int]:
    """How high the text becomes, with pictures counted as if they all had one height."""
    text = _TAGS.sub("", _ENDS.sub("\n", markup.replace("\n", " ")))
    lengths = [_ems(line) for line in html.unescape(text).split("\n") if line.strip()]
    images = markup.count("<img") * _PICTURE

    def height(width: int) -> int:
        lines = sum(-(-max(length, 1) // width) for length in lengths)
        told = lines * _LINE + len(lengths) * _BETWEEN + images + _AROUND
        return min(HEIGHT_MAX, -(-told // 40) * 40)

    narrow, middle, wide = map(height, WIDTHS)
    return narrow, middle, wide


def _ems(line: str) -> int:
    """The length of a line, where Chinese characters are one em wide, others half."""
    line = " ".join(line.split())
    return (len(line) + sum(1 for char in line if char >= "\u2e80") + 1) // 2
