"""From a page's bytes to an Article: the layout picked, its fields read."""

from __future__ import annotations

import re
from datetime import datetime

from selectolax.lexbor import LexborHTMLParser

from newsarchive import clock
from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import Article
from newsarchive.sina import classify, encoding, layouts, reading, urls
from newsarchive.sina.layouts import Layout

_BLANKS = re.compile(r"[ \t\r\n\f]+")
_AROUND = " \t\r\n\f\u00a0\u3000\u200b\ufeff"
#: `标题|kw|kw_新浪财经_新浪网`: what a page's <title> has behind the title.
_TITLE_TAIL = re.compile(r"(?:_[^_]{1,12}){1,2}$")
_VISIBLE_TIME = re.compile(r"\d{4}[年.\-/]\d{1,2}[月.\-/]\d{1,2}日?\s*\d{1,2}:\d{2}(?::\d{2})?")
#: Put in by the template, said by nobody.
_FILLER_KEYWORDS = frozenset(("", "新闻", "sina.cn", "手机新浪网", "新浪网"))
_DATAID = re.compile(r"dataid:comos:([a-z]+\d+)")


def parse(data: bytes, url: str = "", content_type: str = "") -> Article:
    """The Article on a page.

    *url* is where the page came from; without one the page's own word (og:url) is taken.
    *content_type* is the HTTP header's value. Raises BadInput for everything that is no whole
    article: NOT_FOUND, BLOCKED, NOT_ARTICLE, TRUNCATED, NO_BODY, NO_TITLE.
    """
    markup, _ = encoding.decode(data, content_type)
    page = LexborHTMLParser(markup.encode("utf-8", "replace"))
    picked = layouts.pick(page)
    classify.check(page, markup, picked[1] if picked else None)
    assert picked is not None
    layout, container = picked
    metas = _metas(page)
    title = _title(page, layout, metas)
    if not title:
        raise BadInput(Reason.NO_TITLE)
    # What comes before <body> when a container is parsed as a document is dropped there, not here.
    body = container.inner_html or ""
    own_url = urls.canonical_url(url or metas.get("og:url", "")) or ""
    published_at, published_raw = _published(page, layout, metas)
    updated_raw = metas.get("weibo: article:update_at", "")
    return Article(
        title=title,
        body=body,
        doc_id=_doc_id(page, metas, own_url),
        url=own_url,
        source=_source(page, layout, metas),
        editor=_editor(page, layout) or reading.editor(body),
        keywords=_keywords(page, layout, metas, title),
        symbols=reading.symbols(body),
        layout=layout.name,
        published_at=published_at,
        updated_at=clock.parse_shanghai(updated_raw),
        raw_clocks={
            name: raw
            for name, raw in (("published_at", published_raw), ("updated_at", updated_raw))
            if raw
        },
    )


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


def _texts(page: LexborHTMLParser, selectors: str, fallback: str = "") -> list[str]:
    """The texts that the first fruitful selector finds, folded, none of them empty."""
    for selector in filter(None, (*selectors.split(", "), *fallback.split(", "))):
        texts = [_fold(node.text()) for node in page.css(selector)]
        if any(texts):
            return [text for text in texts if text]
    return []


def _fold(text: str) -> str:
    return _BLANKS.sub(" ", text).strip(_AROUND)


def _title(page: LexborHTMLParser, layout: Layout, metas: dict[str, str]) -> str:
    if layout is not layouts.GENERIC and (texts := _texts(page, layout.title)):
        return texts[0]
    if metas.get("og:title"):
        return _fold(metas["og:title"])
    texts = _texts(page, layout.title)
    return _TITLE_TAIL.sub("", texts[0]).partition("|")[0] if texts else ""


def _published(
    page: LexborHTMLParser, layout: Layout, metas: dict[str, str]
) -> tuple[datetime | None, str]:
    """The article's own time: create_at, else the visible date (docs/sina.md).

    published_time is the moment of re-publication, hours later: it only serves where the template
    is unknown and nothing else can be found.
    """
    visible = _texts(page, layout.time, layouts.GENERIC.time)
    said = [metas.get("weibo: article:create_at", ""), *visible]
    if layout is layouts.GENERIC:
        said += [metas.get("article:published_time", ""), metas.get("bytedance:published_time", "")]
    for raw in said:
        if moment := clock.parse_shanghai(raw):
            return moment, raw
    return None, visible[0] if visible else ""


def _source(page: LexborHTMLParser, layout: Layout, metas: dict[str, str]) -> str:
    for text in _texts(page, layout.source, layouts.GENERIC.source):
        name = _fold(_VISIBLE_TIME.sub("", text))
        name = re.sub(r"^来源\s*[：:]\s*", "", name)
        if name:
            return name
    return metas.get("mediaid") or metas.get("article:author") or ""


def _editor(page: LexborHTMLParser, layout: Layout) -> str:
    for text in _texts(page, layout.editor, layouts.GENERIC.editor):
        if name := reading.editor_name(text):
            return name
    return ""


def _keywords(
    page: LexborHTMLParser, layout: Layout, metas: dict[str, str], title: str
) -> list[str]:
    """The page's tags: never the title repeated, never a filler."""
    listed = metas.get("tags") or metas.get("keywords", "")
    for whole in (title, metas.get("og:title", title)):
        if listed == whole or listed.startswith(f"{whole},"):
            listed = listed[len(whole) :]
    words = re.split(r"[,，]", listed) if listed.strip(", ") else _texts(page, layout.keywords)
    folded = (_fold(word) for word in words)
    return list(
        dict.fromkeys(word for word in folded if word not in _FILLER_KEYWORDS and word != title)
    )


def _doc_id(page: LexborHTMLParser, metas: dict[str, str], url: str) -> str:
    """The id in a URL of today's form, else publishid, else what the headline says; '' for none.

    The URL comes first: no page can pass itself off as another document. In older URLs only the
    last part of the id stands.
    """
    named = urls.parse(url)
    if named and "-" not in named.doc_id:
        return named.doc_id
    if doc_id := urls.doc_id_of_publishid(metas.get("publishid", "")):
        return doc_id
    headline = page.css_first("h1#artibodyTitle")
    attributes = headline.attributes if headline is not None else {}
    for said in (
        attributes.get("docid") or "",
        ",".join(attributes.get(name) or "" for name in ("pid", "tid", "did")),
    ):
        if doc_id := urls.doc_id_of_publishid(said):
            return doc_id
    if named:
        return named.doc_id
    dataid = _DATAID.search(metas.get("sudameta", ""))
    return (urls.doc_id_of_publishid(dataid[1]) or "") if dataid else ""
