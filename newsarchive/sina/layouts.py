"""The page templates of Sina by era, newest first; none is ever deleted (docs/sina.md)."""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsarchive.dom import select


class Layout(NamedTuple):
    """Where one template keeps its fields: CSS selectors, those of a field tried in their order.

    A page is of the first layout whose title *and* container are on it.
    """

    name: str
    title: str
    container: str
    time: str
    source: str
    keywords: str = ""


LAYOUTS = (
    # T4: finance since 2017, also 2021 to 2026.
    Layout(
        "T4",
        title="h1.main-title",
        container="#artibody",
        time=".date-source .date",
        source=".date-source .source",
        keywords=".article-bottom .keywords a, #keywords a",
    ),
    # T6: news and military since 2017.
    Layout(
        "T6",
        title="h1.main-title",
        container="#article",
        time=".date-source .date",
        source=".date-source .source",
        keywords="#keywords a",
    ),
    # T7: mobile, sina.cn.
    Layout(
        "T7",
        title="h1.art_tit_h1",
        container="section.art_content",
        time="time.weibo_time, time.art_time, .weibo_time_day, .art_cite time",
        source="h2.weibo_user, .art_cite .art_source, cite.art_cite",
    ),
    # T3: 2014 to 2017, finance and news.
    Layout(
        "T3",
        title="h1#artibodyTitle",
        container="#artibody.article",
        time=".time-source, #navtimeSource",
        source="[data-sudaclick=media_name], .time-source a, .time-source, #navtimeSource",
        keywords=".article-keywords a",
    ),
    # T5: tech, 2014 to 2019.
    Layout(
        "T5",
        title="h1#artibodyTitle",
        container="#artibody.blkContainerSblkCon_14",
        time="#pub_date",
        source="#media_name a, #media_name",
        keywords=".art_keywords a",
    ),
    # T2: 2012 to 2014, raw GBK.
    Layout(
        "T2",
        title="h1#artibodyTitle",
        container="#artibody.BSHARE_POP",
        time="#pub_date",
        source="#media_name a, #media_name",
        keywords=".art_keywords a, .article-keywords a",
    ),
    # T1: 2009 to 2011, raw GBK.
    Layout(
        "T1",
        title="h1#artibodyTitle",
        container="#artibody",
        time="#pub_date",
        source="#media_name a, #media_name",
    ),
    # Whatever comes next: counted, so that a redesign shows up in the first report.
    Layout(
        "generic",
        title="h1.main-title, h1#artibodyTitle, .main-title, h1, title",
        container="#artibody, #article, section.art_content, .art_content, #artibody_content",
        time=".date-source .date, .date, #pub_date, .time-source, time, .pub_date",
        source=".date-source .source, .source, #media_name",
        keywords="#keywords a, .keywords a",
    ),
)


def _is_filled(container: LexborNode) -> bool:
    return bool(container.text().strip()) or container.css_first("img, video, iframe") is not None


GENERIC = LAYOUTS[-1]


def pick(page: LexborHTMLParser) -> tuple[Layout, LexborNode] | None:
    """The layout of *page* with its body container; None where no layout fits."""
    absent: set[str] = set()  # titles that several layouts have
    for layout in LAYOUTS:
        if layout.title in absent:
            continue
        if page.css_first(layout.title) is None:
            absent.add(layout.title)
            continue
        if (first := page.css_first(layout.container)) is not None:
            # Of several containers the first that has something in it.
            containers = islice(select(page, layout.container), 5)
            return layout, next(filter(_is_filled, containers), first)
    return None
