"""Pages beside the eras: self-media, and a template that nobody has seen before."""

from __future__ import annotations

from newsarchive.demo.articles import DemoArticle
from newsarchive.demo.templates.body import desktop_body, symbols_comment
from newsarchive.demo.templates.parts import (
    INDENT,
    attribute,
    description,
    escape,
    fill,
    published_metas,
    published_time,
    republished_comment,
    title_tag,
    visible_date,
)


def render_self_media(article: DemoArticle) -> str:
    """Self-media on k.sina.com.cn: as finance 2017+, without publishid, editor and columns."""
    name = escape(article.source)
    return fill(
        "T4",
        first=republished_comment(article),
        metas=_plain_metas(article, published_metas(article).rstrip("\n")),
        page_title=title_tag(article, "新浪财经头条_新浪网"),
        page_info="",
        title=escape(article.title),
        date=visible_date(article),
        source=f'<span class="source">{name}</span>',
        crumb_path="/mt/",
        crumb="自媒体",
        keywords="",
        body=fill(
            "T4_body",
            body=desktop_body(article),
            symbols=symbols_comment(article),
            statement=fill("statement"),
            promotion="",
            editor="",
        ),
    )


def render_generic(article: DemoArticle) -> str:
    """A redesign: class names of its own, `h1` without any, `time`, `.art_content`."""
    moment = f"{article.published:%Y-%m-%d %H:%M:%S}"
    return fill(
        "G",
        page_title=title_tag(article, "新浪财经"),
        metas=_plain_metas(article, published_time(article)),
        title=escape(article.title),
        moment=moment,
        machine=f"{article.published:%Y-%m-%dT%H:%M:%S}+08:00",
        source=escape(article.source),
        body="\n".join(f"<p>{INDENT}{escape(text)}</p>" for text in article.paragraphs),
    )


def _plain_metas(article: DemoArticle, clocks: str) -> str:
    """The metas of a page outside the publishing system: no publishid, no columns."""
    title = attribute(article.title)
    lines = [
        f'<meta name="keywords" content="{attribute(",".join(article.keywords))}" />',
        f'<meta name="description" content="{description(article)}" />',
        '<meta property="og:type" content="article" />',
        f'<meta property="og:title" content="{title}" />',
        f'<meta property="og:url" content="{article.url}" />',
        clocks,
        f'<meta property="article:author" content="{attribute(article.source)}" />',
    ]
    return "\n".join(line for line in lines if line)
