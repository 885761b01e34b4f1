"""What is in a body and is not the article: all of it goes, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsarchive.sina import furniture

START, END = "<!-- 原始正文start -->", "<!-- 原始正文end -->"
OLD_START = "<!-- publish_helper name='原始正文' p_id='31' t_id='1' d_id='2' f_id='3' -->"
OLD_END = "<!-- publish_helper_end -->"

FURNITURE = {
    "style": "<style>p{}</style>",
    "script": "<script>var 广告 = '<p>x</p>'</script>",
    "noscript": "<noscript>广告</noscript>",
    "template": "<template><p>广告</p></template>",
    "iframe": "<iframe src=x></iframe>",
    "video": "<video src=x>广告</video>",
    "audio": "<audio src=x>广告</audio>",
    **{
        name: f'<div class="a {name} b"><p>广告<img src="qr.png"></p></div>'
        for name in (
            "appendQr_wrap app-kaihu-qr ct_hqimg hqimg_related otherContent_01 tech-quotation "
            "show_author article-editor finance_app_zqtg sinaads news_con_qrcode "
            "appendQr_normal_txt"
        ).split()
    },
    **{
        f"#{name}": f'<div id="{name}">广告</div>'
        for name in "ad_44086 left_hzh_ad sinashareto wx_pic quote_sz300059 quote_JPM".split()
    },
    "forum": '<div data-sudaclick="suda_1028_guba">进入讨论</div>',
    "mobile ad": '<div sax-type="proxy">广告</div>',
    "hidden": '<span style="color:red; DISPLAY : none">广告</span>',
    "bare link": '<p><a href="https://sina.cn/x">https://sina.cn/x</a></p>',
    "complaints": "<p>\u3000\u3000>>>消费曝光台·我要投诉</p>",
    "full-width complaints": "<p>＞＞＞ 消费曝光台</p>",
    "promotion": "<p>海量资讯、精准解读，尽在新浪财经APP</p>",
    "forum line": "<p>进入【新浪财经股吧】讨论</p>",
    "disclaimer": "<p>免责声明：以上内容仅供参考。</p>",
    "statement": "<p>新浪声明：此消息系转载，\n登载此文出于传递更多信息之目的。</p>",
    "comment": "<!-- 广告 -->",
    "comment with a tag": "<!--br><font color=red-->",
}

KEPT = [
    "<p>\u3000\u3000甲说，<b>乙</b>不是丙。</p>",
    '<div class="img_wrapper"><img src="a.jpg" alt=""><span class="img_descr">图</span></div>',
    "<table><tbody><tr><td>一</td><td>二</td></tr></tbody></table>",
    "<blockquote><p>引</p><p>文</p></blockquote>",
    "<ul><li>甲</li><li>乙</li></ul>",
    "散文<br>换行",
    "\n",
    '<p>见<a href="https://sina.cn/x">https://sina.cn/x</a>。</p>',
    '<p><a href="https://sina.cn/x">别的文字</a></p>',
    '<p>“<span id="stock_sz309903"><a class="keyword">样冷股份</a></span>”</p>',
    "<p>AT&amp;T &lt;b&gt; &nbsp;</p>",
    "<p>免责声明：</p>",
    "<p>他说，免责声明：仅供参考。</p>",
    "<p>进入新浪财经股吧讨论</p>",
    '<p class="article-editors" style="display:block">丁</p>',
    '<p id="quote">戊</p>',
    "<p></p>",
]


def tree(markup: str) -> Any:
    """What html5lib makes of *markup*: nested lists, texts side by side joined."""
    html5lib: Any = pytest.importorskip("html5lib")
    return _plain(html5lib.parse(markup, namespaceHTMLElements=False).find("body"))


def _plain(element: Any) -> list[Any]:
    children: list[Any] = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str):
            children += [[child.tag, sorted(child.attrib.items()), _plain(child)], ""]
        children[-1] += child.tail or ""
    return children


def agree(mixed: str, kept: str) -> None:
    assert tree(furniture.clean_copy(mixed)) == tree(kept)


@pytest.mark.parametrize("piece", FURNITURE.values(), ids=FURNITURE)
def test_a_piece_of_furniture_goes(piece: str) -> None:
    bare = '<p><a href="https://sina.cn/x">'
    left = "<p></p>" if piece.startswith(bare) else ""  # its paragraph is empty then
    agree(f"<p>甲</p>{piece}<p>乙</p>", f"<p>甲</p>{left}<p>乙</p>")
    agree(f"<div><div>{piece}</div><p>乙</p></div>", f"<div><div>{left}</div><p>乙</p></div>")
    agree(f"{piece}<p>乙</p>{piece}", f"{left}<p>乙</p>{left}")


@pytest.mark.parametrize("piece", KEPT)
def test_everything_else_stays(piece: str) -> None:
    agree(piece, piece)
    agree(f"<div>{piece}</div>", f"<div>{piece}</div>")


def test_nothing_is_nothing() -> None:
    assert furniture.clean_copy("") == ""
    assert furniture.clean_copy("".join(FURNITURE["script"])) == ""


# The markers of the text proper

MARKED: list[tuple[str, str]] = [
    ("<p>行情</p>前{s}<p>甲</p>乙{e}<p>推广</p>后", "<p>甲</p>乙"),
    ("<p>行情</p>{s}<p>甲</p><p>乙</p>", "<p>甲</p><p>乙</p>"),
    ("<p>甲</p>{e}<p>推广</p>", "<p>甲</p>"),
    # below another element, together or apart
    ("<p>x</p><div>y{s}<p>甲</p>{e}z</div><p>x</p>", "<div><p>甲</p></div>"),
    ("<div><p>行情</p>{s}<p>甲</p></div><p>乙</p>{e}<p>推广</p>", "<div><p>甲</p></div><p>乙</p>"),
    ("<p>行情</p>{s}<p>甲</p><div>乙{e}推广</div><p>推广</p>", "<p>甲</p><div>乙</div>"),
    (
        "<div>x<div>{s}甲</div></div><div>乙<div>{e}<p>y</p></div></div>z",
        "<div><div>甲</div></div><div>乙<div></div></div>",
    ),
    # several: the last that begins, the first end after it
    ("<p>x</p>{s}<p>x</p>{s}<p>甲</p>{e}<p>x</p>{e}<p>x</p>", "<p>甲</p>"),
    ("{e}{s}<p>甲</p>{e}", "<p>甲</p>"),
    # furniture between them is furniture
    ("{s}<p>甲</p><div class='appendQr_wrap'>x</div><!-- x --><p>乙</p>{e}", "<p>甲</p><p>乙</p>"),
    ("{s}{e}<p>x</p>", ""),
]


@pytest.mark.parametrize(
    ("start", "end"),
    [(START, END), ("<!--原始正文begin-->", "<!--原始正文 end-->"), (OLD_START, OLD_END)],
    ids=["today", "begin", "publish_helper"],
)
@pytest.mark.parametrize(("markup", "kept"), MARKED)
def test_the_text_between_the_markers(markup: str, kept: str, start: str, end: str) -> None:
    agree(markup.format(s=start, e=end), kept)


@pytest.mark.parametrize("comment", ["正文", "说说原始正文start", "原始正文", "publish_helper"])
def test_other_comments_mark_nothing(comment: str) -> None:
    agree(f"<p>甲</p><!-- {comment} --><p>乙</p>", "<p>甲</p><p>乙</p>")


def test_a_marker_in_a_strange_place_loses_no_text() -> None:
    agree(f"<p>{START}<p>甲</p>", "<p></p><p>甲</p>")
    agree(f"<div style='display:none'>{START}</div><p>甲</p>", "<p>甲</p>")


# A link beside words is a word of its sentence


@pytest.mark.parametrize(
    "markup",
    [
        "<p>看<b>这里</b>{}</p>",
        "<p>{}<b>是地址</b></p>",
        "<p>地址是<!-- x -->{}</p>",
        "<p>地址是<span>{}</span>。</p>",
    ],
)
def test_an_address_in_a_sentence_stays(markup: str) -> None:
    whole = markup.format('<a href="https://sina.cn/x">https://sina.cn/x</a>')
    agree(whole, whole.replace("<!-- x -->", ""))


def test_a_picture_in_an_empty_link_stays() -> None:
    markup = '<p>文</p><p><a href=""><img src="a.jpg"></a></p>'
    agree(markup, markup)


# Any mixture

MIXTURE = st.lists(st.sampled_from(KEPT) | st.sampled_from(sorted(FURNITURE.values())), max_size=8)


@given(MIXTURE, st.integers(0, 3))
@example([KEPT[5], FURNITURE["comment"], KEPT[5]], 1)
def test_what_remains_is_what_was_no_furniture_in_its_order(pieces: list[str], depth: int) -> None:
    def nested(parts: list[str]) -> str:
        return "<div>" * depth + "".join(parts) + "</div>" * depth

    kept = [piece for piece in pieces if piece in KEPT or "sina.cn/x" in piece]
    bare = FURNITURE["bare link"]
    agree(nested(pieces), nested(["<p></p>" if piece == bare else piece for piece in kept]))


PIECES = [
    *KEPT,
    *FURNITURE.values(),
    *"<div> </div> <p> </p> <b> </b> <table> <td> <!-- --> <pre> \n <select> <option>".split(" "),
    *(START, END, OLD_START, OLD_END, "<script>", "</script>", "<div style=display:none>"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_a_second_cleaning_changes_nothing(pieces: list[str]) -> None:
    once = furniture.clean_copy("".join(pieces))
    assert furniture.clean_copy(once) == once


@pytest.mark.parametrize(
    "markup",
    [
        '<p><span style="display:none">x</span>海量资讯、精准解读</p>',
        "<p><!-- x -->海量资讯、精准解读</p>",
        '<p><a href="u">u<span style="display:none">x</span></a></p>',
    ],
)
def test_furniture_in_furniture_needs_no_second_cleaning(markup: str) -> None:
    once = furniture.clean_copy(markup)
    assert furniture.clean_copy(once) == once


@given(st.from_regex(furniture._HOUSE_LINE))
def test_every_line_of_the_house_has_one_of_its_words(line: str) -> None:
    """By them it is told whether there may be such lines at all."""
    assert any(word in line for word in furniture._HOUSE_WORDS)
