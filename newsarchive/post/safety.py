"""What may live in a post's body: nothing that executes or loads code survives.

The rules go beyond the seeds' recipe and are invisible in them (docs/format.md, "Beyond the seeds'
recipe"). Elements are kept by an allowlist; an attribute stays unless it can act or load.
"""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Tag
from bs4.element import Comment, NavigableString, PageElement

from newsarchive.exceptions import BadInput, Reason
from newsarchive.post import css
from newsarchive.post.links import absolute

#: HTML elements that only mark up, group or lay out. Word's and Weibo's prefixed names (`o:p`,
#: `wb:follow-button`) are unknown to HTML and do nothing.
ALLOWED = frozenset(
    (
        "a abbr acronym address area article aside b bdi bdo big blockquote br button caption "
        "center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em "
        "fieldset figcaption figure font footer h1 h2 h3 h4 h5 h6 header hgroup hr i img input "
        "ins kbd label legend li listing main map mark marquee menu meter nav nobr ol optgroup "
        "option output p pre progress q rb rp rt rtc ruby s samp search section select small span "
        "strike strong style sub summary sup table tbody td textarea tfoot th thead time tr tt u "
        "ul var wbr"
    ).split()
)
#: More than any article has of those that are not kept.
_CHANGED_MAX = 2_000
_PREFIXED = re.compile(r"[a-z][a-z0-9]*:[a-z][a-z0-9-]*")

#: Gone with all that is in them: code, or text that was never meant to be seen.
_DROPPED = frozenset(
    (
        "script noscript template base link meta title head param source track frame frameset "
        "noframes noembed embed bgsound applet basefont keygen"
    ).split()
)
#: Foreign markup, whose parsing rules differ: only its text stays.
_FOREIGN = frozenset(("svg", "math"))
#: Elements that show another resource: a link to it stays.
_EMBEDDING = frozenset(("iframe", "video", "audio"))

#: What HTML5 reads as one name stays (quotes are part of it in broken markup); a name that begins
#: with `=` would become the value of the one before it.
_ATTRIBUTE_NAME = re.compile(r"[^\s<>/=\x00-\x1f\x7f-\x9f]+")
#: Attributes that load or send something when a browser meets them.
_LOADING = frozenset(
    (
        "srcdoc srcset imagesrcset formaction action ping manifest poster lowsrc dynsrc data code "
        "codebase classid archive profile attributionsrc xlink:href xml:base background nonce is "
        "shadowrootmode http-equiv"
    ).split()
)
_BLANKS = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]+")
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.\-]*):")
_LINK_SCHEMES = frozenset(("http", "https", "mailto", "tel", "ftp"))
_IMAGE_DATA = re.compile(r"data:image/(?:png|gif|jpe?g|webp|bmp|avif|x-icon)[;,]", re.IGNORECASE)
_ACTIVE = re.compile(r"(?:javascript|vbscript|livescript|mocha|data|view-source):", re.IGNORECASE)


def sanitise(soup: BeautifulSoup, base_url: str = "") -> None:
    """Remove from *soup*, in place, whatever the module's rules do not let stay.

    *base_url* is the article's URL, against which the links that embeddings leave are made.
    """
    changed = 0
    for tag in soup.find_all(True):
        changed += tag.name not in ALLOWED
        if changed > _CHANGED_MAX:  # each costs bs4 a walk among its neighbours
            raise BadInput(Reason.TOO_LARGE, f"more than {_CHANGED_MAX} elements to take out")
        # Nothing is decomposed here: bs4 answers `.decomposed` by a search through the subtree.
        name = tag.name
        if name in _DROPPED:
            tag.extract()
        elif name in _FOREIGN:
            tag.replace_with(NavigableString(_plain_text(tag)))
        elif name in _EMBEDDING:
            _leave_link(soup, tag, base_url)
        elif name in ("xmp", "plaintext"):  # their text is raw: as `pre` it can be escaped
            tag.name = "pre"
            tag.attrs.clear()
        elif name not in ALLOWED and not _PREFIXED.fullmatch(name):
            tag.unwrap()
        elif name == "style" and not css.is_safe(tag.get_text()):
            tag.extract()
        else:
            _clean_attributes(tag)


def _clean_attributes(tag: Tag) -> None:
    for key in list(tag.attrs):
        value = str(tag.attrs[key])
        lower = key.lower()
        if (
            not _ATTRIBUTE_NAME.fullmatch(key)
            or lower.startswith("on")
            or lower in _LOADING
            or not _may_stay(tag.name, lower, value)
        ):
            del tag.attrs[key]
        elif lower == "style":
            cleaned = css.clean_declarations(value)
            if cleaned or not value:
                tag.attrs[key] = cleaned
            else:
                del tag.attrs[key]


def _may_stay(element: str, attribute: str, value: str) -> bool:
    bare = _BLANKS.sub("", value)
    if attribute == "src":
        if element != "img":
            return False
        scheme = _SCHEME.match(bare)
        return not scheme or scheme[1].lower() in ("http", "https") or bool(_IMAGE_DATA.match(bare))
    if attribute == "href":
        scheme = _SCHEME.match(bare)
        return not scheme or scheme[1].lower() in _LINK_SCHEMES
    if attribute in ("alt", "title", "summary", "placeholder"):
        return True  # text, never an address
    return not _ACTIVE.match(bare) or bool(_IMAGE_DATA.match(bare))


def _leave_link(soup: BeautifulSoup, tag: Tag, base_url: str) -> None:
    """Replace an embedding element by a plain link to what it showed, if that is on the web."""
    inner = tag.find("source", src=True)
    source = str(tag.get("src") or (inner.get("src") if isinstance(inner, Tag) else None) or "")
    source = f"https:{source}" if source.startswith("//") else source
    target = absolute(source, base_url) if source else ""
    if re.match(r"https?://", target):
        link = soup.new_tag("a", attrs={"href": target})
        link.string = target
        tag.replace_with(link)
    else:
        tag.extract()


def _plain_text(tag: Tag) -> str:
    def readable(node: PageElement) -> bool:
        return not isinstance(node, Comment) and not (
            node.parent is not None and node.parent.name in ("script", "style")
        )

    return "".join(str(node) for node in tag.find_all(string=True) if readable(node))
