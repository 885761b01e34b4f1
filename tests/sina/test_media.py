"""Picture series and videos: pages that show and say little."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from newsarchive.exceptions import BadInput, Reason
from newsarchive.post import body
from newsarchive.sina import article, media, reading
from tests import inspection

SERIES = "https://slide.finance.sina.com.cn/slide_9_123_45678.html"
VIDEO = "https://video.sina.com.cn/p/finance/2021-08-05/detail-ikqtesta0000501.d.html"


def page(script: str = "", head: str = "", content: str = "") -> str:
    return (
        f"<!DOCTYPE html><html><head><meta charset=utf-8>{head}</head><body>{content}"
        f"<script>{script}</script><div>页脚</div></body></html>"
    )


def shown(script: str) -> media.Media | None:
    return media.series(LexborHTMLParser(page(script)))


def data(*images: Any, title: Any = "样港组图") -> str:
    return f"var slide_data = {json.dumps({'slide': {'title': title}, 'images': list(images)})};"


def picture(number: int, **more: Any) -> dict[str, Any]:
    return {"image_url": f"//n.sinaimg.cn/{number}.jpg", "intro": f"说明{number}", **more}


def test_a_series_is_its_pictures_with_their_captions() -> None:
    found = shown(data(picture(1, title="一"), picture(2)))
    assert found is not None
    assert (found.layout, found.title) == ("slide", "样港组图")
    assert found.body == (
        '<div class="img_wrapper"><img src="//n.sinaimg.cn/1.jpg" alt="一">'
        '<span class="img_descr">说明1</span></div>\n'
        '<div class="img_wrapper"><img src="//n.sinaimg.cn/2.jpg" alt="">'
        '<span class="img_descr">说明2</span></div>\n'
    )


@pytest.mark.parametrize(
    "script",
    [
        "var slide_data = {slide:{title:'样港组图'},images:[{image_url:'//n.sinaimg.cn/1.jpg',"
        "intro:'说明1',},],};",
        "window.slide_data={'slide':{\"title\":\"样港组图\"},'images':[{'image_url':"
        "'//n.sinaimg.cn/1.jpg','intro':'说明1'}]}\nvar other = {images: []};",
        "var a={}; var slide_data = // 组图\n{slide:{title:'样港组图'}, /* x */ images:"
        "[{image_url:'//n.sinaimg.cn/1.jpg', intro:'说明1', size:1.5, n:null}]}",
    ],
    ids=["bare keys", "quoted keys", "comments"],
)
def test_the_script_is_no_json(script: str) -> None:
    found = shown(script)
    assert found is not None
    assert found.title == "样港组图"
    assert reading.text(found.body) == "说明1"
    assert 'src="//n.sinaimg.cn/1.jpg"' in found.body


@pytest.mark.parametrize("name", ["image_url", "download_img", "img_url", "imageUrl", "src"])
def test_every_spelling_of_the_address(name: str) -> None:
    found = shown(data({name: "https://n.sinaimg.cn/a.jpg", "title": "题"}))
    assert found is not None
    assert 'src="https://n.sinaimg.cn/a.jpg"' in found.body
    assert reading.text(found.body) == "题"  # without an intro, the title is its caption


@pytest.mark.parametrize("image", [{}, {"intro": "只有说明"}, {"image_url": ""}, None, 5, "x", []])
def test_what_is_no_picture_is_left_out(image: Any) -> None:
    found = shown(data(picture(1), image, picture(2)))
    assert found is not None
    assert reading.text(found.body) == "说明1\n说明2"


def test_hostile_words_are_words() -> None:
    hostile = '"><script>alert(1)</script><img src=x onerror=y>'
    with pytest.raises(BadInput):  # a parser ends the script at the tag
        shown(data(picture(1, intro=hostile)))
    escaped = shown(data(picture(1, intro=hostile, title=hostile)).replace("</", "<\\/"))
    assert escaped is not None
    assert reading.text(escaped.body) == hostile
    assert inspection.faults(body.clean(escaped.body, SERIES).html) == []
    image = {"image_url": 'https://n.sinaimg.cn/"onerror="x', "intro": "<b>&amp;"}
    written = media.series(LexborHTMLParser(page(data(image))))
    assert written is not None
    assert "onerror" not in LexborHTMLParser(written.body).css("img")[0].attributes
    assert reading.text(written.body) == "<b>&amp;"
    assert inspection.faults(body.clean(written.body, SERIES).html) == []


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9, 0.99])
def test_a_script_that_breaks_off(cut: float) -> None:
    script = data(picture(1), picture(2), picture(3))
    start = len("var slide_data = {")
    end = script.rindex("}")
    with pytest.raises(BadInput) as raised:
        shown(script[: start + int((end - start) * cut)])
    assert raised.value.reason is Reason.TRUNCATED
    assert len(raised.value.detail) <= 200


@pytest.mark.parametrize(
    "script",
    [
        "",
        "var images = [];",
        "var slide_data;",
        "var slide_data = [1];",
        "var slide_data = {};",
        "var slide_data = {images: null};",
        "var slide_data = {images: {a: 1}};",
    ],
)
def test_no_series(script: str) -> None:
    assert shown(script) is None


@pytest.mark.parametrize("slide", ["null", "[]", "'x'", "{}", "{title: null}", "{title: ''}"])
def test_a_series_without_a_title_takes_the_pages(slide: str) -> None:
    script = f"var slide_data = {{slide: {slide}, images: [{{src: 'https://n.sinaimg.cn/1.jpg'}}]}}"
    found = article.parse(page(script, '<meta property="og:title" content="题">'), SERIES)
    assert (found.title, found.layout) == ("题", "slide")
    with pytest.raises(BadInput) as raised:
        article.parse(page(script), SERIES)
    assert raised.value.reason is Reason.NO_TITLE


def test_a_series_is_an_article() -> None:
    head = (
        '<meta name="weibo: article:create_at" content="2021-08-05 15:54:29">'
        '<meta name="keywords" content="冷链,港口"><meta name="mediaid" content="样报">'
    )
    found = article.parse(page(data(picture(1)), head), SERIES + "#p=1")
    assert (found.doc_id, found.url) == ("slide-9-123-45678", SERIES)
    assert (found.layout, found.title, found.source) == ("slide", "样港组图", "样报")
    assert found.keywords == ["冷链", "港口"]
    assert found.published_at is not None
    assert found.next_url == ""
    assert body.clean(found.body, found.url).headimg == "https://n.sinaimg.cn/1.jpg"


def test_an_article_that_has_a_series_in_it_stays_one() -> None:
    content = "<h1 class=main-title>题</h1><div id=artibody class=article><p>正文</p></div>"
    found = article.parse(page(data(picture(1)), content=content))
    assert (found.layout, reading.text(found.body)) == ("T4", "正文")


@given(st.text(max_size=80))
def test_no_script_crashes_it(text: str) -> None:
    with suppress(BadInput):
        shown("var slide_data = " + text)


# Videos

METAS = {
    "og:title": "样港视频",
    "og:image": "//n.sinaimg.cn/p.jpg",
    "og:description": "冷链",
    "description": "页面",
}


def video(**changes: str) -> media.Media | None:
    return media.video(LexborHTMLParser(page()), METAS | changes, VIDEO)


def test_a_video_is_its_poster_its_link_and_its_words() -> None:
    found = video()
    assert found is not None
    assert (found.layout, found.title) == ("video", "样港视频")
    assert found.body.count(f'<a href="{VIDEO}" target="_blank">') == 2
    assert '<img src="//n.sinaimg.cn/p.jpg" alt="样港视频">' in found.body
    assert reading.text(found.body) == "样港视频\n冷链"


def test_a_video_without_a_poster_or_words() -> None:
    found = media.video(LexborHTMLParser(""), {"og:title": "题"}, VIDEO)
    assert found is not None
    assert found.body == f'<p><a href="{VIDEO}" target="_blank">题</a></p>\n'
    told = video(**{"og:description": ""})
    assert told is not None
    assert reading.text(told.body) == "样港视频\n页面"


def test_no_video() -> None:
    assert video(**{"og:title": ""}) is None
    assert media.video(LexborHTMLParser(""), METAS, "") is None


def test_hostile_metas_are_words() -> None:
    hostile = '"><script>alert(1)</script>'
    found = video(**dict.fromkeys(METAS, hostile))
    assert found is not None
    assert "<script" not in found.body
    assert inspection.faults(body.clean(found.body, VIDEO).html) == []


def test_a_video_page_is_an_article_and_another_page_without_a_body_is_none() -> None:
    head = "".join(f'<meta property="{name}" content="{said}">' for name, said in METAS.items())
    found = article.parse(page(head=head), VIDEO)
    assert (found.layout, found.doc_id, found.title) == ("video", "kqtesta0000501", "样港视频")
    with pytest.raises(BadInput) as raised:
        article.parse(page(head=head), VIDEO.replace("video.", "finance."))
    assert raised.value.reason is Reason.NOT_ARTICLE
