"""POST_PROFILE=clean: the article alone; and robots.txt, which every host has of its own."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from newsarchive.demo.site import Answer
from tests.running import (
    ARTICLES,
    CRAWL_CLOCKS,
    DOCUMENTS,
    Crawled,
    Site,
    crawl,
    export,
    posts,
    replay,
)
from tests.spiders.answers import answer

FURNITURE = (
    "新浪财经APP",
    "append_qr",
    "appendQr",
    "责任编辑",
    "<!--",
    "<style",
    "<script",
    "免责声明",
)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    archive = tmp_path_factory.mktemp("clean") / "archive"
    with Site() as site:
        done = crawl(archive, site, "-s", "POST_PROFILE=clean")
    return Crawled(archive, done, site, {row["doc_id"]: row for row in export(archive)})


def test_a_clean_post_is_the_article_alone(clean: Crawled, crawled: Crawled) -> None:
    assert clean.rows.keys() == DOCUMENTS
    assert clean.done.code == 1  # the page without a body
    for doc_id, row in clean.rows.items():
        for words in FURNITURE:
            assert words not in row["body_html"], doc_id
    # The full ones have all of these.
    full = "".join(row["body_html"] for row in crawled.rows.values())
    assert [words for words in FURNITURE if words not in full] == ["<script"]


def test_both_profiles_say_the_same(clean: Crawled, crawled: Crawled) -> None:
    unlike = {"body_html", "sha256", "headimg"} | CRAWL_CLOCKS
    for doc_id, row in clean.rows.items():
        known = crawled.rows[doc_id]
        assert {name: row[name] for name in row if name not in unlike} == (
            {name: known[name] for name in known if name not in unlike}
        )


def test_no_qr_code_is_the_head_picture(clean: Crawled, crawled: Crawled) -> None:
    def qr(rows: Crawled) -> list[str]:
        return [name for name, row in rows.rows.items() if "append_qr" in (row["headimg"] or "")]

    assert qr(clean) == []
    assert qr(crawled) != []
    for doc_id, article in ARTICLES.items():
        row = clean.rows[doc_id]
        if row["headimg"]:
            assert row["headimg"].partition("//")[2] in row["body_html"]
        if "picture" in article.extras:
            source = article.extras["picture"]["src"]
            assert row["headimg"].partition("//")[2] == source.partition("//")[2]


def test_clean_posts_come_back_byte_for_byte(clean: Crawled, tmp_path: Path) -> None:
    for profile in ("clean", "full"):
        done = replay(tmp_path / profile, clean.archive / "posts", "-s", f"POST_PROFILE={profile}")
        assert (done.code, done.err) == (0, "")
        assert posts(tmp_path / profile) == posts(clean.archive)


def test_full_posts_become_clean_ones(clean: Crawled, crawled: Crawled, tmp_path: Path) -> None:
    done = replay(tmp_path / "archive", crawled.archive / "posts", "-s", "POST_PROFILE=clean")
    assert done.code == 0
    rows = {row["doc_id"]: row for row in export(tmp_path / "archive")}
    assert {name: row["body_text"] for name, row in rows.items()} == (
        {name: row["body_text"] for name, row in clean.rows.items()}
    )
    assert not [name for name, row in rows.items() if "append_qr" in row["body_html"]]


def test_a_wrong_profile_is_refused_before_any_request(tmp_path: Path) -> None:
    with Site() as site:
        done = crawl(tmp_path / "archive", site, "-s", "POST_PROFILE=tidy")
    assert done.code == 2
    assert done.err == "newsarchive: POST_PROFILE=tidy: there are full, clean\n"
    assert done.out == ""
    assert site.requests == []
    assert done.report == {}


def test_every_host_has_a_robots_txt_of_its_own(crawled: Crawled, tmp_path: Path) -> None:
    forbidden = {
        "tech.sina.com.cn": "User-agent: *\nDisallow: /\n",
        "finance.sina.cn": "User-agent: newsarchive\nDisallow: /\n\nUser-agent: *\nAllow: /\n",
        "news.sina.com.cn": "User-agent: other\nDisallow: /\n",
    }

    def robots(host: str, path: str, query: str) -> Answer | None:
        if path == "/robots.txt" and host in forbidden:
            return answer(forbidden[host], kind="text/plain")
        return None

    archive = tmp_path / "archive"
    with Site(robots) as site:
        done = crawl(archive, site)
    assert done.code == 1
    refused = {"tech.sina.com.cn", "finance.sina.cn"}
    asked = {host for host, path in site.requests if path != "/robots.txt"}
    assert not asked & refused
    assert "news.sina.com.cn" in asked
    once = Counter(host for host, path in site.requests if path == "/robots.txt")
    assert set(once.values()) == {1}
    assert refused <= set(once)
    lost = {name for name in DOCUMENTS if crawled.rows[name]["url"].split("/")[2] in refused}
    assert done.report["failed"] == {"no_body": 1, "robots": len(lost)}
    assert {row["doc_id"] for row in export(archive)} == DOCUMENTS - lost
