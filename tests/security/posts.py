"""Attacks made into posts, as a crawl makes them: page, article, stages, bytes."""

from __future__ import annotations

import html
from datetime import datetime, timezone

from newsarchive.exceptions import BadInput
from newsarchive.items import Article
from newsarchive.post import document
from newsarchive.sina import article as page
from tests.stages import staged

URL = "https://finance.sina.com.cn/china/2021-08-06/doc-ikztesta0000001.shtml"
#: Runs, wherever it is taken for markup; the digest and the file's name are made of it as well.
TITLE = """题</script><img src=x onerror=alert(1)>'"--><svg onload=alert(1)>"""
_PAGE = """<!DOCTYPE html><html><head>
<meta charset="utf-8"><title>{title}_新浪财经</title></head><body>
<h1 class="main-title">{title}</h1>
<div class="date-source"><span class="date">2021年08月06日 15:54</span></div>
<div class="article" id="artibody"><p>第一段。</p>{body}<p>最后一段。</p></div>
<div class="footer">版权所有</div></body></html>
"""


def page_of(markup: str, title: str = TITLE) -> str:
    return _PAGE.format(title=html.escape(title), body=markup)


def article_of(markup: str, title: str = TITLE) -> Article:
    """The Article of a page that holds *markup*; where that swallows the page's end, as found."""
    try:
        return page.parse(page_of(markup, title), URL)
    except BadInput:
        published = datetime(2021, 8, 6, 7, 54, 29, tzinfo=timezone.utc)
        return Article(title, f"<p>第一段。</p>{markup}", url=URL, published_at=published)


def post_of(markup: str, title: str = TITLE) -> bytes:
    """The post's bytes."""
    article = article_of(markup, title)
    return document.write(staged(article))
