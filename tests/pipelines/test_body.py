"""Stage 2: the container's HTML becomes a post's BODY."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scrapy.crawler import Crawler
from scrapy.settings import Settings

from newsarchive import settings
from newsarchive.exceptions import BadInput, Reason
from newsarchive.extensions.run import Dropped
from newsarchive.items import Article
from newsarchive.pipelines.body import BodyPipeline
from newsarchive.post import body
from newsarchive.sina import article as page
from newsarchive.sina import encoding, reading
from tests.conftest import page_folders

URL = "https://finance.sina.com.cn/roll/2021-08-05/doc-ikqtesta0000501.shtml"


def cleaned(markup: str, headimg: str = "") -> Article:
    article = Article("题", markup, url=URL, headimg=headimg)
    passed: Article = BodyPipeline().process_item(article)
    assert passed is article
    return passed


def reason(markup: str) -> Reason:
    with pytest.raises(Dropped) as raised:
        BodyPipeline().process_item(Article("题", markup, url=URL))
    return raised.value.miss.reason


def expected_of(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "expected.json").read_text("utf-8"))
    return loaded


ARTICLES = [folder for folder in page_folders() if expected_of(folder)["kind"] == "article"]


@pytest.mark.parametrize("folder", ARTICLES, ids=lambda folder: folder.name)
def test_a_page(folder: Path) -> None:
    found = page.parse(encoding.decode((folder / "page.html").read_bytes())[0])
    markup = found.body
    BodyPipeline().process_item(found)
    assert (found.body, found.headimg) == body.clean(markup, found.url)
    assert found.headimg == expected_of(folder)["headimg"]
    once = found.body
    BodyPipeline().process_item(found)
    assert found.body == once


@pytest.mark.parametrize(
    ("markup", "headimg"),
    [
        ("<p>文</p>", ""),
        ('<p>文<img src="//n.sinaimg.cn/a.jpg"></p>', "https://n.sinaimg.cn/a.jpg"),
        ("<p><img src=https://a.example/1.png><img src=2.png></p>", "https://a.example/1.png"),
        ("<p>文<img></p>", ""),
    ],
)
def test_the_first_picture_is_the_headimg(markup: str, headimg: str) -> None:
    assert cleaned(markup).headimg == headimg


def test_a_replayed_headimg_is_read_again() -> None:
    assert cleaned("<p>文</p>", headimg="https://n.sinaimg.cn/old.jpg").headimg == ""


def test_a_body_stays_what_it_is() -> None:
    once = cleaned('<p>文<img src="//n.sinaimg.cn/a.jpg"></p>').body
    assert cleaned(once).body == once


@pytest.mark.parametrize(
    "markup",
    ["<script>x</script>", "<p><br></p>", "<!-- x -->", "<style>p{}</style>", "&nbsp;", "<p></p>"],
)
def test_nothing_left(markup: str) -> None:
    assert reason(markup) is Reason.NO_BODY


def test_a_body_that_never_settles(monkeypatch: pytest.MonkeyPatch) -> None:
    def unstable(markup: str, base_url: str = "", *, stored: bool = False) -> body.Body:
        raise BadInput(Reason.UNSTABLE_BODY, "still changes")

    monkeypatch.setattr(body, "clean", unstable)
    assert reason("<p>文</p>") is Reason.UNSTABLE_BODY


# What only the furniture says

SAYING = (
    "<p>文</p><!-- news_keyword_pub,stock,sz300059 --><p class=article-editor>责任编辑：甲 SF1</p>"
)


@pytest.mark.parametrize("profile", ["full", "clean"])
def test_the_editor_and_the_symbols_are_read(profile: str) -> None:
    article = Article("题", SAYING, url=URL)
    BodyPipeline(profile).process_item(article)
    assert (article.editor, article.symbols) == ("甲 SF1", ["sz300059"])


@pytest.mark.parametrize("profile", ["full", "clean"])
def test_what_is_known_of_them_stays(profile: str) -> None:
    article = Article("题", SAYING, url=URL, editor="乙", symbols=["sh600519"])
    BodyPipeline(profile).process_item(article)
    assert (article.editor, article.symbols) == ("乙", ["sh600519"])


# The profiles

PROMOTED = (
    '<div class="appendQr_wrap"><img src="//n.sinaimg.cn/qr.png">海量资讯</div>'
    '<p>文<img src="//n.sinaimg.cn/a.jpg"></p><style>p{}</style><!-- x -->'
    '<p class="article-editor">责任编辑：甲</p>'
)


def of_profile(profile: str, markup: str = PROMOTED) -> Article:
    article = Article("题", markup, url=URL)
    BodyPipeline(profile).process_item(article)
    return article


def test_the_full_profile_keeps_the_furniture() -> None:
    full = of_profile("full")
    assert full.headimg == "https://n.sinaimg.cn/qr.png"
    assert full.body == cleaned(PROMOTED).body
    for kept in ("appendQr_wrap", "<style>", "责任编辑：甲"):
        assert kept in full.body


def test_the_clean_profile_takes_it_away() -> None:
    clean = of_profile("clean")
    assert clean.body == cleaned('<p>文<img src="//n.sinaimg.cn/a.jpg"></p>').body
    assert clean.headimg == "https://n.sinaimg.cn/a.jpg"  # no QR code


@pytest.mark.parametrize("markup", [PROMOTED.split("<p>文")[0], SAYING.split("</p>")[1]])
def test_a_clean_body_of_furniture_alone_is_none(markup: str) -> None:
    with pytest.raises(Dropped) as raised:
        of_profile("clean", markup)
    assert raised.value.miss.reason is Reason.NO_BODY


@pytest.mark.parametrize("folder", ARTICLES, ids=lambda folder: folder.name)
def test_a_clean_page_tells_what_the_full_one_tells(folder: Path) -> None:
    data = (folder / "page.html").read_bytes()
    full, clean = (page.parse(encoding.decode(data)[0]) for _ in range(2))
    BodyPipeline("full").process_item(full)
    BodyPipeline("clean").process_item(clean)
    assert reading.text(clean.body) == reading.text(full.body)
    assert reading.digest("", clean.body) == reading.digest("", full.body)
    assert (clean.editor, clean.symbols) == (full.editor, full.symbols)
    assert "<!--" not in clean.body
    # A clean post that is replayed stays what it is, in either profile.
    for profile in ("full", "clean"):
        again = Article("题", clean.body, url=clean.url)
        BodyPipeline(profile).process_item(again)
        assert (again.body, again.headimg) == (clean.body, clean.headimg)


@pytest.mark.parametrize("profile", ["full", "clean"])
def test_the_profile_is_a_setting(profile: str) -> None:
    crawler = SimpleNamespace(settings=Settings({"POST_PROFILE": profile}))
    assert BodyPipeline.from_crawler(cast("Crawler", crawler)).clean_copy is (profile == "clean")
    assert settings.POST_PROFILE == "full"
