"""Hexo 8 builds what is archived: template syntax is shown as it is, and nothing of it is run."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from newsarchive import clock
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.store import Store
from newsarchive.items import Article
from newsarchive.post.front_matter import one_line
from tests import hexo
from tests.conftest import FIXTURES
from tests.inspection import faults
from tests.stages import staged

DAY = datetime(2021, 8, 6, 7, 54, 29, tzinfo=clock.UTC)
#: In Hexo's own templates, and in those of others: whole, cut, crossed.
SYNTAX = [
    *(
        "{{ 7 * 7 }}",
        "{{ title }}",
        "{{",
        "}}",
        "{{ {% }} %}",
        "{{{ a }}}",
        "{ {a} }",
        "{{ '}}' }}",
    ),
    *(
        "{% raw %}",
        "{% endraw %}",
        "{% endraw %}{{ 7 * 7 }}{% raw %}",
        "{% if x %}",
        "{% nosuch %}",
    ),
    *("{%", "%}", "{%- set a = 7 * 7 -%}{{- a -}}", "{% include '../../_config.yml' %}"),
    *("{# 7 #}", "{#", "#}", "{% comment %}{{ 7 * 7 }}", "{{ site.title | upcase }}"),
    *(
        "<%= 7 * 7 %>",
        "<%- process.version %>",
        "<% throw 1 %>",
        "<%",
        "%>",
        "<%# a %>",
        "<%%= 7 %%>",
    ),
    *("${7 * 7}", "`${7 * 7}`", "#{7 * 7}", "*{7}", "@(7 * 7)", "@{7}", "~{7}"),
    *("{{< figure src='a' >}}", "{{% a %}}", "{{</* a */>}}", "[[ 7 * 7 ]]", "[[7]]", "[% 7 %]"),
    *("{% asset_img a.png %}", "{% post_link a %}", "{% codeblock %}\na\n{% endcodeblock %}"),
    *(
        "{% blockquote %}",
        "{% pullquote %}a{% endpullquote %}",
        "{% include_code a %}",
        "{% link a b %}",
    ),
    *("{{ [].constructor.constructor('return process')().version }}", "{{ range(1e9) }}"),
    *(
        "```js\n{{ 7 * 7 }}\n```",
        "\n~~~\na\n~~~\n",
        "\n> ```x y https://a.b c\n> 7\n> ```\n",
        "```",
    ),
    *(
        "<!--swig\ufffc0-->",
        "<!--code\ufffc0-->",
        "<!--comment\ufffc9-->",
        "\ufffc",
        "<!-- more -->",
    ),
    *("<hexoPostRenderCodeBlock>a</hexoPostRenderCodeBlock>", "<escape>a</escape>", "\\{{ 7 }}"),
]
#: Where it can stand in a body.
PLACES = """<p>头{text}尾</p><p title="{attribute}" class="{attribute}">甲</p>
<!-- {comment} --><p>乙</p>
<style>.a { color: red } /* {style} */</style><!--{comment}--><pre>
{text}
</pre><textarea>{text}</textarea><p>
{text}
</p><a href="https://example.com/{attribute}">丙</a>
<img src="https://example.com/{attribute}">"""


def markup(syntax: str) -> str:
    pieces = {
        "text": html.escape(syntax),
        "attribute": html.escape(syntax),
        "comment": syntax.replace("--", "- -"),
        "style": re.sub(r"[<>]|\*/|--", " ", syntax),
    }
    return re.sub(r"\{(text|attribute|comment|style)\}", lambda place: pieces[place[1]], PLACES)


class Site:
    """A site built once: for each syntax an article, through all stages; the fixtures' posts."""

    def __init__(self, folder: Path, modules: Path) -> None:
        self.public = folder / "site" / "public"
        self.articles: dict[str, tuple[str, Article]] = {}
        posts = hexo.make_site(folder / "site", modules)
        with closing(Ledger(f"sqlite:///{folder / 'ledger.db'}")) as ledger:
            store = Store(folder / "archive", ledger)
            for number, syntax in enumerate(SYNTAX):
                article = Article(
                    title=f"题{syntax}目",
                    body=markup(syntax),
                    doc_id=f"kztesta{number:07}",
                    url="https://finance.sina.com.cn/",
                    published_at=DAY,
                    categories=["金融", one_line(f"类{syntax}")],
                )
                staged(article)
                store.put(article)
                shutil.copy(store.root / article.path, posts / f"{article.doc_id}.html")
                self.articles[article.doc_id] = (syntax, article)
        for path in (FIXTURES / "posts").iterdir():
            shutil.copy(path, posts)
        self.done = hexo.generate(folder / "site")

    def page(self, doc_id: str) -> LexborHTMLParser:
        return LexborHTMLParser((self.public / doc_id / "index.html").read_bytes())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    modules = hexo.find_modules()
    if isinstance(modules, str):
        pytest.skip(modules)
    return Site(tmp_path_factory.mktemp("hexo"), modules)


def test_it_builds_without_an_error(site: Site) -> None:
    assert site.done.returncode == 0, site.done.stderr + site.done.stdout
    assert not re.search(r"\b(?:WARN|ERROR|FATAL)\b", site.done.stderr + site.done.stdout)
    pages = {path.parent.name for path in site.public.glob("*/index.html")}
    assert pages == site.articles.keys() | {path.stem for path in (FIXTURES / "posts").iterdir()}


def pages(site: Site) -> Iterator[tuple[str, Article, LexborHTMLParser]]:
    for doc_id, (syntax, article) in site.articles.items():
        yield syntax, article, site.page(doc_id)


def test_titles_and_categories_are_shown_as_they_are(site: Site) -> None:
    for _, article, page in pages(site):
        heading, title = page.css_first("h1"), page.css_first("title")
        assert heading is not None
        assert title is not None
        assert heading.text() == title.text() == article.title
        assert [item.text() for item in page.css("ul > li")] == article.categories


def test_bodies_are_shown_as_they_are(site: Site) -> None:
    """Hexo adds attributes to links; and where `<!-- more -->` stands, a mark."""
    for syntax, article, page in pages(site):
        shown = page.css_first("article > div")
        alone = LexborHTMLParser(article.body).body
        assert shown is not None
        assert alone is not None
        assert shown.text().strip() == alone.text().strip()
        assert f"头{syntax}尾" in shown.text()
        assert faults(shown.inner_html or "") == []
        theirs = [node for node in shown.css("*")[1:] if node.id != "more"]
        for node, own in zip(theirs, alone.css("*")[1:], strict=True):
            assert node.tag == own.tag
            assert node.attributes.items() >= own.attributes.items()
