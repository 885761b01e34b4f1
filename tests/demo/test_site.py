"""The small Sina: its lists, pages, special cases and socket."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import socket
import struct
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser

from newsarchive.demo import SmallSina
from newsarchive.demo.articles import SHANGHAI, TEMPLATES, DemoArticle
from newsarchive.demo.site import CHANNELS, SPECIALS, Answer, list_rows, load_articles, respond
from newsarchive.demo.special import is_slow
from newsarchive.demo.templates import render

REFERER = {"Referer": "https://finance.sina.com.cn/"}
ARTICLES = load_articles()
WITH_TEXT = [article for article in ARTICLES if article.paragraphs]
SELECTORS = {
    "T1": ("#artibodyTitle", "#artibody"),
    "T2": ("#artibodyTitle", "#artibody"),
    "T2N": ("#artibodyTitle", "#artibody"),
    "T3": ("#artibodyTitle", "#artibody"),
    "T4": ("h1.main-title", "#artibody"),
    "T5": ("#artibodyTitle", "#artibody.blkContainerSblkCon_14"),
    "T6": ("h1.main-title", "#article"),
    "T7": ("h1.art_tit_h1", "section.art_content"),
}


def get(url: str, **headers: str) -> Answer:
    parts = urlsplit(url)
    return respond(parts.netloc, parts.path, parts.query, headers)


def roll(query: str, host: str = "feed.mix.sina.com.cn") -> Answer:
    return respond(host, "/api/roll/get", query, REFERER)


def result(query: str) -> dict[str, Any]:
    envelope: dict[str, Any] = json.loads(roll(query).body)["result"]
    return envelope


def special(name: str) -> DemoArticle:
    return next(article for article in ARTICLES if article.doc_id == SPECIALS[name].doc_id)


def page(article: DemoArticle, template: str | None = None) -> LexborHTMLParser:
    body = render(article, template)
    codec = "gb18030" if article.is_old and template is None else "utf-8"
    return LexborHTMLParser(body.decode(codec))


def text_of(tree: LexborHTMLParser, selector: str) -> str:
    node = tree.css_first(selector)
    assert node is not None, selector
    for quote in node.css("span[id^=quote_]"):
        quote.decompose()
    return node.text(deep=True)


# --- articles -----------------------------------------------------------------------------------


def test_there_are_enough_articles_of_every_template() -> None:
    count = Counter(article.template for article in WITH_TEXT)
    assert len(WITH_TEXT) >= 66
    assert set(count) == set(TEMPLATES)
    assert min(count.values()) >= 3
    assert count["T4"] >= 35


def test_ids_titles_and_bodies_are_unique() -> None:
    assert len({article.doc_id for article in ARTICLES}) == len(ARTICLES)
    assert len({article.title for article in ARTICLES}) == len(ARTICLES)
    paragraphs = [text for article in ARTICLES for text in article.paragraphs]
    assert len(set(paragraphs)) == len(paragraphs)


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.doc_id)
def test_ids_urls_and_clocks_follow_the_grammar(article: DemoArticle) -> None:
    if article.is_old:
        assert re.fullmatch(r"(31|1)-1-\d{7,8}", article.doc_id)
        clock = f"{article.published:%H%M}{article.doc_id.rpartition('-')[2]}.shtml"
        assert article.url.endswith(clock)
        assert f"{article.published:%Y}" in article.url
    else:
        assert re.fullmatch(r"[a-z]{7}\d{7}", article.doc_id)
        assert article.published.year >= 2015
        assert f"/{article.published:%Y-%m-%d}/" in article.url
        assert f"-i{article.doc_id}." in article.url
    assert article.published.tzinfo is SHANGHAI
    assert article.updated is None or article.updated > article.published
    assert article.intime > article.published.timestamp()
    assert article.lids
    assert set(article.lids) <= set(CHANNELS)


def test_some_days_differ_between_shanghai_and_utc() -> None:
    def days(article: DemoArticle) -> bool:
        return article.published.date() != article.published.astimezone(timezone.utc).date()

    assert sum(days(article) for article in ARTICLES) >= 5
    new_year = datetime(2025, 1, 1, tzinfo=SHANGHAI)
    assert any(article.published == new_year for article in ARTICLES)
    recent = [article for article in ARTICLES if article.published.year >= 2021]
    assert len(recent) > len(ARTICLES) / 2


@pytest.mark.parametrize("sign", ["'", '"', "“", ":", "#", "🚢", "{{", "&", "<", "/", "|"])
def test_titles_have_the_signs_that_break_things(sign: str) -> None:
    assert any(sign in article.title for article in ARTICLES)


def test_one_title_is_very_long() -> None:
    assert max(len(article.title) for article in ARTICLES) > 120


# --- pages --------------------------------------------------------------------------------------


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.doc_id)
def test_the_page_has_title_and_paragraphs(article: DemoArticle) -> None:
    tree = page(article)
    title, body = SELECTORS[article.template]
    assert text_of(tree, title) == article.title
    text = text_of(tree, body)
    for paragraph in article.paragraphs:
        assert paragraph in text
    assert 10_000 <= len(render(article)) <= 40_000


@pytest.mark.parametrize(
    "article", [item for item in WITH_TEXT if not item.is_old], ids=lambda article: article.doc_id
)
def test_the_mobile_twin_is_served_with_the_same_text(article: DemoArticle) -> None:
    answer = get(article.mobile_url)
    tree = LexborHTMLParser(answer.body.decode())
    assert answer.status == 200
    assert text_of(tree, "h1.art_tit_h1") == article.title
    assert article.paragraphs[-1] in text_of(tree, "section.art_content")
    if article.template != "T7":
        metas = page(article).css("meta[name=mobile-agent]")
        assert len(metas) == 3
        assert all(article.mobile_url in (meta.attributes["content"] or "") for meta in metas)


@pytest.mark.parametrize(
    ("template", "selector", "form"),
    [
        ("T1", "span#pub_date", "%Y年%m月%d日%H:%M"),
        ("T2", "span#pub_date", "%Y年%m月%d日\xa0%H:%M"),
        ("T2N", "span#pub_date", "%Y年%m月%d日%H:%M"),
        ("T3", "span.time-source", "%Y年%m月%d日%H:%M"),
        ("T4", ".date-source span.date", "%Y年%m月%d日 %H:%M"),
        ("T5", "span#pub_date", "%Y年%m月%d日%H:%M"),
        ("T6", ".date-source span.date", "%Y年%m月%d日 %H:%M"),
        ("T7", "span.weibo_time_day", "%Y.%m.%d"),
    ],
)
def test_each_template_writes_its_date(template: str, selector: str, form: str) -> None:
    for article in ARTICLES:
        if article.template == template and not article.extras.get("no_date"):
            assert article.published.strftime(form) in text_of(page(article), selector)


@pytest.mark.parametrize(
    ("template", "selector"),
    [
        ("T1", "#media_name a"),
        ("T2", "#media_name a"),
        ("T2N", "#media_name span[data-sudaclick=media_name] a"),
        ("T3", "span.time-source"),
        ("T4", ".date-source .source.ent-source"),
        ("T5", "#media_name a"),
        ("T6", ".date-source a.source"),
        ("T7", "h2.weibo_user"),
    ],
)
def test_each_template_names_its_source(template: str, selector: str) -> None:
    for article in ARTICLES:
        if article.template == template:
            assert article.source in text_of(page(article), selector)


@pytest.mark.parametrize(
    ("template", "selector"),
    [
        ("T2N", "div.show_author"),
        ("T3", ".left > p.article-editor"),
        ("T4", "#artibody p.article-editor"),
        ("T6", "#article p.show_author"),
    ],
)
def test_editors_stand_where_the_template_has_them(template: str, selector: str) -> None:
    named = [item for item in WITH_TEXT if item.template == template and item.editor]
    assert named
    for article in named:
        assert article.editor
        assert article.editor in text_of(page(article), selector)


@pytest.mark.parametrize(
    ("template", "selector"),
    [
        ("T3", ".article-keywords a"),
        ("T4", ".article-bottom .keywords a"),
        ("T5", "p.art_keywords a"),
        ("T6", "#keywords a"),
    ],
)
def test_keywords_stand_where_the_template_has_them(template: str, selector: str) -> None:
    for article in ARTICLES:
        if article.template == template:
            words = tuple(node.text() for node in page(article).css(selector))
            assert words == article.keywords


def test_news_pages_have_a_last_keyword_that_is_none_and_a_second_h1() -> None:
    article = next(item for item in ARTICLES if item.template == "T6")
    tree = page(article)
    node = tree.css_first("#keywords")
    assert node is not None
    assert node.attributes["data-wbkey"] == ",".join((*article.keywords, "新闻"))
    assert len(tree.css("h1")) == 2


@pytest.mark.parametrize("article", [item for item in ARTICLES if item.is_old])
def test_old_pages_are_gbk_under_a_gb2312_label(article: DemoArticle) -> None:
    body = render(article)
    assert b"charset=gb2312" in body
    assert article.title in body.decode("gb18030")
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")


def test_an_old_page_has_a_character_that_gb2312_lacks() -> None:
    pages = [render(article) for article in ARTICLES if article.template in {"T1", "T2"}]
    with_it = [body for body in pages if "镕" in body.decode("gb18030")]
    assert len(with_it) >= 2
    for body in with_it:
        with pytest.raises(UnicodeDecodeError):
            body.decode("gb2312")


def test_symbols_stand_in_links_and_in_the_comment() -> None:
    linked = [item for item in ARTICLES if item.template in {"T3", "T4"} and item.symbols]
    assert any(symbol.startswith("usstock:") for item in linked for symbol in item.symbols)
    for article in linked:
        body = render(article).decode()
        tickers = [symbol.rpartition(":")[2] for symbol in article.symbols]
        assert f",{'&'.join(tickers)} -->" in body
        for name, symbol in article.extras["stocks"].items():
            prefix, _, ticker = symbol.rpartition(":")
            tree = page(article)
            assert text_of(tree, f"#{prefix or 'stock'}_{ticker} > a.keyword") == name


@pytest.mark.parametrize(
    ("extra", "selector"),
    [
        ("picture", ".img_wrapper img"),
        ("table", "table td"),
        ("video", "div.video-2017 + script"),
        ("original_title", "p"),
        ("nested_font", "font > font > font"),
        ("quoted", "blockquote p"),
        ("font", "p[cms-style]"),
        ("ad", "#ad_44086"),
        ("related", "p > a"),
        ("heads", "p > strong"),
        ("quotes", "span[id^=quote_] font"),
    ],
)
def test_extras_are_in_the_body(extra: str, selector: str) -> None:
    found = [item for item in ARTICLES if extra in item.extras and item.template != "T1"]
    assert found
    for article in found:
        body = SELECTORS[article.template][1]
        assert page(article).css_first(f"{body} {selector}") is not None


def test_pictures_are_plain_lazy_relative_and_nested() -> None:
    pictures = [item.extras["picture"] for item in ARTICLES if "picture" in item.extras]
    assert {"lazy", "nested"} <= {known.get("kind") for known in pictures}
    assert any(known["src"].startswith("//") for known in pictures)
    lazy = next(item for item in ARTICLES if item.extras.get("picture", {}).get("kind") == "lazy")
    image = page(lazy).css_first("#artibody img")
    assert image is not None
    assert "src" not in image.attributes


def test_the_promotion_block_has_its_style_inside_the_body() -> None:
    with_it = page(special("many_urls"))
    assert with_it.css_first("#artibody style") is not None
    assert "新浪财经APP" in text_of(with_it, "#artibody .appendQr_wrap")
    without = next(item for item in ARTICLES if item.extras.get("promotion") is False)
    assert page(without).css_first(".appendQr_wrap") is None


def test_the_republication_clock_is_not_the_articles_time() -> None:
    for article in ARTICLES:
        tree = page(article)
        meta = tree.css_first('meta[property="article:published_time"]')
        if article.template in {"T3", "T4", "T5", "T6"} and meta is not None:
            clock = datetime.fromisoformat(meta.attributes["content"] or "")
            assert clock == article.republished
            assert clock - article.published >= timedelta(minutes=1)


# --- lists --------------------------------------------------------------------------------------


def test_every_list_has_rows() -> None:
    counts = {lid: len(list_rows(lid)) for lid in CHANNELS}
    assert len(counts) == 13
    assert min(counts.values()) >= 1
    assert sum(count >= 8 for count in counts.values()) >= 6
    assert counts[1686] >= 15


@pytest.mark.parametrize("lid", CHANNELS)
def test_paging_gives_every_row_once_newest_first(lid: int) -> None:
    pageid = CHANNELS[lid][0]
    seen: list[dict[str, Any]] = []
    for number in range(1, 100):
        answer = result(f"pageid={pageid}&lid={lid}&k=&num=5&page={number}")
        assert answer["status"] == {"code": 0, "msg": "succ"}
        assert answer["lid"] == str(lid)
        if not answer["data"]:
            break
        assert len(answer["data"]) <= 5
        seen += answer["data"]
    assert tuple(seen) == list_rows(lid)
    assert answer["total"] == str(len(seen))
    clocks = [int(row["intime"]) for row in seen]
    assert clocks == sorted(clocks, reverse=True)
    assert len({row["docid"] for row in seen}) == len(seen)


def test_rows_have_the_real_fields_and_numbers_as_strings() -> None:
    wanted = (
        "docid oid title intro url urls wapurl media_name keywords ctime mtime intime lids "
        "columnid img images commentid"
    )
    for lid in CHANNELS:
        for row in list_rows(lid):
            assert set(wanted.split()) <= set(row)
            assert not any(isinstance(value, int) for value in row.values())
            assert json.loads(row["urls"]) == [row["url"]]
            assert row["docid"].startswith(("comos:", "gsps:"))


def test_json_is_written_as_php_does() -> None:
    answer = roll("pageid=155&lid=1686&num=50&page=1")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.body.isascii()
    assert rb"https:\/\/finance.sina.com.cn\/" in answer.body
    assert not re.search(rb"(?<!\\)/", answer.body)
    stamp = json.loads(answer.body)["result"]["timestamp"]
    assert re.fullmatch(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d \+0800 \d{4}", stamp)
    clock = datetime.strptime(stamp, "%a %b %d %H:%M:%S %z %Y").timestamp()
    assert all(int(row["intime"]) < clock for lid in CHANNELS for row in list_rows(lid))


def test_jsonp_is_wrapped_exactly() -> None:
    query = "pageid=155&lid=1686&num=3&page=1"
    plain, wrapped = roll(query), roll(f"{query}&callback=feedCardJsonpCallback")
    assert wrapped.headers["Content-Type"] == "text/javascript"
    assert wrapped.body == b"try{feedCardJsonpCallback(" + plain.body + b");}catch(e){};"
    assert roll(f"{query}&callback=<script>").body == plain.body


def test_odd_questions_to_the_list() -> None:
    assert result("pageid=155&lid=9999&num=10&page=1")["data"] == []
    assert result("")["data"] == []
    assert len(result("pageid=155&lid=1686&num=0&page=x")["data"]) == 1
    assert len(result("pageid=155&lid=1686&num=5000")["data"]) == len(list_rows(1686))
    rows = result("pageid=384&lid=2519&num=50&page=1&k=%E9%93%9C%E4%BB%B7")["data"]
    assert [row["title"][:2] for row in rows] == ["铜价"]


def test_the_alias_host_says_the_same() -> None:
    query = "pageid=155&lid=1687&num=5&page=1"
    assert roll(query, "feed.sina.com.cn") == roll(query)


def test_no_referer_no_list() -> None:
    path = "/api/roll/get"
    assert respond("feed.mix.sina.com.cn", path, "lid=1686", {}).status == 403
    foreign = {"referer": "https://example.org/"}
    assert respond("feed.mix.sina.com.cn", path, "lid=1686", foreign).status == 403
    assert respond("feed.mix.sina.com.cn", path, "lid=1686", REFERER).status == 200


# --- special cases ------------------------------------------------------------------------------


def test_every_listed_url_is_served() -> None:
    gone = SPECIALS["gone"].listed[1686]
    for lid in CHANNELS:
        for row in list_rows(lid):
            status = get(row["url"]).status
            moved = row["url"] in SPECIALS["moved"].listed.values()
            assert status == (404 if row["url"] == gone else 301 if moved else 200), row["url"]


def test_every_special_case_is_listed() -> None:
    listed = {row["docid"] for lid in CHANNELS for row in list_rows(lid)}
    assert {case.list_id for case in SPECIALS.values()} <= listed
    for case in SPECIALS.values():
        for lid, url in case.listed.items():
            row = next(row for row in list_rows(lid) if row["docid"] == case.list_id)
            assert row["url"] == url


def test_one_article_is_listed_under_four_urls() -> None:
    article = special("many_urls")
    urls = SPECIALS["many_urls"].listed
    assert set(article.lids) == set(urls)
    assert len(set(urls.values())) == 4
    assert {urlsplit(url).scheme for url in urls.values()} == {"http", "https"}
    assert any("from=wap&utm_source=x" in url for url in urls.values())
    assert article.mobile_url in urls.values()
    for url in urls.values():
        assert article.title in get(url).body.decode()


def test_a_moved_article_redirects_to_itself() -> None:
    article = special("moved")
    url = SPECIALS["moved"].listed[2671]
    answer = get(url)
    assert (answer.status, answer.headers["Location"]) == (301, article.url)
    assert urlsplit(url).netloc == urlsplit(article.url).netloc
    assert get(article.url).status == 200


def test_the_page_that_says_there_is_none() -> None:
    answer = get(SPECIALS["not_found_page"].listed[1686])
    assert answer.status == 200
    assert "页面没有找到 5秒钟之后将会带您进入新浪首页!" in answer.body.decode()


def test_the_empty_body_is_empty() -> None:
    node = page(special("empty_body")).css_first("#artibody")
    assert node is not None
    assert node.inner_html == ""


def test_the_page_without_a_date() -> None:
    article = special("no_date")
    for template in (None, "T7"):
        html = render(article, template).decode().replace(f"/{article.published:%Y-%m-%d}/", "")
        assert not re.search(r"20\d\d[-年./]\d\d?[-月./]\d", html)
        assert "create_at" not in html
        assert "published_time" not in html


def test_the_page_without_a_charset() -> None:
    assert get(special("no_charset").url).headers["Content-Type"] == "text/html"
    kinds = Counter(get(article.url).headers["Content-Type"] for article in ARTICLES)
    assert set(kinds) == {"text/html", "text/html; charset=utf-8", "text/html; charset=gb2312"}
    assert kinds["text/html"] >= 20


@pytest.mark.parametrize("name", ["video", "slides", "live"])
def test_pages_of_other_hosts_have_no_article(name: str) -> None:
    url = next(iter(SPECIALS[name].listed.values()))
    assert not urlsplit(url).netloc.startswith(("finance.", "news.", "tech."))
    tree = LexborHTMLParser(get(url).body)
    assert not tree.css("#artibody, #article, .art_content")


def test_document_ids_and_old_mobile_links_lead_to_the_article() -> None:
    old = next(article for article in ARTICLES if article.is_old)
    assert get(old.mobile_url).headers["Location"] == old.url
    for article in (old, special("moved")):
        answer = get(f"http://doc.sina.cn/?id={article.list_id}")
        assert (answer.status, answer.headers["Location"]) == (302, article.url)
    assert get("http://dp.sina.cn/dpool/cms/jump.php?url=https://example.org/").status == 404


# --- other answers ------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["finance.sina.com.cn", "feed.mix.sina.com.cn", "n.sinaimg.cn"])
def test_robots(host: str) -> None:
    answer = respond(host, "/robots.txt", "", {})
    assert answer.status == 200
    assert b"Disallow: /forbidden/" in answer.body


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("finance.sina.com.cn", "/"),
        ("finance.sina.com.cn", "/roll/2026-01-01/doc-iabcdefg1234567.shtml"),
        ("example.org", "/"),
        ("example.org", "/a.png"),
        ("", ""),
    ],
)
def test_unknown_places_are_404_as_text(host: str, path: str) -> None:
    answer = respond(host, path, "", {})
    assert (answer.status, answer.headers["Content-Type"]) == (404, "text/plain")


@pytest.mark.parametrize("host", ["n.sinaimg.cn", "i1.sinaimg.cn", "www.sinaimg.cn"])
@pytest.mark.parametrize("name", ["a.png", "b.jpg", "c.GIF"])
def test_pictures_are_valid(host: str, name: str) -> None:
    answer = respond(host, f"/finance/{name}", "", {})
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.body.startswith(b"\x89PNG\r\n\x1a\n")
    place, pixels = 8, b""
    while place < len(answer.body):
        size, kind = struct.unpack(">I4s", answer.body[place : place + 8])
        data = answer.body[place + 8 : place + 8 + size]
        (check,) = struct.unpack(">I", answer.body[place + 8 + size : place + 12 + size])
        assert check == zlib.crc32(kind + data)
        pixels += data if kind == b"IDAT" else b""
        place += 12 + size
    assert len(zlib.decompress(pixels)) == 32 * (1 + 48 * 3)
    assert respond(host, "/other.png", "", {}).body != answer.body


def test_about_half_of_the_pages_are_gzipped_on_request() -> None:
    packed = 0
    for article in ARTICLES:
        plain, asked = get(article.url), get(article.url, **{"accept-ENCODING": "gzip, br"})
        assert "Content-Encoding" not in plain.headers
        if asked.headers.get("Content-Encoding") == "gzip":
            packed += 1
            assert gzip.decompress(asked.body) == plain.body
        else:
            assert asked.body == plain.body
    assert 0.35 < packed / len(ARTICLES) < 0.65


def test_last_modified_is_the_articles_last_change() -> None:
    article = special("many_urls")
    assert get(article.url).headers["Last-Modified"] == "Thu, 18 Jun 2026 09:02:10 GMT"


# --- over a socket ------------------------------------------------------------------------------


@pytest.fixture
def sina() -> Iterator[SmallSina]:
    with SmallSina(slow=0.2) as server:
        yield server


@pytest.fixture
def client(sina: SmallSina) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", sina.port, timeout=5)
    yield connection
    connection.close()


def fetch(
    client: http.client.HTTPConnection, url: str, method: str = "GET", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    client.request(method, target, headers={"Host": parts.netloc, **headers})
    response = client.getresponse()
    return response, response.read()


def test_one_connection_serves_many_requests_and_they_are_counted(
    sina: SmallSina, client: http.client.HTTPConnection
) -> None:
    client.connect()
    first = client.sock
    for article in ARTICLES[:20]:
        response, body = fetch(client, article.url)
        assert (response.status, body) == (200, get(article.url).body)
        assert response.headers["Content-Length"] == str(len(body))
        assert response.headers["Date"].endswith("GMT")
    url = "https://feed.mix.sina.com.cn/api/roll/get?lid=1686&num=2"
    assert fetch(client, url, **REFERER)[0].status == 200
    assert fetch(client, url)[0].status == 403
    assert client.sock is first
    assert sina.requests[:20] == [
        (urlsplit(article.url).netloc, urlsplit(article.url).path) for article in ARTICLES[:20]
    ]
    assert sina.requests[20:] == [("feed.mix.sina.com.cn", "/api/roll/get?lid=1686&num=2")] * 2


def test_head_has_the_headers_and_no_body(client: http.client.HTTPConnection) -> None:
    article = special("many_urls")
    response, body = fetch(client, article.url, "HEAD")
    assert (response.status, body) == (200, b"")
    assert response.headers["Content-Length"] == str(len(get(article.url).body))
    assert fetch(client, article.url)[1] == get(article.url).body


def test_host_headers_with_ports_and_proxy_requests(
    sina: SmallSina, client: http.client.HTTPConnection
) -> None:
    path = urlsplit(special("moved").url).path
    client.request("GET", path, headers={"Host": f"Finance.Sina.com.cn:{sina.port}"})
    assert client.getresponse().read()
    client.request("GET", f"http://finance.sina.com.cn{path}")
    response = client.getresponse()
    assert response.status == 200
    assert response.read()
    assert sina.requests == [("finance.sina.com.cn", path)] * 2


def test_only_the_slow_page_is_slow(client: http.client.HTTPConnection) -> None:
    slow = {
        (item.doc_id, url)
        for item in ARTICLES
        for url in (item.url, item.mobile_url)
        if is_slow(urlsplit(url).netloc, urlsplit(url).path)
    }
    article = special("slow")
    assert slow == {(article.doc_id, article.url), (article.doc_id, article.mobile_url)}
    begin = time.monotonic()
    assert fetch(client, special("slow").url)[0].status == 200
    assert time.monotonic() - begin >= 0.2


def test_many_clients_at_once(sina: SmallSina) -> None:
    failures: list[str] = []

    def read_all() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", sina.port, timeout=10)
        for article in ARTICLES[:15]:
            response, body = fetch(connection, article.url)
            if response.status != 200 or body != get(article.url).body:
                failures.append(article.url)
        connection.close()

    threads = [threading.Thread(target=read_all) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(sina.requests) == 8 * 15


def test_clients_that_hang_up_are_no_trouble(
    sina: SmallSina, client: http.client.HTTPConnection, capfd: pytest.CaptureFixture[str]
) -> None:
    path = urlsplit(special("slow").url).path
    for _ in range(5):
        raw = socket.create_connection(("127.0.0.1", sina.port))
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: finance.sina.com.cn\r\n\r\n".encode())
        raw.close()
    time.sleep(0.4)
    assert fetch(client, special("moved").url)[0].status == 200
    assert capfd.readouterr() == ("", "")


def test_stop_hangs_up_and_start_takes_the_same_port(capfd: pytest.CaptureFixture[str]) -> None:
    server = SmallSina(slow=30)
    server.start()
    server.start()
    port = server.port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    parts = urlsplit(special("slow").url)
    connection.request("GET", parts.path, headers={"Host": parts.netloc})
    time.sleep(0.05)
    begin = time.monotonic()
    server.stop()
    server.stop()
    assert time.monotonic() - begin < 2
    connection.close()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=1)
    with server:
        assert server.port == port
    assert capfd.readouterr() == ("", "")
