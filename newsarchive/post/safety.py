"""What may live in a post's body: nothing that executes or loads code survives.

The rules go beyond the seeds' recipe and are invisible in them (docs/format.md, "Beyond the seeds'
recipe"). Elements, attributes and CSS are kept by what is known to be harmless.
"""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Tag
from bs4.element import Comment, NavigableString, PageElement

from newsarchive import pictures
from newsarchive.exceptions import BadInput, Reason
from newsarchive.post import css, tree
from newsarchive.post.links import absolute

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
#: How many elements are taken out at most: more than any article has.
_CHANGED_MAX = 2_000
#: Comparisons that taking them out may cost: a second's worth.
_COST_MAX = 10_000_000

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
_RASTER = r"image/(?:png|gif|jpe?g|webp|bmp|avif|x-icon)[;,]"
_IMAGE = re.compile(f"https://|data:{_RASTER}", re.IGNORECASE)
_ACTIVE = re.compile(
    f"(?:javascript|vbscript|livescript|mocha|view-source|blob):|data:(?!{_RASTER})",
    re.IGNORECASE,
)


def sanitise(soup: BeautifulSoup, base_url: str = "", *, stored: bool = False) -> None:
    """Remove from *soup*, in place, whatever the module's rules do not let stay.

    *base_url* is the article's URL, against which the links that embeddings leave are made;
    *stored*: it is the body of a post, which may name pictures of the archive. Raises
    BadInput(TOO_LARGE) where more would have to be taken out than any article has.
    """
    changed = cost = 0
    gone: set[int] = set()  # what went with an element around it
    for tag in tree.elements(soup):
        name = tag.name
        if id(tag) in gone:
            continue
        if name in ALLOWED or _PREFIXED.fullmatch(name):
            if name == "style" and not css.is_safe_sheet(tag.get_text()):
                tag.extract()
            else:
                _clean_attributes(tag, stored=stored)
            continue
        changed += 1
        if name in _DROPPED or name in _FOREIGN or name in _EMBEDDING:
            gone.update(map(id, tag.descendants))
        else:  # bs4 looks for each child among the others when it moves them up
            cost += len(tag.contents) ** 2 + sum(1 for _ in tag.parents)
        if changed > _CHANGED_MAX or cost > _COST_MAX:
            raise BadInput(Reason.TOO_LARGE, "too many elements to take out")
        # Nothing is decomposed here: bs4 answers `.decomposed` by a search through the subtree.
        if name in _DROPPED:
            tag.extract()
        elif name in _FOREIGN:
            tag.replace_with(NavigableString(_plain_text(tag)))
        elif name in _EMBEDDING:
            _leave_link(soup, tag, base_url)
        elif name in ("xmp", "plaintext"):  # their text is raw: as `pre` it can be escaped
            tag.name = "pre"
            tag.attrs.clear()
        else:
            tag.unwrap()


def _clean_attributes(tag: Tag, *, stored: bool) -> None:
    own = stored and tag.name == "img" and pictures.is_stored(tag.attrs)
    for key in list(tag.attrs):
        value = str(tag.attrs[key])
        if own and key in ("src", pictures.ORIGINAL):
            continue
        if not _is_harmless(key) or not _may_stay(tag.name, key.lower(), value):
            del tag.attrs[key]
        elif key.lower() == "style":
            cleaned = css.clean_declarations(value)
            if cleaned or not value:
                tag.attrs[key] = cleaned
            else:
                del tag.attrs[key]


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
