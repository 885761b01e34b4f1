"""Pages become articles: every template, one test a field; what is no whole article says so."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import Article
from newsarchive.sina import article, encoding, reading, urls
from tests.conftest import FIXTURES, SHARED, page_folders

PAGES = FIXTURES / "pages"
REAL = SHARED / "sina" / "pages"
KINDS = {
    "not_found": Reason.NOT_FOUND,
    "blocked": Reason.BLOCKED,
    "stub": Reason.NO_BODY,
    "truncated": Reason.TRUNCATED,
    "other": Reason.NOT_ARTICLE,
}
URL = "https://finance.sina.com.cn/china/gncj/2021-08-05/doc-ikqtesta0000501.shtml"


def parse(data: bytes, url: str = "", content_type: str = "") -> Article:
    """A page's bytes, decoded as a crawl and a replay do."""
    return article.parse(encoding.decode(data, content_type)[0], url)


@cache
def parsed(page: Path) -> Article:
    return parse(page.read_bytes())


def refusal(data: bytes, url: str = "") -> Reason:
    with pytest.raises(BadInput) as raised:
        parse(data, url)
    return raised.value.reason


def page_with(
    *, head: str = "", title: str = "<h1 class=main-title>题目</h1>", body: str = "<p>正文。</p>"
) -> bytes:
    """A small page of today's template."""
    return (
        f"<!DOCTYPE html><html><head><meta charset=utf-8>{head}</head><body>{title}"
        f"<div class=date-source><span class=date>2021年08月05日 15:54</span></div>"
        f"<div class=article id=artibody>{body}</div><div class=footer>页脚</div></body></html>"
    ).encode()


# One test a field


def wanted(expected: dict[str, Any], field: str) -> Any:
    value = expected[field]
    if field in ("published_at", "updated_at"):
        return datetime.fromisoformat(value) if value else None
    return value if isinstance(value, list) else value or ""


def is_field(field: str) -> bool:
    return field in {known.name for known in fields(Article)}


def check_field(page: Path, expected: dict[str, Any], field: str) -> None:
    if field == "body_text_starts":
        assert reading.text(parsed(page).body).startswith(expected[field] or "")
    elif field == "body_text_contains":
        assert (expected[field] or "") in reading.text(parsed(page).body)
    else:
        assert getattr(parsed(page), field) == wanted(expected, field)


SAID = ("url doc_id title published_at updated_at source editor keywords symbols").split()
TEXTS = ["body_text_starts", "body_text_contains"]


def real_pages(articles: bool) -> list[Any]:
    """Parameters of the real pages: (expected, field), or (expected, '') for no articles."""
    if not REAL.is_dir():
        return [pytest.param({}, "", marks=pytest.mark.skip(reason="no ../shared here"))]
    pages = json.loads((REAL / "expected.json").read_text("utf-8"))
    return [
        pytest.param(page, field, id="-".join(filter(None, (Path(page["file"]).stem, field))))
        for page in pages
        if bool(page["title"]) is articles
        for field in ([*SAID, *TEXTS] if articles else [""])
        if field not in TEXTS or page[field]
    ]


@pytest.mark.parametrize(("expected", "field"), real_pages(articles=True))
def test_real_page(expected: dict[str, Any], field: str) -> None:
    check_field(REAL / expected["file"], expected, field)


@pytest.mark.parametrize(("expected", "field"), real_pages(articles=False))
def test_real_page_that_is_no_article(expected: dict[str, Any], field: str) -> None:
    assert refusal((REAL / expected["file"]).read_bytes()) is Reason.NOT_ARTICLE


def expected_of(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "expected.json").read_text("utf-8"))
    return loaded


ARTICLES = [folder for folder in page_folders() if expected_of(folder)["kind"] == "article"]
OTHERS = [folder for folder in page_folders() if expected_of(folder)["kind"] != "article"]


@pytest.mark.parametrize(
    ("folder", "field"),
    [
        pytest.param(folder, field, id=f"{folder.name}-{field}")
        for folder in ARTICLES
        for field in [*SAID, "layout", *TEXTS]
        if field not in TEXTS or expected_of(folder)[field]
    ],
)
def test_fixture_page(folder: Path, field: str) -> None:
    check_field(folder / "page.html", expected_of(folder), field)


