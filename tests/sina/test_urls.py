"""The URL grammar: one document in its many spellings, and what only looks like one."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsarchive.items import DOC_ID
from newsarchive.sina import urls

ID = "kqtesta0000501"
DESKTOP = f"https://finance.sina.com.cn/china/gncj/2021-08-05/doc-i{ID}.shtml"

#: FACTS of the grammar: spelling → (doc id, canonical URL, mobile, date in the path)
ARTICLES = {
    DESKTOP: (ID, DESKTOP, False, date(2021, 8, 5)),
    DESKTOP.replace("https", "http"): (ID, DESKTOP, False, date(2021, 8, 5)),
    DESKTOP.removeprefix("https:"): (ID, DESKTOP, False, date(2021, 8, 5)),
    DESKTOP + "?from=wap": (ID, DESKTOP, False, date(2021, 8, 5)),
    DESKTOP + "#p=2": (ID, DESKTOP, False, date(2021, 8, 5)),
    f"  {DESKTOP}\n": (ID, DESKTOP, False, date(2021, 8, 5)),
    DESKTOP.replace("finance.sina", "FINANCE.Sina"): (ID, DESKTOP, False, date(2021, 8, 5)),
    DESKTOP.replace(".cn/", ".cn./"): (ID, DESKTOP, False, date(2021, 8, 5)),
    DESKTOP.replace(".cn/", ".cn:443/"): (ID, DESKTOP, False, date(2021, 8, 5)),
    DESKTOP.replace("https", "http").replace(".cn/", ".cn:80/"): (
        ID,
        DESKTOP,
        False,
        date(2021, 8, 5),
    ),
    f"https://finance.sina.com.cn/roll/2021-08-05/doc-i{ID}.shtml": (
        ID,
        f"https://finance.sina.com.cn/roll/2021-08-05/doc-i{ID}.shtml",
        False,
        date(2021, 8, 5),
    ),
    f"https://finance.sina.cn/2026-07-09/detail-i{ID}.d.html?vt=4&cid=1&node_id=2": (
        ID,
        f"https://finance.sina.cn/2026-07-09/detail-i{ID}.d.html",
        True,
        date(2026, 7, 9),
    ),
    f"https://finance.sina.cn/usstock/mggd/2019-01-02/detail-i{ID}.d.html": (
        ID,
        f"https://finance.sina.cn/usstock/mggd/2019-01-02/detail-i{ID}.d.html",
        True,
        date(2019, 1, 2),
    ),
    f"https://finance.sina.com.cn/zl/china/2022-02-03/zl-i{ID}.shtml": (
        ID,
        f"https://finance.sina.com.cn/zl/china/2022-02-03/zl-i{ID}.shtml",
        False,
        date(2022, 2, 3),
    ),
    f"https://finance.sina.com.cn/7x24/2025-04-21/doc-i{ID}.shtml": (
        ID,
        f"https://finance.sina.com.cn/7x24/2025-04-21/doc-i{ID}.shtml",
        False,
        date(2025, 4, 21),
    ),
    f"https://auto.sina.com.cn/news/2019-09-05/detail-i{ID}.shtml": (
        ID,
        f"https://auto.sina.com.cn/news/2019-09-05/detail-i{ID}.shtml",
        False,
        date(2019, 9, 5),
    ),
    f"https://fashion.sina.com.cn/s/2019-09-05/0910/doc-i{ID}.shtml": (
        ID,
        f"https://fashion.sina.com.cn/s/2019-09-05/0910/doc-i{ID}.shtml",
        False,
        date(2019, 9, 5),
    ),
    "http://finance.sina.com.cn/china/20140301/024218372262.shtml": (
        "31-1-18372262",
        "https://finance.sina.com.cn/china/20140301/024218372262.shtml",
        False,
        date(2014, 3, 1),
    ),
    "http://news.sina.com.cn/c/2014-05-28/102430247780.shtml": (
        "1-1-30247780",
        "https://news.sina.com.cn/c/2014-05-28/102430247780.shtml",
        False,
        date(2014, 5, 28),
    ),
    "http://tech.sina.com.cn/i/2014-05-28/10249403777.shtml": (
        "2-1-9403777",
        "https://tech.sina.com.cn/i/2014-05-28/10249403777.shtml",
        False,
        date(2014, 5, 28),
    ),
    "http://ent.sina.com.cn/y/2009-11-09/13482762951.shtml": (
        "28-3-2762951",
        "https://ent.sina.com.cn/y/2009-11-09/13482762951.shtml",
        False,
        date(2009, 11, 9),
    ),
}


@pytest.mark.parametrize("url", ARTICLES)
def test_an_article(url: str) -> None:
    found = urls.parse(url)
    assert found is not None
    assert (found.doc_id, found.url, found.mobile, found.path_date) == ARTICLES[url]


NO_ARTICLES = [
    # Sina's, but of another kind
    "https://finance.sina.com.cn/",
    "https://finance.sina.com.cn/roll/index.d.html?cid=56592&page=1",
    "https://video.sina.com.cn/p/finance/123.html",
    "https://video.sina.com.cn/p/finance/index.html",
    f"https://slide.finance.sina.com.cn/slide_9_{ID}.html",
    f"https://zhibo.sina.com.cn/finance/doc-i{ID}.shtml",
    f"https://live.sina.com.cn/zt/2021-08-05/doc-i{ID}.shtml",
    "https://k.sina.com.cn/article_1234567890_abcde.html",
    "https://k.sina.com.cn/x/article_1234567890_abcdef0123456789.html",
    "https://k.sina.com.cn/2021-08-05/102430247780.shtml",
    "https://cj.sina.com.cn/k/article/author_article/1234567890",
    "https://t.cj.sina.com.cn/articles/view/1234567890/ABCDEF",
    "https://blog.sina.com.cn/s/blog_4fe4dc6f0102wfbc.html",
    "https://search.sina.com.cn/news?q=x",
    "https://vip.stock.finance.sina.com.cn/q/doc-iabcdefg1234567.shtml",
    "https://doc.sina.cn/?id=comos:kqtesta0000501",
    "https://dp.sina.cn/dpool/cms/jump.php?url=" + DESKTOP,
    "http://mil.news.sina.com.cn/2014-05-28/1024302477.shtml",
    "http://finance.sina.com.cn/consume/20140520/021319158268_.shtml",
    "http://finance.sina.com.cn/consume/20140520/021319158268_2_3.shtml",
    f"https://finance.sina.com.cn/2021-08-05/doc-i{ID}_x.shtml",
    f"https://finance.sina.com.cn/2021-08-05/doc-i{ID}_1234.shtml",
    "https://finance.sina.com.cn/2021-08-05/doc-i.shtml",
    "https://finance.sina.com.cn/2021-08-05/doc-iKQTESTA0000501.shtml",
    f"https://finance.sina.com.cn/2021-08-05/doc-i{ID}.shtml/../../x",
    f"https://finance.sina.com.cn/2021-08-05/doc-i{ID}.php",
    f"https://finance.sina.com.cn/?u=/doc-i{ID}.shtml",
    f"https://finance.sina.com.cn/#/doc-i{ID}.shtml",
    # somebody else's
    f"https://finance.sina.com.cn.evil.example/2021-08-05/doc-i{ID}.shtml",
    f"https://evil-sina.com.cn/2021-08-05/doc-i{ID}.shtml",
    f"https://finance-sina.cn/2021-08-05/doc-i{ID}.shtml",
    f"https://sina.com/2021-08-05/doc-i{ID}.shtml",
    f"https://finance.sinaimg.cn/2021-08-05/doc-i{ID}.shtml",
    f"https://com.cn/2021-08-05/doc-i{ID}.shtml",
    f"https://evil.example/finance.sina.com.cn/doc-i{ID}.shtml",
    f"https://evil.example/?finance.sina.com.cn/doc-i{ID}.shtml",
    f"https://evil.example#finance.sina.com.cn/doc-i{ID}.shtml",
    f"https://evil.example\\.sina.com.cn/doc-i{ID}.shtml",
    f"https://evil.example%2f.sina.com.cn/doc-i{ID}.shtml",
    f"https://evil.example%23.sina.com.cn/doc-i{ID}.shtml",
    f"https://fіnance.sіna.com.cn/2021-08-05/doc-i{ID}.shtml",  # Cyrillic і
    f"https://xn--fnance-9cg.xn--sna-rma.com.cn/doc-i{ID}.shtml",
    f"https://finance.sina.com.cn@evil.example/doc-i{ID}.shtml",
    # userinfo, ports
    f"https://user:secret@finance.sina.com.cn/doc-i{ID}.shtml",
    f"https://@finance.sina.com.cn/doc-i{ID}.shtml",
    f"https://finance.sina.com.cn:8080/doc-i{ID}.shtml",
    f"https://finance.sina.com.cn:0/doc-i{ID}.shtml",
    f"https://finance.sina.com.cn:99999/doc-i{ID}.shtml",
    f"https://finance.sina.com.cn:x/doc-i{ID}.shtml",
    # private addresses, other schemes
    f"http://127.0.0.1/doc-i{ID}.shtml",
    f"http://localhost/doc-i{ID}.shtml",
    f"http://10.0.0.1/doc-i{ID}.shtml",
    f"http://169.254.169.254/doc-i{ID}.shtml",
    f"http://[::1]/doc-i{ID}.shtml",
    f"http://[::1/doc-i{ID}.shtml",
    f"http://2130706433/doc-i{ID}.shtml",
    f"file:///etc/doc-i{ID}.shtml",
    f"file://finance.sina.com.cn/doc-i{ID}.shtml",
    f"ftp://finance.sina.com.cn/doc-i{ID}.shtml",
    f"javascript://finance.sina.com.cn/doc-i{ID}.shtml",
    f"javascript:alert('/doc-i{ID}.shtml')",
    f"data:text/html,/doc-i{ID}.shtml",
    f"https:finance.sina.com.cn/doc-i{ID}.shtml",
    f"https:///finance.sina.com.cn/doc-i{ID}.shtml",
    f"finance.sina.com.cn/doc-i{ID}.shtml",
    f"/2021-08-05/doc-i{ID}.shtml",
    f"///finance.sina.com.cn/doc-i{ID}.shtml",
    "",
    "x",
    "https://",
]


@pytest.mark.parametrize("url", NO_ARTICLES)
def test_no_article(url: str) -> None:
    assert urls.parse(url) is None


@pytest.mark.parametrize(
    "host",
    [
        "evil.example\\.sina.com.cn",
        "evil.example%2f.sina.com.cn",
        "a b.sina.cn",
        "<x>.sina.cn",
        "a'\".sina.cn",
        "a|b.sina.cn",
        ".sina.com.cn",
        "a..sina.com.cn",
    ],
)
def test_a_host_that_no_reader_of_urls_agrees_on_is_not_sinas(host: str) -> None:
    assert urls.canonical_url(f"https://{host}/doc-i{ID}.shtml") is None


@pytest.mark.parametrize(
    "digits", ["００００５０１", "٠٠٠٠٥٠١", "0०00501"], ids=["full-width", "arabic", "devanagari"]
)
def test_an_id_is_of_ascii_digits(digits: str) -> None:
    assert urls.parse(f"https://finance.sina.com.cn/2021-08-05/doc-ikqtesta{digits}.shtml") is None
    assert urls.doc_id_of_publishid(f"kqtesta{digits}") is None


@pytest.mark.parametrize(
    "parameter",
    "from cre mod loc r doct rfunc tj tr vt cid node_id utm_source utm_x wm ref sudaref".split(),
)
def test_tracking_is_dropped(parameter: str) -> None:
    assert urls.canonical_url(f"{DESKTOP}?{parameter}=x&page=2") == f"{DESKTOP}?page=2"
    assert urls.canonical_url(f"{DESKTOP}?{parameter}") == DESKTOP


@pytest.mark.parametrize("query", ["page=2", "a=1&a=2", "a=", "q=%E4%B8%AD", "b=2&a=1", "x=%26"])
def test_other_parameters_stay_in_their_order(query: str) -> None:
    assert urls.canonical_url(f"{DESKTOP}?{query}") == f"{DESKTOP}?{query}"


def test_a_gbk_parameter_keeps_its_bytes() -> None:
    assert urls.canonical_url("https://search.sina.com.cn/?q=%D6%D0") == (
        "https://search.sina.com.cn/?q=%D6%D0"
    )


def test_a_host_alone_gets_its_slash() -> None:
    assert urls.canonical_url("http://sina.cn") == "https://sina.cn/"


@pytest.mark.parametrize("query", ["?a=\ud800", "?\ud800", "\ud800", "?a=\x00"])
def test_a_lone_surrogate_is_no_crash(query: str) -> None:
    """JSON can spell one: no URL that is given back may fail to be written."""
    found = urls.parse(DESKTOP + query)
    if found is not None:
        found.url.encode()


@pytest.mark.parametrize(
    ("publishid", "doc_id"),
    [
        ("fxsktkp9337164", "fxsktkp9337164"),
        (" fxsktkp9337164 ", "fxsktkp9337164"),
        ("31,1,18372262", "31-1-18372262"),
        ("28-3-2762951", "28-3-2762951"),
        ("31,1", None),
        ("fxsktkp9337164/../x", None),
        ("FXSKTKP9337164", None),
        ("fxsktkp9337164\n31,1,18372262", None),
        ("../../etc/passwd", None),
        ("", None),
        (",,", None),
    ],
)
def test_publishid(publishid: str, doc_id: str | None) -> None:
    assert urls.doc_id_of_publishid(publishid) == doc_id


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("/china/2021-08-05/doc.shtml", date(2021, 8, 5)),
        ("/china/20140301/0242.shtml", date(2014, 3, 1)),
        ("/2021-02-30/x", None),
        ("/2021-13-01/x", None),
        ("/0000-00-00/x", None),
        ("/2021-08-05", None),
        ("/x2021-08-05/", None),
        ("", None),
    ],
)
def test_path_date(path: str, day: date | None) -> None:
    assert urls.path_date(path) == day


def test_the_real_rows_all_have_their_ids(shared: object) -> None:
    assert urls.parse("http://tech.sina.com.cn/i/2015-12-26/doc-ifxmxxsp6969142.shtml") == (
        urls.ArticleUrl(
            "fxmxxsp6969142",
            "https://tech.sina.com.cn/i/2015-12-26/doc-ifxmxxsp6969142.shtml",
            False,
            date(2015, 12, 26),
        )
    )


PIECES = st.sampled_from(
    [
        *"http https :// // : / ? # & = @ . \\ %2f %D6 [ ] ; 80 443 x 中 ſ ％".split(" "),
        *"finance.sina.com.cn sina.cn .sina.cn evil.example 2021-08-05 20140301".split(),
        *f"/doc-i{ID}.shtml /detail-i{ID}.d.html /024218372262.shtml from=x a=1 utm_x=1".split(),
        *[" ", "\t", "\n", "\u3000", "\x00", "\u212a", "\ud800"],
    ]
)
MIXED = st.lists(PIECES, max_size=4).map("".join)
URLS = st.one_of(
    st.text(max_size=40),
    st.lists(PIECES, max_size=12).map("".join),
    st.builds("https://finance.sina.com.cn/{}?{}".format, st.text(max_size=20), MIXED),
    st.builds("http://finance.sina.com.cn{}/{}".format, MIXED, MIXED),
    st.builds("https://{}sina.cn/x".format, MIXED),
    st.builds(f"//{{}}sina.com.cn/{{}}/doc-i{ID}.shtml{{}}".format, MIXED, MIXED, MIXED),
)


@given(URLS)
@example("https://sina.cn/a ?from=x")
@example("https://sina.cn/\u3000?from=x")
@example("https://sina.cn/?a=\ud800")
@example("https://sina.cn/x?q=%D6%D0")
def test_any_text_gives_a_canonical_url_or_none(url: str) -> None:
    canonical = urls.canonical_url(url)
    if canonical is None:
        return
    assert urls.canonical_url(canonical) == canonical
    parts = urlsplit(canonical)
    assert parts.scheme == "https"
    assert f".{parts.hostname}".endswith((".sina.com.cn", ".sina.cn"))
    assert parts.netloc == parts.hostname
    assert not parts.fragment
    canonical.encode()


@given(URLS)
def test_any_text_names_a_document_or_none(url: str) -> None:
    found = urls.parse(url)
    if found is None:
        return
    assert DOC_ID.fullmatch(found.doc_id)
    assert found.doc_id.isascii()
    assert urls.parse(found.url) == found


@given(st.from_regex(r"[a-z]{7}[0-9]{7}", fullmatch=True), st.dates(date(2015, 1, 1)))
def test_every_spelling_names_one_document(doc_id: str, day: date) -> None:
    spellings = [
        f"http://finance.sina.com.cn/roll/{day}/doc-i{doc_id}.shtml?from=wap&utm_source=x",
        f"https://finance.sina.com.cn/stock/s/{day}/doc-i{doc_id}.shtml",
        f"https://finance.sina.cn/{day}/detail-i{doc_id}.d.html",
    ]
    found = [urls.parse(url) for url in spellings]
    assert {link.doc_id for link in found if link} == {doc_id}
    assert [link.path_date for link in found if link] == [day] * 3
