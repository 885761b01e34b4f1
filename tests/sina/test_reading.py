"""What a body says to its reader: text, digest, symbols, editor."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsarchive.post import body as post_body
from newsarchive.sina import article, encoding, reading
from tests.conftest import page_folders

# The text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("", ""),
        ("文", "文"),
        ("<p>甲</p><p>乙</p>", "甲\n乙"),
        ("甲<br>乙<br/>丙", "甲\n乙\n丙"),
        ("<p>\u3000\u3000甲 乙\u3000丙 </p>", "甲 乙\u3000丙"),
        ("<p>&nbsp;甲&nbsp;乙&nbsp;</p>", "甲\xa0乙"),
        ("<p>a\n b\t\tc</p>", "a b c"),
        ("<p></p><p> </p><p><br></p><p>甲</p>", "甲"),
        ("<p>甲<b>乙</b><i>丙</i></p>", "甲乙丙"),
        ("<p>&lt;b&gt; AT&amp;T</p>", "<b> AT&T"),
        ("<div>甲<div>乙</div>丙</div>", "甲\n乙\n丙"),
        ("<ul><li>甲<li>乙</ul>", "甲\n乙"),
        ("<table><tr><td>甲<td>乙<tr><th>丙<td>丁</table>", "甲 乙\n丙 丁"),
        ("<h2>甲</h2>乙", "甲\n乙"),
        ("<blockquote><p>甲</p></blockquote>乙", "甲\n乙"),
        ("<a href=x>甲</a><a href=y>乙</a>", "甲乙"),
        ("<p>甲<!-- 乙 -->丙</p>", "甲丙"),
        ("<p>甲<p>甲<p>甲", "甲\n甲\n甲"),
        ("<p>同</p>" * 3 + "<div><p>同</p></div>", "同\n同\n同\n同"),
    ],
)
def test_a_paragraph_a_line(markup: str, text: str) -> None:
    assert reading.text(markup) == text


NOISE = {
    "style": "<style>p{}</style>",
    "script": "<script>var 广告</script>",
    "noscript": "<noscript>广告</noscript>",
    "template": "<template>广告</template>",
    "iframe": "<iframe>广告</iframe>",
    "video": "<video>广告</video>",
    "app promotion": "<div class='clearfix appendQr_wrap'><i>广告</i></div>",
    "promotion text alone": "<div class=appendQr_normal_txt>海量资讯、精准解读</div>",
    "account promotion": "<div class=app-kaihu-qr>广告</div>",
    "chart": "<div class=ct_hqimg>广告</div>",
    "chart links": "<div class='hqimg_related'>广告</div>",
    "other content": "<div class=otherContent_01>广告</div>",
    "quotation": "<div class=tech-quotation>广告</div>",
    "editor": "<p class=article-editor>责任编辑：甲</p>",
    "author": "<div class=show_author>（编辑：SN067）</div>",
    "app": "<div class=finance_app_zqtg>广告</div>",
    "ad": "<ins class=sinaads>广告</ins>",
    "code": "<div class=news_con_qrcode>广告</div>",
    "ad id": "<div id=ad_44086>广告</div>",
    "left ad": "<div id=left_hzh_ad>广告</div>",
    "share": "<div id=sinashareto>广告</div>",
    "wx picture": "<div id=wx_pic>广告</div>",
    "forum": "<div data-sudaclick=suda_1028_guba>进入【新浪财经股吧】讨论</div>",
    "mobile ad": "<div sax-type=proxy>广告</div>",
    "hidden": "<div style='color:red; DISPLAY : none'>广告</div>",
    "live quote": "<span id=quote_sz300059>(25.10, +1.2%)</span>",
}


@pytest.mark.parametrize("noise", NOISE.values(), ids=NOISE)
def test_furniture_is_no_text(noise: str) -> None:
    assert reading.text(f"<p>甲</p>{noise}<p>乙</p>") == "甲\n乙"
    assert reading.text(f"<p>甲<b>{noise}</b></p><div>{noise}乙</div>").split() == ["甲", "乙"]


@pytest.mark.parametrize(
    "markup",
    [
        "<div class=article-editors>甲</div>",
        "<div class=my-sinaads-like>甲</div>",
        "<p id=quote>甲</p>",
        "<p style='display:block'>甲</p>",
        "<p class>甲</p>",
        "<p id>甲</p>",
        "<p style>甲</p>",
    ],
)
def test_what_only_resembles_furniture_stays(markup: str) -> None:
    assert reading.text(markup) == "甲"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("<!-- 原始正文start -->", "<!-- 原始正文end -->"),
        ("<!-- 原始正文begin -->", "<!-- 原始正文 end -->"),
        ("<!--原始正文start-->", "<!--原始正文end-->"),
        (
            "<!-- publish_helper name='原始正文' p_id='31' t_id='1' d_id='2' f_id='3' -->",
            "<!-- publish_helper_end -->",
        ),
    ],
)
def test_the_template_marks_the_text(start: str, end: str) -> None:
    marked = f"<p>行情</p>前{start}<p>甲</p><p>乙</p>{end}<p>推广</p>"
    assert reading.text(marked) == "甲\n乙"
    assert reading.text(f"<div>行情<div>{start}<p>甲</p></div></div><p>乙</p>") == "甲\n乙"
    assert reading.text(f"<p>甲</p>{end}<p>推广</p>") == "甲"


@pytest.mark.parametrize("comment", ["正文", "说说原始正文start", "正文 end", "原始正文"])
def test_other_comments_mark_nothing(comment: str) -> None:
    assert reading.text(f"<p>甲</p><!-- {comment} --><p>乙</p>") == "甲\n乙"


def test_quotes_go_and_the_companys_name_stays() -> None:
    markup = (
        '<p>“<span id="stock_sz309903"><a class="keyword">样冷股份</a></span>'
        '<span id="quote_sz309903"></span>”承建</p>'
    )
    quoted = markup.replace("></span>”", ">(12.30, +0.05, +0.41%)</span>”")
    assert reading.text(markup) == reading.text(quoted) == "“样冷股份”承建"


# Is there anything?


@pytest.mark.parametrize(
    "markup",
    ["", " \n\u3000", "<p><br></p>", "&nbsp;", "<!-- x -->", "\u200b\ufeff", *NOISE.values()],
)
def test_nothing_but_furniture_is_empty(markup: str) -> None:
    plays = "<video" in markup or "<iframe" in markup
    assert reading.is_empty(f"<div>{markup}</div>") is not plays


@pytest.mark.parametrize(
    "markup",
    ["甲", "<img src=a>", "<p><img></p>", "<iframe src=x></iframe>", "<video></video>", "<embed>"],
)
def test_something_to_read_or_to_see_is_not_empty(markup: str) -> None:
    assert not reading.is_empty(markup)


def test_a_picture_in_a_promotion_does_not_count() -> None:
    assert reading.is_empty("<div class=appendQr_wrap><img src=qr.png></div>")


# The digest

BODY = (
    "<p>　　样港口岸的第二条冷链通道投入使用。</p>"
    '<p>“<span id="stock_sz309903"><a>样冷股份</a></span>'
    '<span id="quote_sz309903"></span>”承建。</p>'
)


@pytest.mark.parametrize(
    "again",
    [
        BODY.replace("</span>”", "(25.1, +1%)</span>”"),
        BODY.replace("<p>", "\n\n <p class=x data-y=1>\u3000 "),
        BODY.replace("。</p>", "&nbsp;。\u200b</p>"),
        BODY.replace("。</p>", "。<br></p><p>\u3000</p>"),
        BODY + "<div class=appendQr_wrap>海量资讯<img src=x></div>",
        "<ins class=sinaads>广告</ins>" + BODY + "<script>x</script><style>p{}</style>",
        BODY.replace("<a>", "<a href=https://finance.sina.com.cn/>"),
        BODY + "<p class=article-editor>责任编辑：乙</p>",
        "<!-- 原始正文start -->" + BODY + "<!-- 原始正文end -->",
    ],
)
def test_ads_quotes_and_blanks_do_not_change_it(again: str) -> None:
    assert again != BODY
    assert reading.digest("题目", again) == reading.digest("题目", BODY)


def test_blanks_in_the_title_do_not_change_it() -> None:
    assert reading.digest(" 题\u3000目 ", BODY) == reading.digest("题目", BODY)


@pytest.mark.parametrize(
    ("old", "new"), [("第二条", "第三条"), ("。", "，"), ("样冷股份", "样热股份"), ("投入", "")]
)
def test_an_edit_changes_it(old: str, new: str) -> None:
    assert reading.digest("题目", BODY.replace(old, new, 1)) != reading.digest("题目", BODY)


def test_a_new_title_changes_it() -> None:
    assert reading.digest("题目二", BODY) != reading.digest("题目", BODY)


def test_title_and_text_are_told_apart() -> None:
    assert reading.digest("甲", "<p>乙丙</p>") != reading.digest("甲乙", "<p>丙</p>")


def test_it_is_a_sha256() -> None:
    digest = reading.digest("", "")
    assert len(digest) == 64
    assert int(digest, 16)


def is_article(folder: Path) -> bool:
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    return bool(expected["kind"] == "article")


@pytest.mark.parametrize(
    "folder", [page for page in page_folders() if is_article(page)], ids=lambda folder: folder.name
)
def test_a_post_tells_what_its_page_told(folder: Path) -> None:
    found = article.parse(encoding.decode((folder / "page.html").read_bytes())[0])
    cleaned = post_body.clean(found.body, found.url).html
    told = reading.text(cleaned)
    assert [line for line in reading.text(found.body).split("\n") if line not in told] == []
    assert reading.symbols(cleaned) == found.symbols


# Symbols


@pytest.mark.parametrize(
    ("markup", "symbols"),
    [
        ("<!-- news_keyword_pub,stock,sz300059 -->", ["sz300059"]),
        ("<!-- news_keyword_pub,stock,sz300059&sh600519 -->", ["sz300059", "sh600519"]),
        ("<!-- news_keyword_pub,stock,sz300059&amp;sh600519 -->", ["sz300059", "sh600519"]),
        ("<!-- news_keyword_pub,usstock,JPM&BLK -->", ["usstock:JPM", "usstock:BLK"]),
        ("<!--news_keyword_pub,usstock,BRK.A-->", ["usstock:BRK.A"]),
        ("<!-- news_keyword_pub,hkstock,00700 -->", ["hkstock:00700"]),
        (
            "<!-- news_keyword_pub,stock,sz1&sz2,usstock,JPM -->",
            ["sz1", "sz2", "usstock:JPM"],
        ),
        ("<!-- news_keyword_pub,stock, -->", []),
        ("<!-- news_keyword_pub,stock,&& -->", []),
        ("<!-- news_keyword_pub, -->", []),
        ("<!-- news_keyword_pub -->", []),
        ("<!-- news_keyword_pub,stock,sz1&sz1 --><!-- news_keyword_pub,stock,sz1 -->", ["sz1"]),
        ("<!-- news_keyword_pub,stock,sz1 --><!-- news_keyword_pub,stock,sh2 -->", ["sz1", "sh2"]),
        ('<span id="stock_sz309905">甲</span>', ["sz309905"]),
        ('<span id="usstock_JPM">甲</span><span id="quote_JPM"></span>', ["usstock:JPM"]),
        (
            '<span id="stock_sz309905">甲</span><!-- news_keyword_pub,stock,sh600519 -->',
            ["sh600519"],
        ),
        ('<span id="stock_sz309905">甲</span><!-- news_keyword_pub,stock, -->', []),
        ('<span id="stock_"></span><span id="x_sz1"></span><p id="stock_sz1">', []),
        ('<span id="stock_<script>"></span>', []),
        ("", []),
    ],
)
def test_symbols(markup: str, symbols: list[str]) -> None:
    assert reading.symbols(markup) == symbols


# The editor


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("责任编辑：支全明 SF099", "支全明 SF099"),
        ("责任编辑: 支全明", "支全明"),
        ("责任编辑 ：\u3000支全明\u3000", "支全明"),
        ("（编辑：SN067）", "SN067"),
        ("(编辑:SN067)", "SN067"),
        ("责任编辑：郭明煜 ", "郭明煜"),
        ("责任编辑：", ""),
        ("责任编辑", ""),
        ("编辑部：甲", ""),
        ("记者：甲", ""),
        ("", ""),
    ],
)
def test_editor_name(line: str, name: str) -> None:
    assert reading.editor_name(line) == name


@pytest.mark.parametrize(
    ("markup", "name"),
    [
        ("<p>文</p><p class=article-editor>责任编辑：甲 SF1</p>", "甲 SF1"),
        ("<p>文</p><p class=show_author>责任编辑：甲 </p>", "甲"),
        ("<div class=show_author>（编辑：SN067）</div>", "SN067"),
        ("<p class=article-editor></p><p class=show_author>编辑：乙</p>", "乙"),
        ("<p>文</p><p>责任编辑：丙</p>", "丙"),
        ("<p>（责任编辑：丁）</p>", "丁"),
        ("<p>责任编辑：甲</p>\n<p>文</p>\n<p>责任编辑：乙</p>", "乙"),
        ("<p>本报的编辑：不是责任人</p>", ""),
        ("<p>责任编辑：甲</p>\n<p>" + "文" * 2500 + "</p>", "甲"),
        ("<p>责任编辑：甲</p>\n" + "<p>文</p>\n" * 50, ""),
        ("<p>文末写着，责任编辑：甲</p>", ""),
        ("<p>编辑：甲</p>", ""),
        ("<p> \u3000(责任编辑:甲 SF1)</p>", "甲 SF1"),
        ("<p>文<br>责任编辑：甲</p>", "甲"),
        ("<p>责任编辑：<span>甲 SF1</span></p>", "甲 SF1"),
        ("<p><b>责任编辑</b>：甲</p>", "甲"),
        ("", ""),
    ],
)
def test_editor(markup: str, name: str) -> None:
    assert reading.editor(markup) == name


# Any input, in bounded time

READERS: dict[str, Callable[[str], object]] = {
    "text": reading.text,
    "symbols": reading.symbols,
    "editor": reading.editor,
    "is_empty": reading.is_empty,
    "digest": lambda markup: reading.digest("题", markup),
}


@pytest.mark.parametrize("name", ["text", "symbols", "editor"])
@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 10_000 + "深",
        "<b>" * 10_000 + "深",
        "<p>段</p>" * 10_000,
        "<br>" * 10_000,
        "<table><tr>" + "<td>格" * 10_000,
        "<!-- news_keyword_pub," * 5_000,
        "<!-- news_keyword_pub" + ",a" * 20_000,
        "责任编辑：" * 10_000,
        "<!--" * 20_000,
        "<p class='" + "x " * 20_000 + "'>",
    ],
    ids="nested inline paragraphs breaks cells comments symbols editors openings classes".split(),
)
def test_a_large_body_takes_less_than_a_second(name: str, markup: str) -> None:
    begun = time.process_time()
    READERS[name](markup)
    assert time.process_time() - begun < 1


@given(st.text(max_size=200))
def test_no_text_crashes_them(markup: str) -> None:
    for read in READERS.values():
        read(markup)
    assert "\n\n" not in reading.text(markup)
    assert reading.is_empty(markup) <= (reading.text(markup) == "")


@pytest.mark.parametrize("read", list(READERS.values()), ids=list(READERS))
def test_a_lone_surrogate_is_no_crash(read: Callable[[str], object]) -> None:
    read("<p>a\ud800b</p>")


@given(st.lists(st.text("甲乙丙 a1。", min_size=1, max_size=10), max_size=8))
def test_paragraphs_come_back_as_lines(paragraphs: list[str]) -> None:
    markup = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    folded = (" ".join(paragraph.split()) for paragraph in paragraphs)
    assert reading.text(markup) == "\n".join(line for line in folded if line)