@pytest.mark.parametrize("folder", OTHERS, ids=lambda folder: folder.name)
def test_fixture_page_that_is_no_article(folder: Path) -> None:
    assert refusal((folder / "page.html").read_bytes()) is KINDS[expected_of(folder)["kind"]]


def test_the_fixtures_cover_every_kind() -> None:
    assert {expected_of(folder)["kind"] for folder in page_folders()} == {"article", *KINDS}


@pytest.mark.parametrize("folder", ARTICLES, ids=lambda folder: folder.name)
def test_times_are_aware_and_in_utc(folder: Path) -> None:
    found = parsed(folder / "page.html")
    for moment in (found.published_at, found.updated_at):
        assert moment is None or moment.utcoffset() == timedelta(0)


@pytest.mark.parametrize("folder", ARTICLES, ids=lambda folder: folder.name)
def test_the_raw_clock_stands_beside_every_clock(folder: Path) -> None:
    found = parsed(folder / "page.html")
    for name in ("published_at", "updated_at"):
        assert (getattr(found, name) is None) or found.raw_clocks[name]


def test_the_raw_clock_is_what_the_page_says() -> None:
    found = parsed(PAGES / "t6_2024_news" / "page.html")
    assert found.raw_clocks == {
        "published_at": "2024-03-21 17:02:17",
        "updated_at": "2024-03-21 17:04:26",
    }


# Which word counts


def test_the_callers_url_wins_over_the_pages() -> None:
    data = (PAGES / "t4_2021_finance" / "page.html").read_bytes()
    moved = "http://finance.sina.com.cn/roll/2021-08-05/doc-ikqtesta0000999.shtml?from=wap"
    found = parse(data, moved)
    assert (found.url, found.doc_id) == (
        "https://finance.sina.com.cn/roll/2021-08-05/doc-ikqtesta0000999.shtml",
        "kqtesta0000999",
    )


@pytest.mark.parametrize(
    ("publishid", "doc_id"),
    [
        ("28,3,31234567", "28-3-31234567"),  # the same did: the page knows its section better
        ("28,3,2762951", "31-1-31234567"),  # another document: no page can pass for it
        ("kqtesta0000501", "31-1-31234567"),
    ],
)
def test_of_an_old_url_the_did_stands(publishid: str, doc_id: str) -> None:
    data = page_with(head=f'<meta name="publishid" content="{publishid}">')
    found = parse(data, "https://finance.sina.com.cn/a/20091109/134831234567.shtml")
    assert found.doc_id == doc_id


@pytest.mark.parametrize(
    "url",
    [
        "https://k.sina.com.cn/article_1234567_4996b21e001abcdef.html",
        "https://finance.sina.com.cn/roll/2021-08-05/doc-ikqtesta0000999.shtml",
    ],
)
def test_no_page_can_pass_for_another_document(url: str) -> None:
    named = urls.parse(url)
    assert named is not None
    data = page_with(head='<meta name="publishid" content="kqtesta0000501">')
    assert parse(data, url).doc_id == named.doc_id


def test_an_old_url_alone_names_the_document() -> None:
    url = "https://finance.sina.com.cn/china/20140301/024218372262.shtml"
    assert parse(page_with(), url).doc_id == "31-1-18372262"


@pytest.mark.parametrize(
    ("head", "title", "doc_id"),
    [
        ('<meta name="publishid" content="kqtesta0000501">', "", "kqtesta0000501"),
        ('<meta name="publishid" content="../../etc/passwd">', "", ""),
        ('<meta name="publishid" content="">', "", ""),
        ('<meta name="sudameta" content="dataid:comos:kqtesta0000501">', "", "kqtesta0000501"),
        ('<meta name="sudameta" content="dataid:comos:../x">', "", ""),
        ("", '<h1 id=artibodyTitle docid="kqtesta0000501">题</h1>', "kqtesta0000501"),
        ("", "<h1 id=artibodyTitle pid=31 tid=1 did=18372262>题</h1>", "31-1-18372262"),
        ("", "<h1 id=artibodyTitle pid=31 tid=1>题</h1>", ""),
        ("", "", ""),
    ],
)
def test_the_document_id_without_a_url(head: str, title: str, doc_id: str) -> None:
    data = page_with(head=head, title=title or "<h1 class=main-title>题目</h1>")
    assert parse(data).doc_id == doc_id


