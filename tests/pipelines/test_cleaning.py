"""A container's HTML becomes a post's BODY, and tells what it has to tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import Article
from newsarchive.pipelines.cleaning import clean
from newsarchive.post import body
from newsarchive.sina import article as page
from newsarchive.sina import encoding, reading
from tests.conftest import page_folders

URL = "https://finance.sina.com.cn/roll/2021-08-05/doc-ikqtesta0000501.shtml"


def cleaned(markup: str, headimg: str = "") -> Article:
    article = Article("题", markup, url=URL, headimg=headimg)
    passed: Article = clean(article, "full")
    assert passed is article
    return passed


def reason(markup: str) -> Reason:
    with pytest.raises(BadInput) as raised:
        clean(Article("题", markup, url=URL), "full")
    return raised.value.reason


def expected_of(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "expected.json").read_text("utf-8"))
    return loaded


ARTICLES = [folder for folder in page_folders() if expected_of(folder)["kind"] == "article"]


@pytest.mark.parametrize("folder", ARTICLES, ids=lambda folder: folder.name)
def test_a_page(folder: Path) -> None:
    found = page.parse(encoding.decode((folder / "page.html").read_bytes())[0])
    markup = found.body
    clean(found, "full")
    assert (found.body, found.headimg) == body.clean(markup, found.url)
    assert found.headimg == expected_of(folder)["headimg"]
    once = found.body
    clean(found, "full")
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
    clean(article, profile)
    assert (article.editor, article.symbols) == ("甲 SF1", ["sz300059"])


@pytest.mark.parametrize("profile", ["full", "clean"])
def test_what_is_known_of_them_stays(profile: str) -> None:
    article = Article("题", SAYING, url=URL, editor="乙", symbols=["sh600519"])
    clean(article, profile)
    assert (article.editor, article.symbols) == ("乙", ["sh600519"])


# The profiles

PROMOTED = (
    '<div class="appendQr_wrap"><img src="//n.sinaimg.cn/qr.png">海量资讯</div>'
    '<p>文<img src="//n.sinaimg.cn/a.jpg"></p><style>p{}</style><!-- x -->'
    '<p class="article-editor">责任编辑：甲</p>'
)


def of_profile(profile: str, markup: str = PROMOTED) -> Article:
    article = Article("题", markup, url=URL)
    clean(article, profile)
    return article


def test_the_full_profile_keeps_the_furniture() -> None:
    full = of_profile("full")
    assert full.headimg == "https://n.sinaimg.cn/qr.png"
    assert full.body == cleaned(PROMOTED).body
    for kept in ("appendQr_wrap", "<style>", "责任编辑：甲"):
        assert kept in full.body


def test_the_clean_profile_takes_it_away() -> None:
    pruned = of_profile("clean")
    assert pruned.body == cleaned('<p>文<img src="//n.sinaimg.cn/a.jpg"></p>').body
    assert pruned.headimg == "https://n.sinaimg.cn/a.jpg"  # no QR code


@pytest.mark.parametrize("markup", [PROMOTED.split("<p>文")[0], SAYING.split("</p>")[1]])
def test_a_clean_body_of_furniture_alone_is_none(markup: str) -> None:
    with pytest.raises(BadInput) as raised:
        of_profile("clean", markup)
    assert raised.value.reason is Reason.NO_BODY


@pytest.mark.parametrize("folder", ARTICLES, ids=lambda folder: folder.name)
def test_a_clean_page_tells_what_the_full_one_tells(folder: Path) -> None:
    data = (folder / "page.html").read_bytes()
    full, pruned = (page.parse(encoding.decode(data)[0]) for _ in range(2))
    clean(full, "full")
    clean(pruned, "clean")
    assert reading.text(pruned.body) == reading.text(full.body)
    assert reading.digest("", pruned.body) == reading.digest("", full.body)
    assert (pruned.editor, pruned.symbols) == (full.editor, full.symbols)
    assert "<!--" not in pruned.body
    # A clean post that is replayed stays what it is, in either profile.
    for profile in ("full", "clean"):
        again = Article("题", pruned.body, url=pruned.url)
        clean(again, profile)
        assert (again.body, again.headimg) == (pruned.body, pruned.headimg)


# What the body tells


def test_the_original_title_and_the_digest() -> None:
    article = cleaned(f"<p>原标题：旧题</p>{SAYING}")
    assert article.original_title == "旧题"
    assert article.digest == reading.digest("题", article.body)
    assert cleaned(SAYING).original_title == ""


def test_the_original_title_that_a_replayed_post_says_stays() -> None:
    article = Article("题", f"<p>原标题：旧题</p>{SAYING}", url=URL, original_title="更旧")
    assert clean(article, "full").original_title == "更旧"


def test_the_digest_is_always_made_anew() -> None:
    article = clean(Article("题", SAYING, url=URL, digest="alt"), "full")
    assert article.digest == reading.digest("题", article.body)
