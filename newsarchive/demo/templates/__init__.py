"""Sina's page templates by era, with page shells of our own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from newsarchive.demo.articles import GBK_TEMPLATES, DemoArticle
from newsarchive.demo.templates.new import render_t4, render_t5, render_t6, render_t7
from newsarchive.demo.templates.old import render_t1, render_t2, render_t2n, render_t3
from newsarchive.demo.templates.others import render_generic, render_self_media
from newsarchive.demo.templates.parts import attribute, escape, fill

__all__ = ["RENDERERS", "plain_page", "render"]

RENDERERS: Mapping[str, Callable[[DemoArticle], str]] = {
    "T1": render_t1,
    "T2": render_t2,
    "T2N": render_t2n,
    "T3": render_t3,
    "T4": render_t4,
    "T5": render_t5,
    "T6": render_t6,
    "T7": render_t7,
    "K": render_self_media,
    "G": render_generic,
}


def render(article: DemoArticle, template: str | None = None, page: int = 1) -> bytes:
    """The article's page, in its own template or another; GBK bytes before 2015, then UTF-8.

    Of an article in several pages it is `page`, from 1; the mobile twin has them all in one.
    """
    template = template or article.template
    text = RENDERERS[template](article if template == "T7" else article.part(page))
    return text.encode("gb18030" if template in GBK_TEMPLATES else "utf-8")


def plain_page(shell: str, title: str, url: str, published: datetime | None = None) -> bytes:
    """A page without an article's text, UTF-8."""
    return fill(
        shell,
        title=escape(title),
        title_attribute=attribute(title),
        url=url,
        date=f"{published:%Y年%m月%d日 %H:%M}" if published else "",
    ).encode()
