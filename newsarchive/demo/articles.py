"""The demo site's articles, read from `articles/*.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import cache
from importlib.resources import files
from typing import Any
from zlib import crc32

import yaml

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
TEMPLATES = ("T1", "T2", "T2N", "T3", "T4", "T5", "T6", "T7", "K", "G")
GBK_TEMPLATES = frozenset({"T1", "T2", "T2N"})

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # safe either way; C is 10 x as fast
_OLD_STYLE = frozenset({"T1", "T2", "T2N"})
_HOSTS = {"T2N": "news.sina.com.cn", "T5": "tech.sina.com.cn", "T6": "news.sina.com.cn"}
_TWIN_SECTIONS = (
    ("stock/usstock", "usstock/mggd"),
    ("stock/hkstock", "hkstock/ggpj"),
    ("money/forex", "forex/hsxw"),
    ("stock", "stock/relnews/cn"),
    ("china", "china/gncj"),
    ("7x24", "7x24"),
    ("zl", "zl"),
)
_COLUMNS = (
    ("chanjing/gsnews/", (56592, 56418)),
    ("chanjing/", (56426, 56418)),
    ("stock/usstock/", (57045, 57043)),
    ("stock/hkstock/", (57038,)),
    ("stock/jsy/", (56589, 56592)),
    ("stock/stocktalk/", (56613, 56592)),
    ("stock/", (56592,)),
    ("money/future/", (56995, 56989)),
    ("money/forex/", (56982, 56975)),
    ("china/", (51922, 56673)),
    ("zl/", (57565,)),
)
"""Start of a section's path on finance.sina.com.cn -> its columns, the main one first."""


@dataclass(frozen=True)
class DemoArticle:
    """One article, as its page should be understood.

    `doc_id`: `kknscsi1234567`, `31-1-1234567` (pid-tid-did) before 2015, `k-uid-key` of
    self-media. `template`: one of TEMPLATES. `published` and `updated`: aware, Asia/Shanghai;
    seconds are 0 where the page shows minutes only. `symbols`: `sh600519`, `usstock:JPM`.
    `paragraphs`: plain text, without the indent. `lids`: the lists that have it. `extras`: what
    else stands in the body; `pages` says how many paragraphs each page of several has.
    """

    doc_id: str
    template: str
    url: str
    title: str
    published: datetime
    updated: datetime | None
    source: str
    editor: str | None
    keywords: tuple[str, ...]
    symbols: tuple[str, ...]
    paragraphs: tuple[str, ...]
    lids: tuple[int, ...]
    extras: Mapping[str, Any] = field(hash=False)

    @property
    def is_old(self) -> bool:
        """Whether the id is a did of the years before 2015."""
        return self.template in _OLD_STYLE

    @property
    def list_id(self) -> str:
        """The `docid` of its list rows."""
        return list_id(self.doc_id)

    @property
    def intime(self) -> int:
        """When the lists got it: epoch seconds, UTC; 20 to 179 s after `published`."""
        return int(self.published.timestamp()) + 20 + self.chance % 160

    @property
    def republished(self) -> datetime:
        """When its page was last written (`published_time`); always after `published`."""
        return (self.updated or self.published) + timedelta(seconds=60 + self.chance % 3000)

    @property
    def chance(self) -> int:
        """A fixed number of this article's, for choices that vary from page to page."""
        return crc32(self.doc_id.encode())

    @property
    def columns(self) -> tuple[int, ...]:
        """The `allCIDs` of its page, the main one first; none where its template has none."""
        if self.is_old or self.template in {"T7", "K", "G"}:
            return ()
        host, _, path = self.url.removeprefix("https://").partition("/")
        if host == "finance.sina.com.cn":
            for prefix, columns in _COLUMNS:
                if path.startswith(prefix):
                    return (*columns, 257, 51895, 258)
        return (51922 if self.template == "T6" else 56673, 257, 51895, 258)

    @property
    def page_urls(self) -> tuple[str, ...]:
        """Where its pages are: mostly one."""
        stem = self.url.removesuffix(".shtml")
        further = range(2, len(self.extras.get("pages", ())) + 1)
        return (self.url, *(f"{stem}_{number}.shtml" for number in further))

    def part(self, number: int) -> DemoArticle:
        """What stands on its page `number`, from 1, as an article at that page's URL."""
        counts = self.extras.get("pages")
        if not counts:
            return self
        begin = sum(counts[: number - 1])
        return replace(
            self,
            url=self.page_urls[number - 1],
            paragraphs=self.paragraphs[begin : begin + counts[number - 1]],
            extras={**self.extras, "pager": (number, self.page_urls)},
        )

    @property
    def mobile_url(self) -> str:
        """The mobile twin, or for old articles the jump page that leads to it."""
        if self.is_old:
            target = self.url.replace(":", "%3A").replace("/", "%2F")
            return f"http://dp.sina.cn/dpool/cms/jump.php?url={target}"
        if self.template == "T7":
            return self.url
        if self.template == "K":
            return self.url.replace("//k.sina.com.cn/", "//k.sina.cn/")
        tail = f"{self.published:%Y-%m-%d}/detail-i{self.doc_id}.d.html"
        host, _, path = self.url.removeprefix("https://").partition("/")
        if host != "finance.sina.com.cn":
            return f"https://{host.removesuffix('.com.cn')}.cn/gn/{tail}"
        for prefix, twin in _TWIN_SECTIONS:
            if path.startswith(f"{prefix}/"):
                return f"https://finance.sina.cn/{twin}/{tail}"
        return f"https://finance.sina.cn/{tail}"


