"""What a page is: an article, or which kind of something else."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from newsarchive.exceptions import BadInput, Reason
from newsarchive.sina import classify

END = "</body></html>"


def kind(markup: str, container: str = "#artibody") -> Reason | None:
    """None for a whole article."""
    page = LexborHTMLParser(markup)
    try:
        classify.check(page, markup, page.css_first(container))
    except BadInput as error:
        return error.reason
    return None


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        ("<div id=artibody><p>文</p></div>" + END, None),
        ("<div id=artibody><img src=a.jpg></div>" + END, None),
        ("<div id=artibody><p>文</p></div><p>页脚</p>", None),
        ("<div><div id=artibody>文</div></div><p>页脚</p>", None),
        ("<div id=artibody><p>文</p></div></BODY ></HTML\n>", None),
        ("<div id=artibody></div>" + END, Reason.NO_BODY),
        ("<div id=artibody><script>x</script></div>" + END, Reason.NO_BODY),
        ("<div id=artibody></div><p>页脚</p>", Reason.NO_BODY),
        ("<div id=artibody><p>文", Reason.TRUNCATED),
        ("<div id=artibody><p>文</p></div>", Reason.TRUNCATED),
        ("<div id=artibody><p>文</p></div>\n<!-- x -->", Reason.TRUNCATED),
        ("<div id=artibody>", Reason.TRUNCATED),
        ("<h1>题", Reason.TRUNCATED),
        ("", Reason.TRUNCATED),
        ("<h1>题</h1>" + END, Reason.NOT_ARTICLE),
        ("<p>页面没有找到 5秒钟之后将会带您进入新浪首页!</p>" + END, Reason.NOT_FOUND),
        ("<p>您访问的页面不存在</p>" + END, Reason.NOT_FOUND),
        ("<p>页面没有找到</p>", Reason.NOT_FOUND),
        ("<p>您的访问过于频繁</p>" + END, Reason.BLOCKED),
        ("<p>请输入验证码</p>" + END, Reason.BLOCKED),
        ("<p>安全验证</p>" + END, Reason.BLOCKED),
        ("<h1>ACCESS DENIED</h1>" + END, Reason.BLOCKED),
        ("<form>Captcha <input></form>" + END, Reason.BLOCKED),
        # words in an article are words
        ("<div id=artibody>页面没有找到</div>" + END, None),
        ("<div id=artibody>请输入验证码</div>" + END, None),
        # and so they are on a long page
        (f"<p>{'请输入验证码' * 5000}</p>" + END, Reason.NOT_ARTICLE),
        # what nobody sees is not said
        ("<!-- 页面没有找到 -->" + END, Reason.NOT_ARTICLE),
        ("<p title='请输入验证码'>x</p>" + END, Reason.NOT_ARTICLE),
    ],
)
def test_kind(markup: str, reason: Reason | None) -> None:
    assert kind(markup) is reason


def test_what_the_missing_page_says_first_counts() -> None:
    assert kind("<p>页面没有找到</p><p>请输入验证码</p>" + END) is Reason.NOT_FOUND


@pytest.mark.parametrize("quoted", ["<!--{}-->", "<script>'{}'</script>", "<p title='{}'>甲</p>"])
def test_an_end_tag_counts_only_where_it_ends_the_page(quoted: str) -> None:
    markup = quoted.format(END) + "<div id=artibody><p>文</p>"
    assert kind(markup) is Reason.TRUNCATED


@pytest.mark.parametrize("quoted", ["<!--{}-->", "<script>'{}'</script>", "<p title='{}'>甲</p>"])
def test_a_page_without_a_body_is_cut_whatever_it_quotes(quoted: str) -> None:
    assert kind(quoted.format(END) + "<h1>题") is Reason.TRUNCATED
