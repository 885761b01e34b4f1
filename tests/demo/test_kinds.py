"""The small Sina's articles in several pages, of other sites, and pages without text."""

from __future__ import annotations

import json
import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from newsarchive.demo.articles import DemoArticle
from newsarchive.demo.site import SPECIALS, list_rows
from tests.demo.helpers import ARTICLES, WITH_TEXT, get, page, special, text_of


def served(url: str) -> LexborHTMLParser:
    answer = get(url)
    assert answer.status == 200
    return LexborHTMLParser(answer.body.decode())


def meta(tree: LexborHTMLParser, name: str) -> str:
    node = tree.css_first(f'meta[property="{name}"], meta[name="{name}"]')
    assert node is not None, name
    return node.attributes["content"] or ""


def listed(name: str) -> str:
    return next(iter(SPECIALS[name].listed.values()))


def test_the_video_page() -> None:
    case = SPECIALS["video"]
    assert re.fullmatch(r"[a-z]{7}\d{7}", case.doc_id)
    assert listed("video").endswith(f"/detail-i{case.doc_id}.d.html")
    tree = served(listed("video"))
    assert meta(tree, "og:title") == case.title
    assert meta(tree, "og:url") == listed("video")
    assert meta(tree, "og:description")
    assert get(meta(tree, "og:image")).headers["Content-Type"] == "image/png"
    assert meta(tree, "og:image").startswith("https://n.sinaimg.cn/")
    assert any("$SCOPE.video" in node.text() for node in tree.css("script"))
    assert text_of(tree, ".video-title") == case.title
    assert text_of(tree, ".date") == "2025年11月20日 18:20"


def test_the_slide_page() -> None:
    case = SPECIALS["slides"]
    tree = served(listed("slides"))
    assert text_of(tree, "span.date") == "2024年02月06日 07:15"
    script = next(node.text() for node in tree.css("script") if "slide_data" in node.text())
    begin, end = script.index("{"), script.rindex("}") + 1
    with pytest.raises(ValueError):
        json.loads(script[begin:end])
    strict = re.sub(r"/\*.*?\*/|^ *//.*$", "", script[begin:end], flags=re.MULTILINE)
    strict = re.sub(r"([,{]\s*)([a-z_]+):", r'\1"\2":', strict)
    data = json.loads(strict)
    assert data["slide"]["title"] == case.title
    assert len(data["images"]) == 6
    assert len({image["intro"] for image in data["images"]}) == 6
    for image in data["images"]:
        assert image["title"]
        for name in ("image_url", "download_img", "thumb_50", "thumb_160"):
            assert get(f"https:{image[name]}").headers["Content-Type"] == "image/png"
    assert [row["title"] for row in list_rows(2519) if row["docid"] == case.list_id] == [case.title]


def test_an_article_in_three_pages() -> None:
    article = special("many_pages")
    first, second, third = article.page_urls
    assert first == article.url
    assert second == article.url.replace(".shtml", "_2.shtml")
    assert third == article.url.replace(".shtml", "_3.shtml")
    shown = []
    for number, url in enumerate(article.page_urls, 1):
        tree = served(url)
        pager = tree.css_first("#artibody p.page")
        assert pager is not None
        words = pager.text().split()
        assert words == ["上一页", "1", "2", "3", "下一页"]
        links = [node.attributes["href"] for node in pager.css("a")]
        names = [other.rpartition("/")[2] for other in article.page_urls]
        assert set(links) == set(names) - {names[number - 1]}
        turns = {node.text(): node.attributes["href"] for node in pager.css("a")}
        assert turns.get("下一页") == (names[number] if number < 3 else None)
        assert turns.get("上一页") == (names[number - 2] if number > 1 else None)
        assert meta(tree, "og:url") == url
        assert meta(tree, "publishid") == article.doc_id
        text = text_of(tree, "#artibody")
        shown.append([part for part in article.paragraphs if part in text])
    assert [len(parts) for parts in shown] == [3, 2, 3]
    assert sum(shown, []) == list(article.paragraphs)  # noqa: RUF017
    rows = [row["url"] for lid in article.lids for row in list_rows(lid)]
    assert first in rows
    assert not {second, third} & set(rows)
    assert get(article.url.replace(".shtml", "_4.shtml")).status == 404
    whole = text_of(served(article.mobile_url), "section.art_content")
    assert all(part in whole for part in article.paragraphs)


def test_self_media_under_both_of_its_addresses() -> None:
    article = special("self_media")
    case = SPECIALS["self_media"]
    other = case.listed[2675]
    assert other.startswith("https://t.cj.sina.com.cn/articles/view/")
    assert get(other).body == get(article.url).body
    tree = served(article.url)
    assert meta(tree, "og:url") == article.url
    for absent in ("publishid", "comment", "sudameta"):
        assert tree.css_first(f"meta[name={absent}]") is None
    urls = {
        lid: next(row for row in list_rows(lid) if row["docid"] == case.list_id)["url"]
        for lid in article.lids
    }
    assert urls == {2519: article.url, 2675: other}
    assert ":" not in case.list_id
    assert article.mobile_url.startswith("https://k.sina.cn/article_")
    assert served(article.mobile_url).css_first("meta[name=publishid]") is None


def test_a_columnists_article() -> None:
    article = special("column")
    assert article.url.endswith(f"/zl-i{article.doc_id}.shtml")
    assert text_of(served(article.url), "h1.main-title") == article.title
    assert article.url in [row["url"] for row in list_rows(2519)]


def test_a_template_that_nobody_knows() -> None:
    article = special("generic")
    tree = served(article.url)
    known = "h1[class], h1[id], #artibody, #article, .date, .date-source, #pub_date, .source"
    assert not tree.css(known)
    assert text_of(tree, "time") == f"{article.published:%Y-%m-%d %H:%M:%S}"
    assert meta(tree, "article:published_time") == article.republished.isoformat()
    assert tree.css_first("meta[name=publishid]") is None


def test_a_reprint_names_its_first_title_and_its_column() -> None:
    article = special("reprint")
    assert "原标题：华尔街老话新解（一）" in text_of(page(article), "#artibody")
    assert "; allCIDs:57045," in meta(page(article), "sudameta")


@pytest.mark.parametrize(
    "article",
    [item for item in WITH_TEXT if item.template in {"T4", "T6"}],
    ids=lambda article: article.doc_id,
)
def test_pages_name_their_section_and_columns(article: DemoArticle) -> None:
    said = re.fullmatch(r"urlpath:([\w/]+/); allCIDs:([\d,]+)", meta(page(article), "sudameta"))
    assert said
    assert f".com.cn/{said[1]}2" in article.url
    assert [int(cid) for cid in said[2].split(",")] == list(article.columns)


def test_the_first_column_fits_the_section() -> None:
    first = {article.url.split("/")[3:5][-1]: article.columns[:1] for article in ARTICLES}
    assert first["usstock"] == (57045,)
    assert first["hkstock"] == (57038,)
    assert first["future"] == (56995,)
    assert first["gsnews"] == (56592,)
