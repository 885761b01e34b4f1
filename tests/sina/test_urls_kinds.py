"""URLs of what is no plain article: self-media, picture series, videos, further pages."""

from __future__ import annotations

from datetime import date, datetime
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsarchive.archive import naming
from newsarchive.clock import UTC
from newsarchive.items import DOC_ID
from newsarchive.sina import urls

ID = "kqtesta0000501"
KEY = "620beb0602000y5ec"
K = f"https://k.sina.com.cn/article_1644948230_{KEY}.html"
VIEW = f"https://t.cj.sina.com.cn/articles/view/1644948230/{KEY}"
SLIDES = "https://slide.finance.sina.com.cn/slide_9_123_45678.html"
DAY = date(2021, 8, 5)

#: spelling → (doc id, canonical URL, mobile, date in the path)
KINDS: dict[str, tuple[str, str, bool, date | None]] = {
    # self-media: one article under both hosts
    K: (f"k-1644948230-{KEY}", K, False, None),
    K + "?from=finance&subch=stock": (
        f"k-1644948230-{KEY}",
        K + "?subch=stock",
        False,
        None,
    ),
    K.replace("https", "http") + "#comment": (f"k-1644948230-{KEY}", K, False, None),
    VIEW: (f"k-1644948230-{KEY}", VIEW, False, None),
    VIEW + "?vt=4": (f"k-1644948230-{KEY}", VIEW, False, None),
    VIEW.replace("t.cj", "cj"): (
        f"k-1644948230-{KEY}",
        VIEW.replace("t.cj", "cj"),
        False,
        None,
    ),
    f"https://k.sina.com.cn/2021-08-05/doc-i{ID}.shtml": (
        ID,
        f"https://k.sina.com.cn/2021-08-05/doc-i{ID}.shtml",
        False,
        DAY,
    ),
    # picture series
    SLIDES + "#p=3": ("slide-9-123-45678", SLIDES, False, None),
    "http://slide.sports.sina.com.cn/n/slide_2_789_1.html": (
        "slide-2-789-1",
        "https://slide.sports.sina.com.cn/n/slide_2_789_1.html",
        False,
        None,
    ),
    # videos
    f"https://video.sina.com.cn/p/finance/2021-08-05/detail-i{ID}.d.html": (
        ID,
        f"https://video.sina.com.cn/p/finance/2021-08-05/detail-i{ID}.d.html",
        False,
        DAY,
    ),
    "http://video.sina.com.cn/p/finance/2014-05-28/102465432109.html": (
        "video-102465432109",
        "https://video.sina.com.cn/p/finance/2014-05-28/102465432109.html",
        False,
        date(2014, 5, 28),
    ),
    # further pages are of the first one
    f"https://finance.sina.com.cn/roll/2021-08-05/doc-i{ID}_2.shtml": (
        ID,
        f"https://finance.sina.com.cn/roll/2021-08-05/doc-i{ID}.shtml",
        False,
        DAY,
    ),
    f"https://finance.sina.cn/2021-08-05/detail-i{ID}_12.d.html?vt=4": (
        ID,
        f"https://finance.sina.cn/2021-08-05/detail-i{ID}.d.html",
        True,
        DAY,
    ),
    "http://finance.sina.com.cn/consume/20140520/021319158268_2.shtml": (
        "31-1-19158268",
        "https://finance.sina.com.cn/consume/20140520/021319158268.shtml",
        False,
        date(2014, 5, 20),
    ),
}


@pytest.mark.parametrize("url", KINDS)
def test_a_kind(url: str) -> None:
    found = urls.parse(url)
    assert found is not None
    assert (found.doc_id, found.url, found.mobile, found.path_date) == KINDS[url]
    assert DOC_ID.fullmatch(found.doc_id)
    assert found.is_video is (urlsplit(url).netloc == "video.sina.com.cn")


def test_the_pages_of_an_article_are_one_document() -> None:
    first = f"https://finance.sina.com.cn/roll/2021-08-05/doc-i{ID}.shtml"
    for number in (2, 3, 10, 100):
        assert urls.parse(first.replace(".shtml", f"_{number}.shtml")) == urls.parse(first)


def test_the_mark_of_the_self_media_article_is_no_part_of_its_key() -> None:
    assert urls.parse(K.replace(f"_{KEY}", f"_m{KEY}")) is not None
    found = urls.parse(K.replace(f"_{KEY}", f"_m{KEY}"))
    assert found is not None
    assert found.doc_id == f"k-1644948230-{KEY}"


