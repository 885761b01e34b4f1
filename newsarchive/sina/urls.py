"""Sina's URL grammar: which document a URL names, in which of its many spellings (docs/sina.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from urllib.parse import quote, unquote_plus, urljoin, urlsplit, urlunsplit

from newsarchive.items import DOC_ID

#: Sina's news sites, desktop and mobile.
DOMAINS = ("sina.com.cn", "sina.cn")

_MODERN = re.compile(
    r"/(?:doc|detail|zl)-i(?P<id>[a-z]{7}[0-9]{7})(?P<page>_[0-9]{1,3})?\.(?:s?html?|d\.html)$"
)
_DATED = re.compile(
    r"/(?P<y>[0-9]{4})-?(?P<m>[0-9]{2})-?(?P<d>[0-9]{2})/(?:[0-9]{4}/)?[0-9]{4}(?P<did>[0-9]{6,12})"
    r"(?P<page>_[0-9]{1,3})?\.s?html?$"
)
#: Self-media, on k.sina.com.cn and on (t.)cj.sina.com.cn: the same article under both.
_SELF_MEDIA = re.compile(
    r"^/(?:article_(?P<uid>[0-9]{5,12})_m?(?P<key>[0-9a-z]{6,32})\.html"
    r"|articles/view/(?P<uid2>[0-9]{5,12})/(?P<key2>[0-9a-z]{6,32}))/?$"
)
_SLIDES = re.compile(r"/slide_([0-9]{1,6})_([0-9]{1,9})_([0-9]{1,9})\.html$")
_OLD_VIDEO = re.compile(r"/(?P<number>[0-9]{4,12})\.html$")
#: Letters, digits, hyphens: what every reader of URLs takes for the same host.
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?\.)+(?:com\.)?cn")
_SAFE = "/%:@!$&'()*+,;=~"
#: Characters. Scrapy drops requests for longer ones without a word (URLLENGTH_LIMIT).
_LONGEST = 2083
_PATH_DATE = re.compile(r"/(\d{4})-?(\d{2})-?(\d{2})/")

#: Parameters that say where a reader came from, not what is read.
_TRACKING = frozenset("from cre mod loc r doct rfunc tj tr vt cid node_id wm ref sudaref".split())

#: pid of the sections whose old URLs carry only a did: publishid is `pid,tid,did`.
_OLD_PID = {"finance": "31-1", "news": "1-1", "tech": "2-1", "ent": "28-3"}

_NOT_ARTICLES = re.compile(
    r"^(?:live|zhibo|search|vip|biz|hq|login|passport|comment\d*|feed|roll|cre|interface"
    r"|guba|licaishi|blog|weibo|photo|rss|api|n|i\d?)\.",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ArticleUrl:
    """What a URL says about the document behind it."""

    doc_id: str
    url: str  #: canonical: https, no tracking, no fragment
    mobile: bool  #: a page of sina.cn
    path_date: date | None  #: the date in the path, China time: reliable, unlike the id

    @property
    def is_video(self) -> bool:
        """A page of the video site, which has no text."""
        return urlsplit(self.url).netloc.startswith("video.")


@lru_cache(1_024)  # a page's own address is asked about again and again
def parse(url: str) -> ArticleUrl | None:
    """The document that *url* names; None where it is no article of Sina."""
    canonical = canonical_url(url)
    if canonical is None:
        return None
    parts = urlsplit(canonical)
    host = parts.hostname or ""
    if _NOT_ARTICLES.match(host):
        return None
    doc_id, path = _document(host, parts.path)
    if not DOC_ID.fullmatch(doc_id):
        return None
    url = urlunsplit(("https", host, path, parts.query, ""))
    return ArticleUrl(doc_id, url, _is_under(host, "sina.cn"), path_date(path))


def _document(host: str, path: str) -> tuple[str, str]:
    """The document id that a path names, '' for none, and the path of its first page."""
    section = host.split(".")[0]
    if modern := _MODERN.search(path):
        return modern["id"], _first_page(path, modern["page"])
    if section in ("k", "cj", "t"):
        found = _SELF_MEDIA.search(path)
        return (
            (f"k-{found['uid'] or found['uid2']}-{found['key'] or found['key2']}", path)
            if (found)
            else ("", path)
        )
    if section == "slide":
        series = _SLIDES.search(path)
        return ("slide-" + "-".join(series.groups()), path) if series else ("", path)
    if section == "video":
        video = _OLD_VIDEO.search(path)
        return (f"video-{int(video['number'])}", path) if video else ("", path)
    dated = _DATED.search(path)
    if dated and section in _OLD_PID:
        return f"{_OLD_PID[section]}-{int(dated['did'])}", _first_page(path, dated["page"])
    return "", path


def _first_page(path: str, page: str | None) -> str:
    """`…/doc-iabc_2.shtml` is a further page of `…/doc-iabc.shtml`."""
    before, _, after = path.rpartition(f"{page}.") if page else (path, "", "")
    return f"{before}.{after}" if page else path


@lru_cache(1_024)
def canonical_url(url: str) -> str | None:
    """*url* over https, without tracking and fragment.

    None where it is not on a host of Sina, or longer than any address.
    """
    url = url.strip()
    if url.startswith("//"):
        url = "https:" + url
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").lower().rstrip(".")
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or port not in (None, 80, 443):
        return None
    if parts.username is not None or not (_HOST.fullmatch(host) and is_sina(host)):
        return None
    kept = "&".join(part for part in parts.query.split("&") if part and not _tracks(part))
    path = quote(parts.path or "/", _SAFE, errors="replace")
    query = quote(kept, f"{_SAFE}?", errors="replace")
    canonical = urlunsplit(("https", host, path, query, ""))
    return canonical if len(canonical) <= _LONGEST else None


def _tracks(part: str) -> bool:
    name = unquote_plus(part.partition("=")[0])
    return name in _TRACKING or name.startswith("utm_")


def absolute(reference: str, base: str) -> str:
    """*reference* as a link on the page *base* leads, over https; '' where not to Sina."""
    try:
        return canonical_url(urljoin(base, reference.strip())) or ""
    except ValueError:
        return ""


def is_sina(host: str) -> bool:
    """Whether *host* (lower case) belongs to Sina's news sites."""
    return any(_is_under(host, domain) for domain in DOMAINS)


def is_on_sina(url: str) -> bool:
    """Whether *url* is an address of Sina's news sites."""
    return canonical_url(url) is not None


def doc_id_of_publishid(publishid: str) -> str | None:
    """`fxsktkp9337164` as it is, `31,1,18372262` with hyphens; None for anything else."""
    doc_id = publishid.strip().replace(",", "-")
    return doc_id if DOC_ID.fullmatch(doc_id) else None


def path_date(path: str) -> date | None:
    """The date in a URL's path, China time; None where there is none that exists."""
    if match := _PATH_DATE.search(path):
        try:
            day = date(int(match[1]), int(match[2]), int(match[3]))
            return day if 1970 <= day.year <= 9998 else None
        except ValueError:
            return None
    return None


def _is_under(host: str, domain: str) -> bool:
    return host == domain or host.endswith("." + domain)
