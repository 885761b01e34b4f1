"""The channel table. One line is one channel: adding a line adds a channel (docs/sina.md)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from newsarchive.clock import SHANGHAI
from newsarchive.exceptions import BadArgument

LIST_API = "https://feed.mix.sina.com.cn/api/roll/get"
SECTION_LIST = "https://finance.sina.com.cn/roll/index.d.html"
FEED_API = "https://zhibo.sina.com.cn/api/zhibo/feed"


class Roll(NamedTuple):
    """A list of the list API."""

    pageid: int
    lid: int

    def url(self, page: int, size: int, day: datetime | None = None) -> str:
        """*page* (from 1) of *size* rows, at most 50; of one China *day* where one is given.

        The bounds of a day are named backwards: `etime` is its first second, `stime` and `ctime`
        its end (as seven public crawlers of 2019 to 2022 have it).
        """
        query: dict[str, str | int] = {"pageid": self.pageid, "lid": self.lid}
        if day is not None:
            begins = day.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
            ends = int((begins + timedelta(days=1)).timestamp())
            query |= {"etime": int(begins.timestamp()), "stime": ends, "ctime": ends}
            query |= {"date": f"{begins:%Y-%m-%d}"}
        return f"{LIST_API}?{urlencode(query | {'k': '', 'num': size, 'page': page})}"


class Section(NamedTuple):
    """An HTML list, by the id of its column."""

    cid: int

    def url(self, page: int, size: int, day: datetime | None = None) -> str:
        """*page* from 1; the site decides on the number of rows, and knows no days."""
        return f"{SECTION_LIST}?{urlencode({'cid': self.cid, 'page': page})}"


class Live(NamedTuple):
    """A 7x24 feed, whose rows are the articles themselves."""

    zhibo_id: int

    def url(self, page: int, size: int, day: datetime | None = None) -> str:
        """*page* from 1, newest first; at most 20 rows."""
        query = {"zhibo_id": self.zhibo_id, "tag_id": 0, "page": page, "page_size": min(size, 20)}
        return f"{FEED_API}?{urlencode(query | {'dire': 'f', 'dpc': 1})}"


class Channel(NamedTuple):
    """A list of articles: its name in `-a channels=`, its label in a post, its place at Sina."""

    name: str
    label: str
    place: Roll | Section | Live
    usual: bool = False  #: read when no channels are named

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
    Channel("china", "国內", Roll(155, 1686), usual=True),
    Channel("macro", "宏观经济", Roll(155, 1687), usual=True),
    Channel("local", "地方经济", Roll(155, 1688), usual=True),
    Channel("ministries", "部委动态", Roll(155, 1689), usual=True),
    Channel("banking", "金融新闻", Roll(155, 1690), usual=True),
    Channel("top10", "今日财经TOP10", Roll(155, 3231)),
    # finance.sina.com.cn/chanjing
    Channel("industry", "产经", Roll(164, 1693), usual=True),
    Channel("company", "公司新闻", Roll(164, 1694), usual=True),
    Channel("sectors", "产业新闻", Roll(164, 1695), usual=True),
    Channel("depth", "深度报道", Roll(164, 1696), usual=True),
    Channel("people", "人事变动", Roll(164, 1697), usual=True),
    # New shares and brokers
    Channel("ipo", "新股", Roll(205, 1789), usual=True),
    Channel("ipo-news", "新股动态", Roll(205, 1790), usual=True),
    Channel("ipo-comment", "新股评论", Roll(205, 1791), usual=True),
    Channel("ipo-pe", "PE动态", Roll(205, 1792), usual=True),
    Channel("ipo-agency", "IPO中介", Roll(205, 1793), usual=True),
    Channel("broker", "券商", Roll(186, 1746), usual=True),
    # finance.sina.com.cn/roll
    Channel("stock", "股市", Roll(384, 2671), usual=True),
    Channel("us", "美股", Roll(384, 2672), usual=True),
    Channel("us-china", "中国概念股", Roll(384, 2673), usual=True),
    Channel("hk", "港股", Roll(384, 2674), usual=True),
    Channel("research", "研究报告", Roll(384, 2675), usual=True),
    Channel("global", "全球市场", Roll(384, 2676), usual=True),
    Channel("forex", "外汇", Roll(384, 2487), usual=True),
    Channel("roll", "财经", Roll(384, 2519), usual=True),
    # finance.sina.com.cn/roll/index.d.html, by column
    Channel("c-company", "公司", Section(56592)),
    Channel("c-market", "大盘评述", Section(56589)),
    Channel("c-comment", "股市评论", Section(56613)),
    Channel("c-hk", "港股公司要闻", Section(57038)),
    Channel("c-us", "美股", Section(57045)),
    Channel("c-fund", "基金市场", Section(56907)),
    Channel("c-fund-view", "基金看市", Section(56934)),
    Channel("c-forex", "外汇", Section(56975)),
    Channel("c-currency", "货币分析", Section(56976)),
    Channel("c-houses", "机构观点", Section(56978)),
    Channel("c-futures-research", "期货研究", Section(56989)),
    Channel("c-futures", "期市要闻", Section(56995)),
    Channel("c-index-futures", "期指研究", Section(57014)),
    Channel("c-gold-basics", "黄金基础", Section(57082)),
    Channel("c-gold", "黄金资讯", Section(57084)),
    Channel("c-gold-view", "黄金分析", Section(57085)),
    Channel("c-coins", "金银币", Section(57087)),
    Channel("c-silver", "白银分析", Section(57088)),
    Channel("c-economy", "经济时评", Section(57565)),
    Channel("c-fund-blog", "基金博客", Section(57569)),
    Channel("c-culture", "人文财经", Section(57570)),
    Channel("c-journals", "世界名刊", Section(56484)),
    Channel("c-company-view", "公司观察", Section(221431)),
    # news.sina.com.cn/roll: beyond finance, several reported stale
    Channel("news", "新闻", Roll(153, 2509)),
    Channel("news-china", "国内新闻", Roll(153, 2510)),
    Channel("news-world", "国际新闻", Roll(153, 2511)),
    Channel("news-society", "社会新闻", Roll(153, 2669)),
    Channel("news-sports", "体育", Roll(153, 2512)),
    Channel("news-ent", "娱乐", Roll(153, 2513)),
    Channel("news-mil", "军事", Roll(153, 2514)),
    Channel("news-tech", "科技", Roll(153, 2515)),
    Channel("news-finance", "财经新闻", Roll(153, 2516)),
    Channel("news-stock", "股市", Roll(153, 2517)),
    Channel("news-us", "美股", Roll(153, 2518)),
    Channel("news-china-world", "国内国际", Roll(153, 2968)),
    Channel("news-china-society", "国内社会", Roll(153, 2970)),
    Channel("news-world-society", "国际社会", Roll(153, 2972)),
    Channel("news-three", "国内国际社会", Roll(153, 2974)),
    # The 7x24 feeds: 152 is sure; two sources name 153 and 155 differently, so their number does.
    Channel("live", "7x24", Live(152), usual=True),
    Channel("live-politics", "7x24政经", Live(151)),
    Channel("live-153", "7x24直播153", Live(153)),
    Channel("live-155", "7x24直播155", Live(155)),
    Channel("live-us", "7x24美股", Live(156)),
    Channel("live-hk", "7x24港股", Live(157)),
    Channel("live-bonds", "7x24债券", Live(158)),
    Channel("live-funds", "7x24基金", Live(159)),
    Channel("live-insurance", "7x24保险", Live(160)),
    Channel("live-banks", "7x24银行", Live(161)),
    Channel("live-world", "7x24国际", Live(164)),
    Channel("live-industry", "7x24行业", Live(242)),
)
BY_NAME = {channel.name: channel for channel in CHANNELS}


def named(name: str) -> Channel:
    """The channel of that name. Raises BadArgument; the text says which there are."""
    if name not in BY_NAME:
        raise BadArgument(f"no such channel: {name}. There are: {', '.join(BY_NAME)}")
    return BY_NAME[name]


def choose(names: str | None, *, live: bool = False) -> list[Channel]:
    """The channels of a comma-separated list; without one the usual ones.

    *live* asks for the 7x24 feeds, else for all others. Raises BadArgument for a name that does not
    exist or is of the other kind; the text says which there are.
    """
    fitting = {
        channel.name: channel for channel in CHANNELS if isinstance(channel.place, Live) == live
    }
    if names is None:
        return [channel for channel in fitting.values() if channel.usual]
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in fitting]
    if unknown or not wanted:
        told = ", ".join(unknown) or "(empty)"
        raise BadArgument(f"no such channel: {told}. There are: {', '.join(fitting)}")
    return [channel for channel in fitting.values() if channel.name in wanted]
