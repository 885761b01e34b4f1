"""Stage 2: the container's HTML becomes a post's BODY."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import Article
from newsarchive.pipelines.body import BodyPipeline
from newsarchive.pipelines.stage import Dropped
from newsarchive.post import body
from newsarchive.sina import article as page
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
    found = page.parse((folder / "page.html").read_bytes())
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
    def unstable(markup: str, base_url: str = "") -> body.Body:
        raise BadInput(Reason.UNSTABLE_BODY, "still changes")

    monkeypatch.setattr(body, "clean", unstable)
    assert reason("<p>文</p>") is Reason.UNSTABLE_BODY
