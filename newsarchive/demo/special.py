"""The site's special cases, by name, so that tests can ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from newsarchive.demo.articles import SHANGHAI, list_id


@dataclass(frozen=True)
class Special:
    """One special case.

    `listed`: lid -> the URL its row has there; a list that is not named here, but has the
    article, gives the article's own URL. `title` and `published` (aware) are set for links that
    no article stands behind.
    """

    note: str
    doc_id: str
    listed: Mapping[int, str] = field(default_factory=dict)
    title: str = ""
    published: datetime | None = None

    @property
    def list_id(self) -> str:
        """The `docid` of its list rows."""
        return list_id(self.doc_id)


_FINANCE = "https://finance.sina.com.cn"
_MANY = "2026-06-18/doc-inhfrqva1035217.shtml"
_MOVED_FROM = "/roll/2025-06-30/doc-infcpxqw2718046.shtml"
_MOVED_TO = "/stock/observe/2025-06-30/doc-infcpxqw2718046.shtml"
_LOST = "/roll/2023-08-21/doc-imzvxkrp6602175.shtml"
_VIDEO = "/p/finance/2025-11-20/detail-infywtzk7781034.d.html"
_SLIDES = "/slide_9_69862_512034.html"
_LIVE = "/zt/l/v/finance/cjlive202503"
_COLUMNIST = "9900417726"
_KEY = "24e1b7c3e00100q4zt"

SPECIALS: Mapping[str, Special] = {
    "many_urls": Special(
        "one article, listed under three URLs and once by its mobile twin; all are served",
        "nhfrqva1035217",
        {
            1686: f"{_FINANCE}/china/gncj/{_MANY}",
            1687: f"http://finance.sina.com.cn/china/gncj/{_MANY}?from=wap&utm_source=x",
            2519: f"{_FINANCE}/roll/{_MANY}",
            1690: "https://finance.sina.cn/china/gncj/2026-06-18/detail-inhfrqva1035217.d.html",
        },
    ),
    "moved": Special(
        "its listed URL answers 301 to another section path with the same id",
        "nfcpxqw2718046",
        {2519: _FINANCE + _MOVED_FROM, 2671: _FINANCE + _MOVED_FROM},
    ),
    "gone": Special(
        "a listed link that is 404",
        "nkqzwtb4410923",
        dict.fromkeys((1686, 2519), f"{_FINANCE}/roll/2026-03-12/doc-inkqzwtb4410923.shtml"),
        "某地发布春季用工需求清单 首批岗位超过两万个",
        datetime(2026, 3, 12, 9, 41, 7, tzinfo=SHANGHAI),
    ),
    "not_found_page": Special(
        "a listed link that answers 200 with the page that says there is none",
        "mzvxkrp6602175",
        {1686: _FINANCE + _LOST},
        "多个港口公布七月吞吐量 集装箱环比回升",
        datetime(2023, 8, 21, 14, 5, 33, tzinfo=SHANGHAI),
    ),
    "empty_body": Special("an article whose body container is empty", "nctqsxe3390418"),
    "slow": Special("a page that takes `SmallSina.slow` seconds", "nenwyab5127730"),
    "video": Special(
        "a listed link to a video page",
        "nfywtzk7781034",
        {2519: f"https://video.sina.com.cn{_VIDEO}"},
        "视频｜一分钟看懂本周资金面",
        datetime(2025, 11, 20, 18, 20, 0, tzinfo=SHANGHAI),
    ),
    "slides": Special(
        "a listed link to a slide page: six pictures, in a script that is no strict JSON",
        "slide-9-69862-512034",
        {2519: f"http://slide.finance.sina.com.cn{_SLIDES}"},
        "高清图集：清晨五点的花卉批发市场",
        datetime(2024, 2, 6, 7, 15, 0, tzinfo=SHANGHAI),
    ),
    "live": Special(
        "a listed link to a live page",
        "live-cjlive202503",
        {2671: f"https://live.sina.com.cn{_LIVE}"},
        "直播｜春季投资策略会圆桌讨论",
        datetime(2025, 3, 14, 9, 0, 0, tzinfo=SHANGHAI),
    ),
    "no_date": Special("a page that shows no date in any place but its URL", "mynrkca8823145"),
    "no_charset": Special("a page whose Content-Type names no charset", "kzrtepc1940267"),
    "many_pages": Special("an article in three pages, listed by its first", "nhkdsyw6240913"),
    "self_media": Special(
        "an article of self-media, listed under both of its addresses",
        f"k-{_COLUMNIST}-{_KEY}",
        {2675: f"https://t.cj.sina.com.cn/articles/view/{_COLUMNIST}/{_KEY}"},
    ),
    "column": Special("an article of a columnist, `zl-i…`", "nhkfrax8315502"),
    "generic": Special("an article on a template that nobody has seen before", "nhkjmte4907168"),
    "reprint": Special(
        "an article with 原标题, whose allCIDs begin with the column of US shares",
        "icezqwm4680193",
    ),
}

NO_CHARSET = SPECIALS["no_charset"].doc_id

REDIRECTS: Mapping[tuple[str, str], str] = {
    ("finance.sina.com.cn", _MOVED_FROM): _FINANCE + _MOVED_TO
}
"""(host, path) -> where its 301 leads."""


class PlainPage(NamedTuple):
    """A page without an article's text."""

    shell: str
    title: str
    published: datetime | None = None


def _said(name: str) -> tuple[str, datetime | None]:
    return SPECIALS[name].title, SPECIALS[name].published


PLAIN_PAGES: Mapping[tuple[str, str], PlainPage] = {
    ("finance.sina.com.cn", _LOST): PlainPage("notfound", "页面没有找到"),
    ("video.sina.com.cn", _VIDEO): PlainPage("player", *_said("video")),
    ("slide.finance.sina.com.cn", _SLIDES): PlainPage("slides", *_said("slides")),
    ("live.sina.com.cn", _LIVE): PlainPage("other", *_said("live")),
}
"""(host, path) -> the page there."""


def listed_url(doc_id: str, lid: int) -> str | None:
    """The URL that list `lid` gives for an article, where it is not the article's own."""
    for special in SPECIALS.values():
        if special.doc_id == doc_id:
            return special.listed.get(lid)
    return None


def alternate_urls(doc_id: str) -> tuple[str, ...]:
    """Further URLs an article is served at on the desktop sites."""
    for special in SPECIALS.values():
        if special.doc_id == doc_id and special.published is None:
            return tuple(url for url in special.listed.values() if ".sina.cn/" not in url)
    return ()


def is_slow(host: str, path: str) -> bool:
    """Whether this page takes its time."""
    return host.startswith("finance.sina.") and SPECIALS["slow"].doc_id in path
