"""What several page templates share: shells, metas, formatting."""

from __future__ import annotations

from functools import cache
from html import escape as html_escape
from importlib.resources import files
from string import Template

from newsarchive.demo.articles import DemoArticle

INDENT = "\u3000\u3000"
_SHARED = ("nav", "scripts", "sidebar", "comments", "footer")


class Shell(Template):
    """A page shell: `@@name` stands for a value (`$` and `{` are for its scripts)."""

    delimiter = "@@"


@cache
def shell(name: str) -> Shell:
    """The shell `shells/<name>.html`."""
    file = files("newsarchive.demo").joinpath("shells").joinpath(f"{name}.html")
    return Shell(file.read_text("utf-8"))


def fill(name: str, **values: str) -> str:
    """A shell with its values in place; page furniture is filled in by itself."""
    template = shell(name)
    for part in _SHARED:
        if f"@@{part}" in template.template:
            values.setdefault(part, shell(part).template)
    return template.substitute(values)


def escape(text: str) -> str:
    """Text as it stands in HTML text."""
    return html_escape(text, quote=False)


def attribute(text: str) -> str:
    """Text as it stands in a double-quoted attribute."""
    return html_escape(text, quote=True)


def has_date(article: DemoArticle) -> bool:
    """False for the one article whose page shows none."""
    return not article.extras.get("no_date", False)


def visible_date(article: DemoArticle, gap: str = " ") -> str:
    """`2021年08月06日 15:54` in Shanghai's time, with `gap` before the clock."""
    if not has_date(article):
        return ""
    return f"{article.published:%Y年%m月%d日}{gap}{article.published:%H:%M}"


def republished_comment(article: DemoArticle) -> str:
    """The first comment of a page: when it was last written, not the article's time."""
    if not has_date(article):
        return ""
    clock = f"{article.republished:%Y-%m-%d %H:%M:%S}"
    if article.is_old:
        number = article.doc_id.replace("-", ",")
        return f"<!--[{number}] published at {clock} from #153 by system -->"
    return f"<!-- [ published at {clock} ] -->"


def keywords_meta(article: DemoArticle) -> str:
    """The keywords meta's content: the title where there are no keywords."""
    return attribute(",".join(article.keywords) or article.title)


def title_tag(article: DemoArticle, site: str) -> str:
    """`标题|词|词_新浪财经_新浪网`."""
    return escape("|".join((article.title, *article.keywords)) + f"_{site}")


def description(article: DemoArticle) -> str:
    """The start of the text, as an attribute."""
    return attribute("".join(article.paragraphs)[:110])


def published_metas(article: DemoArticle) -> str:
    """`weibo: article:create_at` and, after a change, `update_at`."""
    if not has_date(article):
        return ""
    name = '<meta name="weibo: article:{}_at" content="{:%Y-%m-%d %H:%M:%S}" />\n'
    metas = name.format("create", article.published)
    return metas + (name.format("update", article.updated) if article.updated else "")


def mobile_metas(article: DemoArticle) -> str:
    """The three `mobile-agent` metas."""
    name = "http-equiv" if article.is_old else "name"
    return "\n".join(
        f'<meta {name}="mobile-agent" content="format={kind}; url={article.mobile_url}">'
        for kind in ("html5", "xhtml", "wml")
    )


def head_metas(article: DemoArticle, channel: str = "cj") -> str:
    """The metas that templates from 2015 on share."""
    title = attribute(article.title)
    picture = article.extras.get("picture", {}).get("src", "")
    lines = [
        columns_meta(article),
        f'<meta name="keywords" content="{keywords_meta(article)}" />',
        f'<meta name="tags" content="{attribute(",".join(article.keywords))}" />',
        f'<meta name="description" content="{description(article)}" />',
        '<meta property="og:type" content="news" />',
        f'<meta property="og:title" content="{title}" />',
        f'<meta property="og:description" content="{title}" />',
        f'<meta property="og:url" content="{article.url}" />',
        f'<meta property="og:image" content="{attribute(picture)}" />',
        published_metas(article).rstrip("\n"),
        '<meta name="stencil" content="PGLS000526" />',
        f'<meta name="publishid" content="{article.doc_id}" />',
        f'<meta name="comment" content="{channel}:comos-{article.doc_id}" />',
        f'<meta name="sudameta" content="comment_channel:{channel};'
        f'comment_id:comos-{article.doc_id}" />',
        f'<meta name="mediaid" content="{attribute(article.source)}">',
        '<meta name="sudameta" content="sinaog:0" />',
        "<!-- web_article_v2015_mobile_agent_meta begin-->",
        mobile_metas(article),
        "<!-- web_article_v2015_mobile_agent_meta end -->",
        f"<!-- id： {article.doc_id} URL： {article.url} -->",
        published_time(article),
        f'<meta property="article:author" content="{attribute(article.source)}" />',
        f'<meta name="sudameta" content="dataid:comos:{article.doc_id}" />',
    ]
    return "\n".join(line for line in lines if line)


def columns_meta(article: DemoArticle) -> str:
    """`urlpath:stock/usstock/c/; allCIDs:57045,257,…`: the section, and the columns."""
    section = article.url.split("/", 3)[3].rpartition("/")[0][: -len("2026-01-01")]
    columns = ",".join(str(column) for column in article.columns)
    return f'<meta name="sudameta" content="urlpath:{section}; allCIDs:{columns}">'


def published_time(article: DemoArticle) -> str:
    """The `article:published_time` meta: the moment of the page's last writing."""
    if not has_date(article):
        return ""
    clock = f"{article.republished:%Y-%m-%dT%H:%M:%S}+08:00"
    return f'<meta property="article:published_time" content="{clock}" />'


def page_info(article: DemoArticle, channel: str = "cj") -> str:
    """The page's global script settings (a script, not JSON)."""
    day = f"{article.published:%Y-%m-%d}" if has_date(article) else ""
    return fill("page_info", doc_id=article.doc_id, day=day, channel=channel)


def keyword_links(article: DemoArticle, site: str = "finance") -> str:
    """The tag links under an article."""
    return " ".join(
        f'<a href="http://tags.{site}.sina.com.cn/{attribute(word)}" target="_blank">'
        f"{escape(word)}</a>"
        for word in article.keywords
    )
