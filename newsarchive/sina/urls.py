"""Sina's URL grammar: which document a URL names, in which of its many spellings (docs/sina.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, unquote_plus, urlsplit, urlunsplit

from newsarchive.items import DOC_ID

_MODERN = re.compile(r"/(?:doc|detail|zl)-i(?P<id>[a-z]{7}[0-9]{7})\.(?:s?html?|d\.html)$")
_DATED = re.compile(
    r"/(?P<y>\d{4})-?(?P<m>\d{2})-?(?P<d>\d{2})/(?:\d{4}/)?\d{4}(?P<did>\d{6,12})\.s?html?$",
    re.ASCII,
)
#: Letters, digits, hyphens: what every reader of URLs takes for the same host.
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?\.)+(?:com\.)?cn")
_SAFE = "/%:@!$&'()*+,;=~"
_PATH_DATE = re.compile(r"/(\d{4})-?(\d{2})-?(\d{2})/")

#: Parameters that say where a reader came from, not what is read.
_TRACKING = frozenset("from cre mod loc r doct rfunc tj tr vt cid node_id wm ref sudaref".split())

#: pid of the sections whose old URLs carry only a did: publishid is `pid,tid,did`.
_OLD_PID = {"finance": "31-1", "news": "1-1", "tech": "2-1", "ent": "28-3"}

_NOT_ARTICLES = re.compile(
    r"^(?:video|slide|live|zhibo|search|vip|biz|hq|login|passport|comment\d*|feed|roll|cre|interface"
    r"|guba|licaishi|blog|weibo|photo|rss|api|n|i\d?|k)\.",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ArticleUrl:
    """What a URL says about the document behind it."""

    doc_id: str
    url: str  #: canonical: https, no tracking, no fragment
    mobile: bool  #: a page of sina.cn
    path_date: date | None  #: the date in the path, China time: reliable, unlike the id


def parse(url: str) -> ArticleUrl | None:
    """The document that *url* names; None where it is no article of Sina."""
    canonical = canonical_url(url)
    if canonical is None:
        return None
    parts = urlsplit(canonical)
    host = parts.hostname or ""
    if _NOT_ARTICLES.match(host):
        return None
    if modern := _MODERN.search(parts.path):
        doc_id = modern["id"]
    elif dated := _DATED.search(parts.path):
        prefix = _OLD_PID.get(host.split(".")[0])
        if prefix is None:
            return None
        doc_id = f"{prefix}-{int(dated['did'])}"
    else:
        return None
    return ArticleUrl(doc_id, canonical, _is_under(host, "sina.cn"), path_date(parts.path))


def canonical_url(url: str) -> str | None:
    """*url* over https, without tracking and fragment; None where it is not on a host of Sina."""
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
    return urlunsplit(("https", host, path, query, ""))


def _tracks(part: str) -> bool:
    name = unquote_plus(part.partition("=")[0])
    return name in _TRACKING or name.startswith("utm_")


def is_sina(host: str) -> bool:
    """Whether *host* (lower case) belongs to Sina's news sites."""
    return _is_under(host, "sina.com.cn") or _is_under(host, "sina.cn")


def doc_id_of_publishid(publishid: str) -> str | None:
    """`fxsktkp9337164` as it is, `31,1,18372262` with hyphens; None for anything else."""
    doc_id = publishid.strip().replace(",", "-")
    return doc_id if DOC_ID.fullmatch(doc_id) else None


def path_date(path: str) -> date | None:
    """The date in a URL's path, China time; None where there is none that exists."""
    if match := _PATH_DATE.search(path):
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            return None
    return None


def _is_under(host: str, domain: str) -> bool:
    return host == domain or host.endswith("." + domain)
