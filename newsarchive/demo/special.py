"""The site's special cases, by name, so that tests can ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

_ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")


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
        return f"comos:{self.doc_id}"


_FINANCE = "https://finance.sina.com.cn"
_MANY = "2026-06-18/doc-inhfrqva1035217.shtml"
_MOVED_FROM = "/roll/2025-06-30/doc-infcpxqw2718046.shtml"
_MOVED_TO = "/stock/observe/2025-06-30/doc-infcpxqw2718046.shtml"
_LOST = "/roll/2023-08-21/doc-imzvxkrp6602175.shtml"
_VIDEO = "/p/finance/2025-11-20/detail-infywtz7781034.d.html"
_SLIDES = "/slide_9_69862_512034.html"
_LIVE = "/zt/l/v/finance/cjlive202503"

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
        datetime(2026, 3, 12, 9, 41, 7, tzinfo=_ZONE),
    ),
    "not_found_page": Special(
        "a listed link that answers 200 with the page that says there is none",
        "mzvxkrp6602175",
        {1686: _FINANCE + _LOST},
        "多个港口公布七月吞吐量 集装箱环比回升",
        datetime(2023, 8, 21, 14, 5, 33, tzinfo=_ZONE),
    ),
    "empty_body": Special("an article whose body container is empty", "nctqsxe3390418"),
    "slow": Special("a page that takes `SmallSina.slow` seconds", "nenwyab5127730"),
    "video": Special(
        "a listed link to a video page",
        "nfywtz7781034",
        {2519: f"https://video.sina.com.cn{_VIDEO}"},
        "视频｜一分钟看懂本周资金面",
        datetime(2025, 11, 20, 18, 20, 0, tzinfo=_ZONE),
    ),
    "slides": Special(
        "a listed link to a slide page",
        "slide-9-69862-512034",
        {2519: f"http://slide.finance.sina.com.cn{_SLIDES}"},
        "高清图集：清晨五点的花卉批发市场",
        datetime(2024, 2, 6, 7, 15, 0, tzinfo=_ZONE),
    ),
    "live": Special(
        "a listed link to a live page",
        "live-cjlive202503",
        {2671: f"https://live.sina.com.cn{_LIVE}"},
        "直播｜春季投资策略会圆桌讨论",
        datetime(2025, 3, 14, 9, 0, 0, tzinfo=_ZONE),
    ),
    "no_date": Special("a page that shows no date in any place but its URL", "mynrkca8823145"),
    "no_charset": Special("a page whose Content-Type names no charset", "kzrtepc1940267"),
}

NO_CHARSET = SPECIALS["no_charset"].doc_id

REDIRECTS: Mapping[tuple[str, str], str] = {
    ("finance.sina.com.cn", _MOVED_FROM): _FINANCE + _MOVED_TO
}
"""(host, path) -> where its 301 leads."""

PLAIN_PAGES: Mapping[tuple[str, str], tuple[str, str]] = {
    ("finance.sina.com.cn", _LOST): ("notfound", "页面没有找到"),
    ("video.sina.com.cn", _VIDEO): ("other", SPECIALS["video"].title),
    ("slide.finance.sina.com.cn", _SLIDES): ("other", SPECIALS["slides"].title),
    ("live.sina.com.cn", _LIVE): ("other", SPECIALS["live"].title),
}
"""(host, path) -> (shell, title) of pages that are no articles."""


def listed_url(doc_id: str, lid: int) -> str | None:
    """The URL that list `lid` gives for an article, where it is not the article's own."""
    for special in SPECIALS.values():
        if special.doc_id == doc_id:
            return special.listed.get(lid)
    return None


def alternate_urls(doc_id: str) -> tuple[str, ...]:
    """Further URLs an article is served at on the desktop site."""
    for special in SPECIALS.values():
        if special.doc_id == doc_id and special.published is None:
            return tuple(url for url in special.listed.values() if "//finance.sina.com.cn" in url)
    return ()


def is_slow(host: str, path: str) -> bool:
    """Whether this page takes its time."""
    return host.startswith("finance.sina.") and SPECIALS["slow"].doc_id in path
