"""The channel table. One line is one channel: adding a line adds a channel (docs/sina.md)."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlencode

from newsarchive.exceptions import BadArgument

LIST_API = "https://feed.mix.sina.com.cn/api/roll/get"
#: Without a Referer of Sina the list API answered 403 (docs/sina.md).
REFERER = "https://finance.sina.com.cn/"


class Channel(NamedTuple):
    """A list of articles: its name in `-a channels=`, its label in a post, its place at Sina."""

    name: str
    label: str
    pageid: int
    lid: int

    def list_url(self, page: int, size: int) -> str:
        """The list API's URL of *page* (from 1) with *size* rows (at most 50)."""
        query = {"pageid": self.pageid, "lid": self.lid, "k": "", "num": size, "page": page}
        return f"{LIST_API}?{urlencode(query)}"

    @property
    def categories(self) -> list[str]:
        """The categories of its posts, as the seeds have them."""
        return [*BASE_CATEGORIES, f"新浪财经－{self.label}"]


#: What every post has, whatever its channel; the second is its author, too.
BASE_CATEGORIES = ("金融", "新浪财经")
AUTHOR = "新浪财经"

#: In the order in which a run asks them: an article belongs to the first channel that names it.
CHANNELS = (
    # finance.sina.com.cn/china; the seeds' own channel, with 內 in the traditional form.
    Channel("china", "国內", 155, 1686),
    Channel("macro", "宏观经济", 155, 1687),
    Channel("local", "地方经济", 155, 1688),
    Channel("ministries", "部委动态", 155, 1689),
    Channel("banking", "金融新闻", 155, 1690),
    # finance.sina.com.cn/roll
    Channel("stock", "股市", 384, 2671),
    Channel("us", "美股", 384, 2672),
    Channel("us-china", "中国概念股", 384, 2673),
    Channel("hk", "港股", 384, 2674),
    Channel("research", "研究报告", 384, 2675),
    Channel("global", "全球市场", 384, 2676),
    Channel("forex", "外汇", 384, 2487),
    Channel("roll", "财经", 384, 2519),
)
BY_NAME = {channel.name: channel for channel in CHANNELS}


def choose(names: str | None) -> list[Channel]:
    """The channels of a comma-separated list, all without one.

    Raises BadArgument for a name that does not exist; the text says which do.
    """
    if names is None:
        return list(CHANNELS)
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in BY_NAME]
    if unknown or not wanted:
        known = ", ".join(BY_NAME)
        raise BadArgument(f"no such channel: {', '.join(unknown) or '(empty)'}. There are: {known}")
    return [channel for channel in CHANNELS if channel.name in wanted]
