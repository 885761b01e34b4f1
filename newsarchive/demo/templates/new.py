"""Page templates from 2014 (tech) and 2017 on; all UTF-8."""

from __future__ import annotations

from newsarchive.demo.articles import DemoArticle
from newsarchive.demo.templates.body import desktop_body, picture, symbols_comment
from newsarchive.demo.templates.parts import (
    attribute,
    description,
    escape,
    fill,
    has_date,
    head_metas,
    keyword_links,
    page_info,
    republished_comment,
    title_tag,
    visible_date,
)

_CRUMBS = (
    ("/stock/usstock/", "美股"),
    ("/stock/hkstock/", "港股"),
    ("/stock/", "股市"),
    ("/money/forex/", "外汇"),
    ("/money/", "理财"),
    ("/chanjing/", "产经"),
)


def render_t4(article: DemoArticle) -> str:
    """Finance 2017+: `h1.main-title`, `.date-source`, `#artibody` with promotion and editor."""
    body = ""
    if article.paragraphs:
        statement = fill("statement") if article.extras.get("statement") else ""
        body = fill(
            "T4_body",
            body=desktop_body(article),
            symbols=symbols_comment(article),
            statement=statement,
            promotion=fill("promotion") if article.extras.get("promotion", True) else "",
            editor=f"责任编辑：{escape(article.editor)} " if article.editor else "",
        )
    path = next((crumb for crumb in _CRUMBS if crumb[0] in article.url), ("/china/", "国内财经"))
    return fill(
        "T4",
        body=body,
        crumb_path=path[0],
        crumb=path[1],
        source=_t4_source(article),
        keywords=_t4_keywords(article),
        page_title=title_tag(article, "新浪财经_新浪网"),
        **_fields(article, "cj", " "),
    )


def _t4_source(article: DemoArticle) -> str:
    name = escape(article.source)
    if article.chance % 2:
        return f'<span class="source ent-source">{name}</span>'
    link = 'href="https://finance.sina.com.cn/" target="_blank"'
    return f'<a {link} class="source ent-source" rel="nofollow">{name}</a>'


def _t4_keywords(article: DemoArticle) -> str:
    if not article.keywords:
        return ""
    mark = ""
    if article.published.year >= 2021:
        mark = f' id="keywords" data-wbkey="{attribute(",".join(article.keywords))}"'
    label = "<label>文章关键词：</label>"
    return f'<div class="keywords"{mark}>{label} {keyword_links(article)}</div>'


def render_t5(article: DemoArticle) -> str:
    """Tech 2014-2019: `#artibody.blkContainerSblkCon_14`, the date without a blank."""
    return fill(
        "T5",
        source=escape(article.source),
        body=desktop_body(article),
        keywords=keyword_links(article, "tech"),
        page_title=title_tag(article, "新浪科技_新浪网"),
        **_fields(article, "kj", ""),
    )


def render_t6(article: DemoArticle) -> str:
    """News 2017+: `#article`, a second h1, keywords with a last one that is none."""
    author = ""
    if article.published.year >= 2021:
        author = (
            '<span class="date" data-sudaclick="content_author_p">'
            f"作者：{escape(article.source)}</span>"
        )
    return fill(
        "T6",
        source=escape(article.source),
        author=author,
        body=desktop_body(article),
        editor=escape(article.editor or ""),
        wbkey=attribute(",".join((*article.keywords, "新闻"))),
        keywords=keyword_links(article, "news"),
        page_title=title_tag(article, "新浪新闻"),
        **_fields(article, "gn", " "),
    )


def render_t7(article: DemoArticle) -> str:
    """Mobile: `h1.art_tit_h1`, `time.weibo_time`, ad boxes among the paragraphs."""
    blocks = [f'<p class="art_p">{escape(text)}</p>' for text in article.paragraphs]
    if len(blocks) > 2:
        blocks.insert(2, fill("mobile_ad"))
    if "picture" in article.extras:
        blocks.insert(1, picture(article.extras["picture"]))
    day = clock = published = publishid = ""
    if article.template != "K":
        publishid = f'<meta name="publishid" content="{article.doc_id}" />'
    if has_date(article):
        day, clock = f"{article.published:%Y.%m.%d}", f"{article.published:%H:%M}"
        moment = f"{article.published:%Y-%m-%d %H:%M:%S}"
        published = f'<meta property="article:published_time" content="{moment}" />'
    return fill(
        "T7",
        title=escape(article.title),
        title_attribute=attribute(article.title),
        description=description(article),
        source=escape(article.source),
        source_attribute=attribute(article.source),
        published=published,
        day=day,
        clock=clock,
        doc_id=article.doc_id,
        publishid=publishid,
        url=article.mobile_url,
        body="\n".join(blocks),
    )


def _fields(article: DemoArticle, channel: str, gap: str) -> dict[str, str]:
    return {
        "first": republished_comment(article),
        "metas": head_metas(article, channel),
        "title": escape(article.title),
        "doc_id": article.doc_id,
        "page_info": page_info(article, channel),
        "date": visible_date(article, gap),
    }
