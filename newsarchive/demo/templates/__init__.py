"""Sina's page templates by era, with page shells of our own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from newsarchive.demo.articles import GBK_TEMPLATES, DemoArticle
from newsarchive.demo.templates.new import render_t4, render_t5, render_t6, render_t7
from newsarchive.demo.templates.old import render_t1, render_t2, render_t2n, render_t3
from newsarchive.demo.templates.parts import escape, fill

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
}


def render(article: DemoArticle, template: str | None = None) -> bytes:
    """The article's page, in its own template or another; GBK bytes before 2015, then UTF-8."""
    template = template or article.template
    text = RENDERERS[template](article)
    return text.encode("gb18030" if template in GBK_TEMPLATES else "utf-8")


def plain_page(shell: str, title: str) -> bytes:
    """A page that is no article, UTF-8."""
    return fill(shell, title=escape(title)).encode()
