"""Articles that are more, or less, than a page of text: what a crawl makes of each kind."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from newsarchive.demo.columns import column_rows
from newsarchive.demo.site import SPECIALS, Answer
from newsarchive.demo.templates import render
from newsarchive.sina import channels
from newsarchive.sina.channels import Section
from tests.running import (
    ARTICLES,
    BY_DATE,
    LIDS,
    USUAL,
    Completed,
    Crawled,
    Site,
    crawl,
    export,
    ledger,
    posts,
)
from tests.spiders.answers import answer, list_of, listed, row, special

COLUMNS = ("c-company", "c-us", "c-futures")


def asked(site: Site, doc_id: str) -> list[str]:
    return [page for page in site.pages() if doc_id in page]


def test_an_article_in_several_pages_is_one_post(crawled: Crawled) -> None:
    article = special("many_pages")
    found = crawled.rows[article.doc_id]
    assert asked(crawled.site, article.doc_id) == [
        url.removeprefix("https://") for url in article.page_urls
    ]
    assert found["url"] == article.url
    assert found["body_text"].split("\n") == list(article.paragraphs)
    body = found["body_html"]
    assert "下一页" not in body
    assert "上一页" not in body
    # What each page repeats stands there once.
    for furniture in ("责任编辑", 'appendQr_wrap"', "新浪财经APP", "news_keyword_pub"):
        assert body.count(furniture) == 1, furniture
    assert sum(article.doc_id in name for name in posts(crawled.archive)) == 1


@pytest.mark.parametrize(
    "status",
    [503, 404],
)
def test_a_further_page_that_fails_is_tried_again_with_the_whole_article(
    tmp_path: Path, status: int
) -> None:
    archive, article, broken = tmp_path / "archive", special("many_pages"), [True]

    def answers(host: str, path: str, query: str) -> Answer | None:
        if listed(host, path, query):
            return list_of([row(article)])
        return answer("down", status) if broken and path.endswith("_3.shtml") else None

    options = ("-a", "channels=depth", "-s", "RETRY_TIMES=0")
    with Site(answers) as site:
        first = crawl(archive, site, *options)
        assert (first.code, first.misses()) == (1, {article.url: "http_error"})
        assert posts(archive) == {}
        broken.clear()
        assert crawl(archive, site, *options).code == 0
    (found,) = export(archive)
    assert found["body_text"].split("\n") == list(article.paragraphs)


def test_a_picture_series_is_its_pictures_and_their_captions(crawled: Crawled) -> None:
    found = crawled.rows[SPECIALS["slides"].doc_id]
    assert found["body_html"].count("<img ") == 6
    assert found["body_html"].count('<span class="img_descr">') == 6
    assert len(found["body_text"].split("\n")) == 6
    assert found["title"] == SPECIALS["slides"].title
    assert found["headimg"].endswith("/flower-1.jpg")
    assert (found["layout"], found["published_at"]) == ("slide", "2024-02-05T23:15:00Z")


def test_a_video_is_its_title_its_poster_and_a_link(crawled: Crawled) -> None:
    found = crawled.rows[SPECIALS["video"].doc_id]
    assert found["title"] in found["body_text"]
    assert f'<a href="{found["url"]}"' in found["body_html"]
    assert found["headimg"].endswith("/minute-cover.jpg")
    assert found["url"].startswith("https://video.sina.com.cn/")
    assert found["keywords"] == ["资金面", "公开市场"]
    assert (found["layout"], found["published_at"]) == ("video", "2025-11-20T10:20:00Z")
    assert "<script" not in found["body_html"]


def test_self_media_under_two_hosts_is_one_post(crawled: Crawled) -> None:
    article = special("self_media")
    key = article.doc_id.rpartition("-")[2]
    assert len(asked(crawled.site, key)) == 1
    assert sum(article.doc_id in name for name in posts(crawled.archive)) == 1
    query = f"SELECT channel, url FROM listing WHERE doc_id = '{article.doc_id}'"
    named = dict(ledger(crawled.archive, query))
    assert named.keys() == {"research", "roll"}
    assert {urlsplit(url).netloc for url in named.values()} == {
        "k.sina.com.cn",
        "t.cj.sina.com.cn",
    }


def test_a_columnist_is_archived_like_any_article(crawled: Crawled) -> None:
    article = special("column")
    found = crawled.rows[article.doc_id]
    assert "/zl-i" in found["url"]
    assert (found["column_ids"][0], found["source"]) == ("57565", article.source)


def test_a_reprint_says_its_first_title_and_its_columns(crawled: Crawled) -> None:
    article = special("reprint")
    found = crawled.rows[article.doc_id]
    assert found["original_title"]
    assert found["original_title"] in found["body_text"]
    assert found["column_ids"][0] == "57045"


def test_an_unknown_template_is_counted_and_told(crawled: Crawled) -> None:
    assert crawled.rows[special("generic").doc_id]["layout"] == "generic"
    layouts = Counter(item["layout"] for item in crawled.rows.values())
    assert crawled.done.report["layouts"] == dict(sorted(layouts.items()))
    assert layouts["generic"] == 1
    assert "1 on a page template that is not known" in crawled.done.out


def test_lost_characters_are_counted(crawled: Crawled, tmp_path: Path) -> None:
    assert crawled.done.report["replacement_characters"] == 0
    name = next(name for name in BY_DATE[30:] if ARTICLES[name].template == "T4")
    first = ARTICLES[name].paragraphs[-1]
    page = render(ARTICLES[name]).replace(first.encode(), first[:-1].encode() + b"\xe3\x80")

    def answers(host: str, path: str, query: str) -> Answer | None:
        if listed(host, path, query):
            return list_of([row(ARTICLES[name])])
        return answer(page) if name in path else None

    with Site(answers) as site:
        done = crawl(tmp_path / "archive", site, "-a", "channels=china")
    (found,) = export(tmp_path / "archive")
    lost = (found["title"] + found["body_html"]).count("\ufffd")
    assert done.report["replacement_characters"] == lost > 0


def test_an_article_named_by_four_urls_is_asked_once_and_every_list_remembered(
    crawled: Crawled,
) -> None:
    article = special("many_urls")
    assert sum(article.doc_id in page for page in crawled.site.pages()) == 1
    found = ledger(
        crawled.archive, f"SELECT channel FROM listing WHERE doc_id = '{article.doc_id}'"
    )
    lists = {name for name in USUAL if LIDS[name] in article.lids}
    assert {name for (name,) in found} == lists
    assert len(lists) == 4


@pytest.fixture(scope="module")
def by_column(tmp_path_factory: pytest.TempPathFactory) -> tuple[Completed, Site, Path]:
    archive = tmp_path_factory.mktemp("columns") / "archive"
    with Site() as site:
        done = crawl(archive, site, "-a", f"channels={','.join(COLUMNS)}")
    return done, site, archive


def test_html_lists_name_their_articles(by_column: tuple[Completed, Site, Path]) -> None:
    done, _, archive = by_column
    known = set(ledger(archive, "SELECT doc_id, channel FROM listing"))
    wanted = set()
    for name in COLUMNS:
        place = channels.BY_NAME[name].place
        assert isinstance(place, Section)
        wanted |= {(item.doc_id, name) for item in column_rows(place.cid)}
    assert known == wanted
    bodiless = special("empty_body").doc_id
    archived = {doc_id for doc_id, _ in wanted} - {bodiless}
    rows = export(archive)
    assert {item["doc_id"] for item in rows} == archived
    assert done.code == int(any(doc_id == bodiless for doc_id, _ in wanted))
    for item in rows:
        label = channels.BY_NAME[item["channel"]].label
        assert item["categories"][-1] == f"新浪财经－{label}"
        # The lists show minutes, and no year.
        assert item["listed_at"][:16] == item["published_at"][:16]


def test_html_lists_are_read_page_by_page(by_column: tuple[Completed, Site, Path]) -> None:
    _, site, _ = by_column
    pages = Counter(path.split("cid=")[1] for _, path in site.requests if "cid=" in path)
    assert set(pages.values()) == {1}
    cids = [int(channels.BY_NAME[name].place[0]) for name in COLUMNS]
    cid = max(cids, key=lambda cid: len(column_rows(cid)))
    count = -(-len(column_rows(cid)) // 20)
    assert count > 1
    assert {f"{cid}&page={page}" for page in range(1, count + 1)} <= set(pages)