@pytest.mark.parametrize(
    "og_url", ["https://evil.example/doc-ikqtesta0000501.shtml", "javascript:alert(1)", "x", ""]
)
def test_the_pages_own_url_must_be_sinas(og_url: str) -> None:
    found = parse(page_with(head=f'<meta property="og:url" content="{og_url}">'))
    assert (found.url, found.doc_id) == ("", "")


def test_create_at_wins_over_the_visible_date() -> None:
    head = '<meta name="weibo: article:create_at" content="2021-08-05 15:54:29">'
    found = parse(page_with(head=head))
    assert found.published_at == datetime(2021, 8, 5, 7, 54, 29, tzinfo=timezone.utc)


@pytest.mark.parametrize("broken", ["", "0000-00-00 00:00:00", "gestern", "2021-02-30 10:00:00"])
def test_a_broken_create_at_gives_way_to_the_visible_date(broken: str) -> None:
    head = f'<meta name="weibo: article:create_at" content="{broken}">'
    found = parse(page_with(head=head))
    assert found.published_at == datetime(2021, 8, 5, 7, 54, tzinfo=timezone.utc)


def test_the_moment_of_republication_is_no_date() -> None:
    head = '<meta property="article:published_time" content="2021-08-05T18:00:00+08:00">'
    data = page_with(head=head).replace("2021年08月05日 15:54".encode(), b"")
    found = parse(data)
    assert found.published_at is None


def test_a_zone_that_does_not_exist_is_no_crash() -> None:
    head = '<meta name="weibo: article:update_at" content="2021-08-05 15:54:29+99:99">'
    assert parse(page_with(head=head)).updated_at is None


@pytest.mark.parametrize(
    ("metas", "keywords"),
    [
        ('<meta name=tags content="甲,乙,甲">', ["甲", "乙"]),
        ('<meta name=tags content="甲,题目">', ["甲"]),
        ('<meta name=tags content=""><meta name=keywords content="甲，乙">', ["甲", "乙"]),
        ('<meta name=keywords content="题目">', []),
        ('<meta name=keywords content="题目,甲, 乙 ">', ["甲", "乙"]),
        ('<meta name=keywords content=",sina.cn">', []),
        ('<meta name=keywords content="甲,新闻,新浪网">', ["甲"]),
        ("", []),
    ],
)
def test_keywords(metas: str, keywords: list[str]) -> None:
    assert parse(page_with(head=metas)).keywords == keywords


def test_a_title_tag_serves_an_unknown_template() -> None:
    data = page_with(head="<title>新的样子|甲|乙_新浪财经_新浪网</title>", title="")
    found = parse(data)
    assert (found.title, found.layout) == ("新的样子", "generic")


def test_no_title() -> None:
    assert refusal(page_with(title="<h1 class=main-title> \u3000 </h1>")) is Reason.NO_TITLE


def test_a_picture_alone_is_a_body() -> None:
    found = parse(page_with(body='<p><img src="//n.sinaimg.cn/a.jpg"></p>'))
    assert found.body == '<p><img src="//n.sinaimg.cn/a.jpg"></p>'


@pytest.mark.parametrize(
    "body",
    ["", "  \n", "<p><br></p>", "<p>\u3000\u3000&nbsp;</p>", "<!-- 正文 -->", "<style>p{}</style>"],
)
def test_nothing_but_furniture_is_no_body(body: str) -> None:
    assert refusal(page_with(body=body)) is Reason.NO_BODY


def test_an_article_about_captchas_is_an_article() -> None:
    found = parse(page_with(body="<p>请输入验证码：页面没有找到，访问受限。</p>"))
    assert reading.text(found.body).startswith("请输入验证码")