def test_only_the_page_number_leaves_the_path() -> None:
    """A folder that happens to end like it is another folder, not another page."""
    url = f"https://finance.sina.com.cn/a_2.b/2021-08-05/doc-i{ID}_2.shtml"
    found = urls.parse(url)
    assert found is not None
    assert found.url == f"https://finance.sina.com.cn/a_2.b/2021-08-05/doc-i{ID}.shtml"


@pytest.mark.parametrize(
    "url",
    [
        "https://slide.finance.sina.com.cn/slide_9_123.html",
        "https://slide.finance.sina.com.cn/slide_9_123_456.shtml",
        "https://slide.finance.sina.com.cn/2014-05-28/102430247780.shtml",
        "https://finance.sina.com.cn/slide_9_123_45678.html",
        "https://finance.sina.com.cn/article_1644948230_620beb0602000y5ec.html",
        "https://finance.sina.com.cn/250123456.html",
        "https://video.sina.com.cn/p/finance/123.html",
        "https://video.sina.com.cn/p/finance/1234567890123.html",
        f"https://k.sina.com.cn.evil.example/article_1_{KEY}.html",
        f"https://k.sina.com.cn/article_1_{KEY}.html/x",
        f"https://k.sina.com.cn/article_1234567890123_{KEY}.html",
        f"https://k.sina.com.cn/article_1_{'a' * 33}.html",
        "https://k.sina.com.cn/article_１_620beb0602000y5ec.html",
        f"https://t.cj.sina.com.cn/articles/view/1/{KEY}/../../x",
        "https://t.cj.sina.com.cn/articles/view/1/../../../etc",
    ],
)
def test_what_only_resembles_one(url: str) -> None:
    assert urls.parse(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://video.sina.com.cn/p/finance/0000.html",
        "https://video.sina.com.cn/p/finance/000123.html",
        "https://finance.sina.com.cn/china/20140301/0242000001.shtml",
        "https://news.sina.com.cn/c/2014-05-28/1024000000.shtml",
    ],
)
def test_a_number_of_noughts_names_no_document_that_cannot_be_kept(url: str) -> None:
    """`naming` refuses an id of another form, and with a crash: it must not get there."""
    found = urls.parse(url)
    assert found is None or DOC_ID.fullmatch(found.doc_id)


PATHS = st.one_of(
    st.from_regex(r"/(n/)?slide_[0-9]{1,7}_[0-9]{1,9}_[0-9]{1,9}\.html", fullmatch=True),
    st.from_regex(r"/article_[0-9]{1,13}_m?[0-9a-z]{5,33}\.html", fullmatch=True),
    st.from_regex(r"/articles/view/[0-9]{1,13}/[0-9a-z]{5,33}/?", fullmatch=True),
    st.from_regex(r"/p/([0-9]{4}-[0-9]{2}-[0-9]{2}/)?[1-9][0-9]{0,13}\.html", fullmatch=True),
    st.from_regex(
        r"/(a/)?20[0-9]{2}(-?)[01][0-9]\2[0-3][0-9]/[0-9]{4}[1-9][0-9]{4,9}(_[0-9]{1,4}){0,2}\.s?html",
        fullmatch=True,
    ),
    st.from_regex(
        r"/(a/)?(doc|detail|zl)-i[a-z]{7}[0-9]{7}(_[0-9]{1,4}){0,2}\.(shtml|html|d\.html)",
        fullmatch=True,
    ),
)
HOSTS = st.sampled_from(
    "finance slide.finance slide video k cj t.cj news t ent tech mil.news".split()
)


@given(HOSTS, PATHS, st.sampled_from(["", "?from=x", "?a=1#p=2", "#p=2"]))
@example("finance", f"/a/doc-i{ID}_2_3.shtml", "")
def test_a_document_is_named_the_same_by_its_canonical_url(host: str, path: str, tail: str) -> None:
    found = urls.parse(f"http://{host}.sina.com.cn{path}{tail}")
    if found is None:
        return
    assert DOC_ID.fullmatch(found.doc_id)
    assert urls.parse(found.url) == found
    assert urls.canonical_url(found.url) == found.url
    path = naming.post_path("题", found.doc_id, datetime(2021, 8, 5, tzinfo=UTC))
    assert naming.id_in_name(path.rpartition("/")[2]) == found.doc_id
