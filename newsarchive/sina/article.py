"""From a page to an Article: the layout picked, its fields read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser

from newsarchive import bounds, clock
from newsarchive.dom import select
from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import Article
from newsarchive.sina import classify, layouts, media, pager, reading, saved, urls
from newsarchive.sina.blanks import fold
from newsarchive.sina.layouts import Layout

#: `标题|kw|kw_新浪财经_新浪网`: what a page's <title> has behind the title.
_TITLE_TAIL = re.compile(r"(?:_[^_]{1,12}){1,2}$")
#: Put in by the template, said by nobody.
_FILLER_KEYWORDS = frozenset(("", "新闻", "sina.cn", "手机新浪网", "新浪网"))
#: More than any title, time or source says.
_TEXTS_MAX = 1_000_000
_ALL_CIDS = re.compile(r"allCIDs:([\d,]+)")
_OLD_ID = re.compile(r"[0-9]+-[0-9]+-[0-9]+")
_DATAID = re.compile(r"dataid:comos:([a-z]+\d+)")


def parse(markup: str, url: str = "") -> Article:
    """The Article on a page.

    *url* is where the page came from; without one the page's own word (og:url) is taken.
    Raises BadInput for everything that is no whole article: NOT_FOUND, BLOCKED, NOT_ARTICLE,
    TRUNCATED, NO_BODY, NO_TITLE, TOO_LARGE.
    """
    page = LexborHTMLParser(bounds.checked(markup))
    metas = _metas(page)
    own_url = urls.canonical_url(url or metas.get("og:url", "")) or ""
    content = _content(page, markup, metas, own_url)
    layout, title, body = content.layout, content.title, content.body
    if not title:
        raise BadInput(Reason.NO_TITLE)
    published_at, published_raw = _published(page, layout, metas, own_url)
    updated_raw = metas.get("weibo: article:update_at", "")
    return Article(
        title=title,
        body=body,
        doc_id=_doc_id(page, metas, own_url),
        url=own_url,
        source=_source(page, layout, metas),
        editor=reading.editor_of(page) or reading.editor(body),
        keywords=_keywords(page, layout, metas, title),
        symbols=reading.symbols(body),
        column_ids=_column_ids(metas),
        layout=content.name,
        next_url=content.next_url,
        published_at=published_at,
        updated_at=clock.parse_shanghai(updated_raw),
        raw_clocks={
            name: raw
            for name, raw in (("published_at", published_raw), ("updated_at", updated_raw))
            if raw
        },
    )


class _Content(NamedTuple):
    layout: Layout
    name: str  #: the layout's, or `slide`, `video`
    title: str
    body: str
    next_url: str = ""


def _content(page: LexborHTMLParser, markup: str, metas: dict[str, str], url: str) -> _Content:
    """What the page shows: the text in a container, a picture series, or a video."""
    picked = layouts.pick(page)
    if picked is None and (shown := _shown(page, metas, url)):
        title = fold(shown.title) or _title(page, layouts.GENERIC, metas)
        return _Content(layouts.GENERIC, shown.layout, title, shown.body)
    classify.check(page, markup, picked[1] if picked else None)
    assert picked is not None, "check refuses pages without a container"
    layout, container = picked
    saved.restore(container)
    next_url = pager.next_page(container, page, url)
    body = container.inner_html or ""
    return _Content(layout, layout.name, _title(page, layout, metas), body, next_url)


def _shown(page: LexborHTMLParser, metas: dict[str, str], url: str) -> media.Media | None:
    shown = media.series(page)
    named = urls.parse(url)
    if shown is None and named is not None and named.is_video:
        shown = media.video(page, metas, url)
    return shown


def _column_ids(metas: dict[str, str]) -> list[str]:
    """The columns of `sudameta allCIDs`, the article's main one first."""
    match = _ALL_CIDS.search(metas.get("sudameta", ""))
    return [cid for cid in match[1].split(",") if cid] if match else []


def _metas(page: LexborHTMLParser) -> dict[str, str]:
    """name or property → content, in lower case; the first that says something counts."""
    metas: dict[str, str] = {}
    for node in page.css("meta[content]"):
        attributes = node.attributes
        name = (attributes.get("name") or attributes.get("property") or "").strip().lower()
        content = (attributes.get("content") or "").strip()
        if name == "sudameta":
            metas[name] = f"{metas.get(name, '')};{content}"
        elif name and content:
            metas.setdefault(name, content)
    return metas


