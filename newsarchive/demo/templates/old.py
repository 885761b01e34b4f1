"""Page templates of 2009 to 2017."""

from __future__ import annotations

from newsarchive.demo.articles import DemoArticle
from newsarchive.demo.templates.body import desktop_body, symbols_comment
from newsarchive.demo.templates.parts import (
    INDENT,
    attribute,
    description,
    escape,
    fill,
    head_metas,
    keyword_links,
    mobile_metas,
    page_info,
    published_metas,
    republished_comment,
    title_tag,
    visible_date,
)


def render_t1(article: DemoArticle) -> str:
    """2009-2011, `blkContainer`: GBK, the date without a blank, pictures in `<center>`."""
    body = "\n".join(f"<p>{INDENT}{escape(text)}</p>" for text in article.paragraphs)
    known = article.extras.get("picture")
    if known:
        body = (
            f'<center><img style="border:1px #000 solid;" src={known["src"]} '
            f'alt="{attribute(known["caption"])}"><br><img src=http://i0.sinaimg.cn/home/c.gif '
            f"height=5 width=1 style='border:0'><br>{escape(known['caption'])}"
            f"<!--br><font class=f12><b>点击查看更多图片</b></font--><br><br></center>\n{body}"
        )
    return fill(
        "T1",
        first=republished_comment(article),
        page_title=title_tag(article, "新浪财经_新浪网"),
        title_attribute=attribute(article.title),
        number=article.doc_id.replace("-", ","),
        body=body,
        **_old_fields(article, ""),
    )


def render_t2(article: DemoArticle) -> str:
    """Finance 2012-2014, `BSHARE_POP`: GBK, `&nbsp;` before the clock, no editor."""
    words = ",".join((article.title, *article.keywords))
    created = published_metas(article) if article.chance % 2 else ""
    return fill(
        "T2",
        page_title=title_tag(article, "新浪财经_新浪网"),
        words=attribute(words),
        created=created,
        **_t2_fields(article, "&nbsp;"),
    )


def render_t2n(article: DemoArticle) -> str:
    """News 2012-2014: GBK, no blank before the clock, the editor as a staff code."""
    return fill(
        "T2N",
        page_title=title_tag(article, "新浪新闻"),
        words=attribute(",".join(article.keywords) or article.title),
        created=published_metas(article),
        editor=escape(article.editor or ""),
        **_t2_fields(article, ""),
    )


def render_t3(article: DemoArticle) -> str:
    """2014-2017, `page-content`: UTF-8, date and source in one element, editor after the body."""
    source = escape(article.source)
    if article.chance % 2:
        link = f'<a href="http://finance.sina.com.cn/" target="_blank">{source}</a>'
        source = f'<span data-sudaclick="media_name">{link}</span>'
    return fill(
        "T3",
        first=republished_comment(article),
        metas=head_metas(article),
        page_title=title_tag(article, "新浪财经_新浪网"),
        title=escape(article.title),
        doc_id=article.doc_id,
        page_info=page_info(article),
        date=visible_date(article, ""),
        source=source,
        body=desktop_body(article),
        symbols=symbols_comment(article),
        editor=escape(article.editor or ""),
        keywords=keyword_links(article),
    )


def _t2_fields(article: DemoArticle, gap: str) -> dict[str, str]:
    return _old_fields(article, gap) | {
        "first": republished_comment(article),
        "title_attribute": attribute(article.title),
        "description": description(article),
        "mobile": mobile_metas(article),
        "url": article.url,
        "number": article.doc_id.replace("-", ","),
        "doc_id": article.doc_id,
        "body": desktop_body(article),
    }


def _old_fields(article: DemoArticle, gap: str) -> dict[str, str]:
    pid, tid, did = article.doc_id.split("-")
    return {
        "title": escape(article.title),
        "pid": pid,
        "tid": tid,
        "did": did,
        "date": visible_date(article, gap),
        "source": escape(article.source),
    }
