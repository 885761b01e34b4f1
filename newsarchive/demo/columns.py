"""The HTML lists `/roll/index.d.html?cid=…&page=…`: one column each, with links and times."""

from __future__ import annotations

from functools import cache

from newsarchive.demo.articles import DemoArticle, load_articles
from newsarchive.demo.templates.parts import escape, fill
from newsarchive.demo.wire import asked_for, number

COLUMN_HOST = "finance.sina.com.cn"
COLUMN_PATH = "/roll/index.d.html"
COLUMNS = {56592: "公司", 57045: "美股", 56995: "期市要闻"}
"""cid -> name of the columns that are served; any other has no rows."""

ROWS_A_PAGE = 20


@cache
def column_rows(cid: int) -> tuple[DemoArticle, ...]:
    """The articles of one column, newest first: those whose page names it in its allCIDs."""
    if cid not in COLUMNS:
        return ()
    return tuple(article for article in load_articles() if cid in article.columns)


def column_page(query: str) -> bytes:
    """One page of a column's list. Past the end, as for an unknown column: a list of nothing."""
    asked = asked_for(query)
    cid, page = number(asked.get("cid"), 0), max(number(asked.get("page"), 1), 1)
    rows = column_rows(cid)
    shown = rows[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE]
    return fill(
        "column",
        title=COLUMNS.get(cid, "滚动新闻"),
        rows="\n".join(_block(shown[start : start + 5]) for start in range(0, len(shown), 5))
        or "<ul></ul>",
        pager=_pager(cid, page, -(-len(rows) // ROWS_A_PAGE)),
    ).encode()


def _block(articles: tuple[DemoArticle, ...]) -> str:
    """Five rows, as the lists group them."""
    rows = (
        f'<li><a href="{article.url}" target="_blank">{escape(article.title)}</a>'
        f"<span>({article.published:%m月%d日 %H:%M})</span></li>"
        for article in articles
    )
    return "<ul>\n" + "\n".join(rows) + "\n</ul>"


def _pager(cid: int, page: int, pages: int) -> str:
    """The links to the page before and the page behind, where there are such pages."""
    link = '<span class="pagebox_{}"><a href="./index.d.html?cid={}&amp;page={}">{}</a></span>'
    parts = []
    if 1 < page <= pages:
        parts.append(link.format("previous", cid, page - 1, "上一页"))
    if page <= pages:
        parts.append(f'<span class="pagebox_num_nonce">{page}</span>')
    if page < pages:
        parts.append(link.format("next", cid, page + 1, "下一页"))
    return "\n".join(parts)