def list_id(doc_id: str) -> str:
    """The `docid` of a document's list rows; self-media has one without a prefix."""
    if doc_id.startswith("k-"):
        return doc_id.removeprefix("k-").replace("-", "_")
    return f"gsps:{doc_id}" if doc_id[0].isdigit() else f"comos:{doc_id}"


@cache
def load_articles() -> tuple[DemoArticle, ...]:
    """Every article of the site, newest first."""
    found: list[DemoArticle] = []
    folder = files("newsarchive.demo").joinpath("articles")
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        if file.name.endswith(".yaml"):
            entries = yaml.load(file.read_text("utf-8"), LOADER)  # noqa: S506
            found.extend(_article(entry) for entry in entries)
    return tuple(sorted(found, key=lambda article: article.intime, reverse=True))


def _article(entry: dict[str, Any]) -> DemoArticle:
    published = entry["published"].replace(tzinfo=SHANGHAI)
    updated = entry.get("updated")
    extras = entry.get("extras", {})
    return DemoArticle(
        doc_id=entry["id"],
        template=entry["template"],
        url=_url(entry["id"], entry["template"], entry["section"], published),
        title=entry["title"],
        published=published,
        updated=updated.replace(tzinfo=SHANGHAI) if updated else None,
        source=entry["source"],
        editor=entry.get("editor"),
        keywords=tuple(entry.get("keywords", ())),
        symbols=tuple(extras.get("stocks", {}).values()),
        paragraphs=tuple(entry.get("text", "").split("\n")[:-1]),
        lids=tuple(entry["lids"]),
        extras=extras,
    )


def _url(doc_id: str, template: str, section: str, published: datetime) -> str:
    host = _HOSTS.get(template, "finance.sina.com.cn")
    day = f"{published:%Y-%m-%d}"
    if template == "K":
        return f"https://k.sina.com.cn/article_{list_id(doc_id)}.html"
    if template == "T7":
        return f"https://finance.sina.cn/{section}/{day}/detail-i{doc_id}.d.html"
    if template in _OLD_STYLE:
        name = f"{published:%H%M}{doc_id.rpartition('-')[2]}"
        day = day if template == "T2N" else f"{published:%Y%m%d}"
        return f"https://{host}/{section}/{day}/{name}.shtml"
    kind = "zl" if section.partition("/")[0] == "zl" else "doc"
    return f"https://{host}/{section}/{day}/{kind}-i{doc_id}.shtml"
