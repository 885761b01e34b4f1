"""What may live in a post's body: nothing that executes or loads code survives.

The rules go beyond the seeds' recipe and are invisible in them (docs/format.md, "Beyond the seeds'
recipe"). Elements, attributes and CSS are kept by what is known to be harmless.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

from newsarchive import pictures
from newsarchive.post import css, tree
from newsarchive.post.links import absolute
from newsarchive.post.tree import Action, Attributes, Replacement

#: HTML elements that only mark up, group or lay out.
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
#: Word's and Weibo's names (`o:p`, `wb:follow-button`) are unknown to HTML and do nothing.
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
#: What is in them is text as it stands, which could not be written so again.
_RAW_TEXT = frozenset(("xmp", "plaintext"))

#: Attributes of HTML, today's and yesterday's, that only describe, name or lay out. What loads,
#: sends, submits, takes focus or opens something is not among them.
_HARMLESS = frozenset(
    (
        "abbr accept accesskey align alt axis bgcolor border bordercolor "
        "bordercolordark bordercolorlight cellpadding cellspacing char charoff checked cite class "
        "clear color cols colspan compact coords datetime decoding dir disabled download draggable "
        "face for frame headers height hidden hidefocus high href hreflang hspace id inputmode "
        "itemid itemprop itemref itemscope itemtype kind label lang language list loading longdesc "
        "low max maxlength min minlength multiple name nohref noshade nowrap open optimum pattern "
        "placeholder readonly referrerpolicy rel required rev reversed role rows rowspan rules "
        "scope selected shape size span spellcheck src start step style summary tabindex target "
        "title translate type usemap valign value vlink vspace width wrap"
    ).split()
)
#: Words of Sina's pages and of Word's smart tags that HTML does not have.
_UNKNOWN_TO_HTML = frozenset(
    (
        "adtypeturning cid did docid expara fid pid tid uid day hasspace islunardate isrocdate "
        "month negative numbertype sourcevalue tcsc unitname year"
    ).split()
)
#: What HTML5 reads as one name (quotes are part of it in broken markup); one that begins with `=`
#: would become the value of the name before it.
_NAME = re.compile(r"[^\s<>/=\x00-\x1f\x7f-\x9f]+")
#: HTML names its attributes in ASCII letters: it has none with a hyphen, a prefix or a quote, and
#: will have none. Such a name means something to a program of Sina's only …
_FOREIGN_NAME = re.compile(r"[^\W\d_].*[^a-z0-9].*|[^\x00-\x7f].*|_.*", re.DOTALL)
#: … but for these, and for those that frameworks in a reader's page take for code.
_TELLING_NAME = re.compile(
    r"on|accept-charset$|http-equiv$|xlink:|xml:|_$|(?:(?:data|x)[-:_])?(?:ng|v|x|hx|wire)[-:_]"
    r"|data-(?:bind|script|on|init|effect)\b"
)
_BLANKS = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]+")
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.\-]*):")
_LINK_SCHEMES = frozenset(("http", "https", "mailto", "tel", "ftp"))
_LINKING = frozenset("href cite longdesc usemap itemid itemtype".split())
#: Whose pages know no opener, or are the reader's own. Any other name with a `_` is but a name.
_WINDOWS = frozenset(("", "_blank", "_self", "_parent", "_top"))
_ON_WEB = re.compile(r"https?://")
_RASTER = r"image/(?:png|gif|jpe?g|webp|bmp|avif|x-icon)[;,]"
_IMAGE = re.compile(f"https://|data:{_RASTER}", re.IGNORECASE)
_ACTIVE = re.compile(
    f"(?:javascript|vbscript|livescript|mocha|view-source|blob):|data:(?!{_RASTER})",
    re.IGNORECASE,
)


def sanitise(
    name: str, attributes: Attributes, node: LexborNode, base_url: str, *, stored: bool
) -> Action | Replacement:
    """What becomes of an element by the module's rules; what of its *attributes* may not stay goes.

    *base_url* is the article's URL, against which the links that embeddings leave are made;
    *stored*: it is in the body of a post, which may name pictures of the archive.
    """
    if name in ALLOWED or _PREFIXED.fullmatch(name):
        if name == "style" and not css.is_safe_sheet(node.text()):
            return Action.DROP
        if attributes:
            _clean_attributes(name, attributes, stored=stored)
        return Action.KEEP
    if name in _DROPPED:
        return Action.DROP
    if name in _FOREIGN:
        return Replacement(tree.plain_text(node))
    if name in _EMBEDDING:
        return _link(attributes, node, base_url)
    if name in _RAW_TEXT:  # as `pre` it can be escaped
        return Replacement(tree.plain_text(node), "pre")
    return Action.UNWRAP


def _clean_attributes(element: str, attributes: Attributes, *, stored: bool) -> None:
    own = stored and element == "img" and pictures.is_stored(attributes)
    for key, value in list(attributes.items()):
        if own and key in ("src", pictures.ORIGINAL):
            continue
        if not _is_harmless(key) or not _may_stay(element, key.lower(), value):
            del attributes[key]
        elif key.lower() == "style":
            cleaned = css.clean_declarations(value)
            if cleaned or not value:
                attributes[key] = cleaned
            else:
                del attributes[key]


def _is_harmless(attribute: str) -> bool:
    name = attribute.lower()
    return (
        name in _HARMLESS
        or name in _UNKNOWN_TO_HTML
        or (
            _NAME.fullmatch(attribute) is not None
            and _FOREIGN_NAME.fullmatch(name) is not None
            and _TELLING_NAME.match(name) is None
        )
    )


def _may_stay(element: str, attribute: str, value: str) -> bool:
    if attribute == pictures.ORIGINAL:  # nobody else's
        return False
    if attribute == "src":  # what is no absolute address here is one of the reader's own place
        return element == "img" and _IMAGE.match(value) is not None
    bare = _BLANKS.sub("", value)
    if attribute in _LINKING:
        scheme = _SCHEME.match(bare)
        return not scheme or scheme[1].lower() in _LINK_SCHEMES
    if attribute == "target":  # the page in a window with a name can lead its opener elsewhere
        return value.lower() in _WINDOWS
    if attribute == "name":  # what `document` has is hidden by a picture of that name
        return element != "img"
    if attribute == "rel":
        return "opener" not in value.lower().split()
    if attribute in ("alt", "title", "summary", "placeholder"):
        return True  # text, never an address
    return not _ACTIVE.match(bare)


def _link(attributes: Attributes, node: LexborNode, base_url: str) -> Action | Replacement:
    """A plain link to what an embedding element shows, if that is on the web."""
    source = attributes.get("src", "")
    if not source and (inner := node.css_first("source[src]")) is not None:
        source = inner.attributes["src"] or ""
    source = f"https:{source}" if source.startswith("//") else source
    target = absolute(source, base_url) if source else ""
    return Replacement(target, "a", {"href": target}) if _ON_WEB.match(target) else Action.DROP