def test_a_long_page_that_says_not_found_is_no_missing_page() -> None:
    data = "<html><body>" + "页面没有找到" * 5000 + "</body></html>"
    assert refusal(data.encode()) is Reason.NOT_ARTICLE


# Truncation


def shortened(data: bytes, offsets: range) -> list[int]:
    """The offsets at which a cut page passes for another article, or for another kind of page."""
    whole = parse(data).body
    passed = []
    for offset in offsets:
        try:
            cut = parse(data[:offset])
        except BadInput as error:
            if error.reason is not Reason.TRUNCATED:
                passed.append(offset)
        else:
            if cut.body != whole:
                passed.append(offset)
    return passed


@pytest.mark.parametrize("folder", ARTICLES, ids=lambda folder: folder.name)
def test_a_cut_page_never_loses_text_silently(folder: Path) -> None:
    data = (folder / "page.html").read_bytes()
    assert shortened(data, range(0, len(data), 23)) == []


@pytest.mark.parametrize("name", ["t1_2009_gbk", "t4_2023_finance_promo", "t7_mobile_art_time"])
def test_a_cut_inside_the_body_is_seen_at_every_byte(name: str) -> None:
    data = (PAGES / name / "page.html").read_bytes()
    start = max(data.find(b'id="artibody"'), data.find(b"art_content"))
    assert start > 0
    assert shortened(data, range(start, start + 1500)) == []


def test_a_cut_real_page_with_frames_in_its_body(shared: Path) -> None:
    data = (shared / "sina" / "pages" / "mh_2024_news_1.html").read_bytes()
    container = data.index(b'id="article"')
    assert shortened(data, range(container, container + 8000, 97)) == []


@pytest.mark.parametrize(
    "before",
    [
        "<script>document.write('<iframe><html><body></body></html></iframe>')</script>",
        "<!-- </body></html> -->",
        "<iframe srcdoc='<html><body></body></html>'></iframe>",
        "<textarea></body></html></textarea>",
        "<style>/* </html> */</style>",
    ],
    ids=["script", "comment", "srcdoc", "textarea", "style"],
)
@pytest.mark.parametrize("inside", [False, True], ids=["before-the-body", "in-the-body"])
def test_an_end_tag_that_is_none_does_not_hide_a_cut(before: str, inside: bool) -> None:
    paragraphs = "<p>第一段。</p>" + (before if inside else "") + "<p>第二段。</p><p>第三段。</p>"
    whole = page_with(title=("" if inside else before) + "<h1>题目</h1>", body=paragraphs)
    assert "第一段。\n" in reading.text(parse(whole).body)
    assert reading.text(parse(whole).body).endswith("\n第二段。\n第三段。")
    cut = whole[: whole.index("第三段".encode())]
    assert refusal(cut) is Reason.TRUNCATED


def test_a_cut_after_the_body_loses_nothing() -> None:
    whole = page_with()
    cut = whole[: whole.index("页脚".encode())]
    assert parse(cut).body == parse(whole).body


# Anything else


@pytest.mark.parametrize(
    "data", [b"", b" \n", b"\0" * 100, b"<", b"\xff\xfe", b"\x89PNG\r\n\x1a\n"]
)
def test_garbage_is_truncated(data: bytes) -> None:
    assert refusal(data) is Reason.TRUNCATED


@given(st.binary(max_size=300), st.text(max_size=40), st.text(max_size=40))
def test_no_bytes_crash_it(data: bytes, url: str, content_type: str) -> None:
    try:
        found = parse(data, url, content_type)
    except BadInput:
        return
    assert found.title


PIECES = [
    *"<h1 class=main-title>|<div id=artibody>|</div>|</h1>|<p>|文|</body>|<!--|-->".split("|"),
    *"<script>|</script>|<table>|<td>|</html>|\ufffd|<svg>|<template>|</span>".split("|"),
    "<meta name=keywords content=甲>",
    "<span class=date>2021-08-05 10:00",
    "<span class=date>2021-08-05 10:00+99:00",
]


@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_no_markup_crashes_it(pieces: list[str]) -> None:
    try:
        found = parse("".join(pieces).encode())
    except BadInput:
        return
    assert found.title
    assert not reading.is_empty(found.body)