def _texts(page: LexborHTMLParser, selectors: str, fallback: str = "") -> Iterator[str]:
    """The texts that the first fruitful selector finds, folded, none of them empty.

    Raises BadInput(TOO_LARGE).
    """
    for selector in filter(None, (*selectors.split(", "), *fallback.split(", "))):
        spent = 0  # a text within a text is said again for each of them
        for node in select(page, selector):
            text = fold(node.text())
            spent += len(text)
            if spent > _TEXTS_MAX:
                raise BadInput(Reason.TOO_LARGE, f"a field of more than {_TEXTS_MAX} characters")
            if text:
                yield text
        if spent:
            return


def _title(page: LexborHTMLParser, layout: Layout, metas: dict[str, str]) -> str:
    if layout is not layouts.GENERIC and (title := next(_texts(page, layout.title), "")):
        return title
    if metas.get("og:title"):
        return fold(metas["og:title"])
    return _TITLE_TAIL.sub("", next(_texts(page, layout.title), "")).partition("|")[0]


def _published(
    page: LexborHTMLParser, layout: Layout, metas: dict[str, str], url: str
) -> tuple[datetime | None, str]:
    """The article's own time: create_at, else the visible date (docs/sina.md).

    published_time is the moment of re-publication, hours later: it only serves where the template
    is unknown and nothing else can be found.
    """
    created = metas.get("weibo: article:create_at", "")
    if moment := clock.parse_shanghai(created):
        return moment, created
    visible = list(_texts(page, layout.time, layouts.GENERIC.time))
    names = ("article:published_time", "bytedance:published_time")
    said = [metas.get(name, "") for name in names] if layout is layouts.GENERIC else []
    for raw in (*visible, *said):
        if moment := clock.parse_shanghai(raw):
            return moment, raw
    day = urls.path_date(url)
    for raw in visible:
        if day and (moment := clock.parse_without_year(raw, day)):
            return moment, raw
    return None, visible[0] if visible else ""


def _source(page: LexborHTMLParser, layout: Layout, metas: dict[str, str]) -> str:
    for text in _texts(page, layout.source, layouts.GENERIC.source):
        name = fold(clock.VISIBLE.sub("", text))
        name = re.sub(r"^来源\s*[：:]\s*", "", name)
        if name:
            return name
    return metas.get("mediaid") or metas.get("article:author") or ""


def _keywords(
    page: LexborHTMLParser, layout: Layout, metas: dict[str, str], title: str
) -> list[str]:
    """The page's tags: never the title repeated, never a filler."""
    listed = metas.get("tags") or metas.get("keywords", "")
    for whole in (title, metas.get("og:title", title)):
        if listed == whole or listed.startswith(f"{whole},"):
            listed = listed[len(whole) :]
    words = re.split(r"[,，]", listed) if listed.strip(", ") else _texts(page, layout.keywords)
    folded = (fold(word) for word in words)
    return list(
        dict.fromkeys(word for word in folded if word not in _FILLER_KEYWORDS and word != title)
    )


def _doc_id(page: LexborHTMLParser, metas: dict[str, str], url: str) -> str:
    """The document's id by its URL, else by what the page says of itself; '' where none is said.

    The URL comes first: no page can pass itself off as another document. Of an older URL only the
    did is sure; the page may say its pid and tid.
    """
    named = urls.parse(url)
    if named and not _OLD_ID.fullmatch(named.doc_id):
        return named.doc_id
    said = filter(None, map(urls.doc_id_of_publishid, _said_ids(page, metas)))
    if named is None:
        return next(said, "")
    did = named.doc_id.rpartition("-")[2]
    same = (doc_id for doc_id in said if _OLD_ID.fullmatch(doc_id) and doc_id.endswith(f"-{did}"))
    return next(same, named.doc_id)


def _said_ids(page: LexborHTMLParser, metas: dict[str, str]) -> list[str]:
    """What the page calls itself: publishid, the attributes of its headline, sudameta."""
    headline = page.css_first("h1#artibodyTitle")
    attributes = headline.attributes if headline is not None else {}
    dataid = _DATAID.search(metas.get("sudameta", ""))
    return [
        metas.get("publishid", ""),
        attributes.get("docid") or "",
        ",".join(attributes.get(name) or "" for name in ("pid", "tid", "did")),
        dataid[1] if dataid else "",
    ]
