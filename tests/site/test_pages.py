"""Every page, what stands on it, and what is said of addresses that make no sense."""

from __future__ import annotations

import gzip
import hashlib
import html
import io
import re
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from warcio.archiveiterator import ArchiveIterator

from newsarchive import clock
from newsarchive.archive import attention
from newsarchive.archive.export import Reader
from newsarchive.archive.store import Store
from newsarchive.site import lists
from newsarchive.site.app import create_app
from newsarchive.site.background import Background
from newsarchive.site.here import Site
from tests.archive.small import BACK, EDITED, GONE, HOUR, OTHER, T0, an_article, at, dump, sql
from tests.security import posts

PAGES = (
    "/",
    "/search",
    "/search?q=第3版",
    "/search?q=题目&channel=china&symbol=300059.SZ&since=2021-08-05&until=2021-08-05&sort=rank",
    "/search?channel=macro",
    "/search?page=250",
    "/calendar/",
    "/calendar/2021/",
    "/calendar/2021/08/",
    "/calendar/2021/08/05/",
    "/channels/",
    "/channels/china",
    "/symbols/",
    "/symbols/sz300059",
    "/symbols/usstock:JPM",
    f"/articles/{EDITED}",
    f"/articles/{EDITED}/1",
    f"/articles/{EDITED}/1/body",
    f"/articles/{EDITED}/compare",
    f"/articles/{EDITED}/compare?old=1&new=3",
    f"/articles/{EDITED}/1/capture",
    f"/articles/{GONE}",
    "/health",
)


def text(client: FlaskClient, address: str, code: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == code, answer.text
    return answer.text


def shown(client: FlaskClient, address: str) -> list[str]:
    """The document ids of a list."""
    return re.findall(r'<h2 lang="zh-CN"><a href="/articles/([\w-]+)', text(client, address))


@pytest.mark.parametrize("address", PAGES)
def test_every_page_in_both_languages(client: FlaskClient, address: str) -> None:
    for name, tag in (("en", "en"), ("zh", "zh-CN")):
        answer = client.get(address, headers={"Accept-Language": f"{tag},fr;q=0.9"})
        assert answer.status_code == 200
        assert answer.mimetype == "text/html"
        wanted = "zh-CN" if address.endswith("/body") else tag
        assert f'<html lang="{wanted}">' in answer.text
        asked = client.get(address + ("&" if "?" in address else "?") + f"lang={name}")
        assert f'<html lang="{wanted}">' in asked.text


@pytest.mark.parametrize("address", PAGES)
def test_heads_are_answered_and_nothing_else_is(client: FlaskClient, address: str) -> None:
    assert client.head(address).status_code == 200
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = client.open(address, method=method)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_links_lead_to_pages(client: FlaskClient) -> None:
    todo, done = ["/", "/?lang=zh"], set()
    while todo:
        address = todo.pop()
        if address in done or ((m := re.search(r"/calendar/\d+/(\d+)/", address)) and m[1] != "08"):
            continue  # months, and days of them, go on for ever
        done.add(address)
        answer = client.get(address)
        assert answer.status_code == 200, address
        if answer.mimetype == "text/html":
            found = re.findall(r'(?:href|src|action)="(/[^"#]*)"', answer.text)
            todo += [each.replace("&amp;", "&") for each in found]
    assert len(done) > 100


def test_the_other_language_is_on_this_site_whatever_the_address_says(client: FlaskClient) -> None:
    """To Flask these parameters say where a link leads."""
    page = text(client, "/search?q=版&_external=1&_scheme=javascript&_anchor=x&_method=POST")
    (link,) = re.findall(r'<a class="switch"[^>]*href="([^"]*)"', page)
    assert link.startswith("/search?")
    assert not re.search(r"_(external|scheme|anchor|method)|javascript|#", link)


def test_a_language_that_was_asked_for_stays(client: FlaskClient) -> None:
    page = text(client, "/?lang=zh")
    inner = re.findall(r'href="(/[^"]*)"', page)
    assert all("lang=" in each for each in inner if not each.startswith("/static/"))
    assert '<input type="hidden" name="lang" value="zh">' in page
    assert "lang=" not in re.sub(r'<a class="switch".*?</a>', "", text(client, "/")).replace(
        'hreflang="', ""
    ).replace('<html lang="', "").replace(' lang="', "")
    assert '<html lang="en">' in text(client, "/?lang=klingon")


def test_the_switch_stays_on_the_page(client: FlaskClient) -> None:
    page = text(
        client, "/search?q=第3版&sort=rank&_external=1&_scheme=javascript&x-y=1&endpoint=a&self=b"
    )
    switch = re.search(r'class="switch"[^>]* href="([^"]*)"', page)
    assert switch is not None
    there = switch[1].replace("&amp;", "&")
    assert there.startswith("/search?")
    assert {"lang=zh", "sort=rank"} <= set(there.partition("?")[2].split("&"))
    assert "第3版" in text(client, there)


def test_a_search_shows_its_hits(client: FlaskClient) -> None:
    page = text(client, "/search?q=第3版")
    assert "<mark>第3版</mark>" in page
    assert shown(client, "/search?q=第3版") == [EDITED]
    assert shown(client, "/search?q=第3版&until=2021-08-04") == []
    assert shown(client, "/search?q=版&channel=macro") == [EDITED]
    assert EDITED in shown(client, "/search?symbol=300059.SZ")
    assert shown(client, "/search?symbol=sh600519") == []
    assert "Nothing found" in text(client, "/search?q=没有的词")


@pytest.mark.parametrize("typed", ['"', "NOT 茅台", "(", "茅" * 1500, "\x00", "…"])
def test_queries_that_are_none_are_explained(client: FlaskClient, typed: str) -> None:
    answer = client.get("/search", query_string={"q": typed})
    assert answer.status_code == 200
    if typed.strip("\x00"):
        assert "cannot be searched for" in answer.text or "Nothing found" in answer.text
        said = client.get("/search", query_string={"q": typed, "lang": "zh"}).text
        why = re.search(r"无法搜索：(.*?)。</p>", said)
        assert "没有找到" in said or (why and re.search("[一-鿿]", why[1].replace("茅", "")))


def test_pages_of_a_list(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "SIZE", 2)
    for base in ("/search?", "/search?q=版&", "/channels/china?", "/calendar/2021/08/05/?"):
        seen: list[str] = []
        address = base
        while True:
            page = text(client, address)
            seen += shown(client, address)
            older = re.search(r'rel="next" href="([^"]*page=[^"]*)"', page)
            if older is None:
                break
            address = older[1].replace("&amp;", "&")
            assert 'rel="prev"' in text(client, address)
        assert len(seen) == len(set(seen)) > 2


def test_an_article_tells_all_clocks(client: FlaskClient) -> None:
    page = text(client, f"/articles/{EDITED}")
    for label in ("Published", "First seen", "This version seen", "Fetched", "Served"):
        assert f">{label} <small>" in page
    assert "2021年08月05日 15:54" in page
    assert '<time datetime="2021-08-05T07:54:29Z"' in page
    assert f'href="https://finance.sina.com.cn/{EDITED}.shtml"' in page
    assert "冷链、港口" in page
    assert 'href="/channels/macro"' in page


def test_old_versions_and_tombstones_are_told(client: FlaskClient) -> None:
    assert "This is version 1, not the current one" in text(client, f"/articles/{EDITED}/1")
    assert "第1版" in text(client, f"/articles/{EDITED}/1/body")
    assert "第3版" in text(client, f"/articles/{EDITED}/3/body")
    assert "Gone from the site since 2021-08-05 16:54" in text(client, f"/articles/{GONE}")
    back = text(client, f"/articles/{BACK}")
    assert "there again 2021-08-05 18:54" in back
    assert "The post stays" not in back
    listed = text(client, "/")
    assert listed.count('class="badge gone"') == 1


def test_two_versions_side_by_side(client: FlaskClient) -> None:
    page = text(client, f"/articles/{EDITED}/compare?old=1&new=3")
    assert '第<del><span class="unseen">removed </span>1</del>版' in page
    assert '第<ins><span class="unseen">added </span>3</ins>版' in page
    assert "The texts are the same" in text(client, f"/articles/{EDITED}/compare?old=2&new=2")
    assert "no such version" in text(client, f"/articles/{GONE}/compare", 404)


def test_a_capture_can_be_had_as_it_lies(client: FlaskClient, small: Path) -> None:
    page = text(client, f"/articles/{EDITED}/1/capture")
    assert "content-type" in page
    answer = client.get(f"/articles/{EDITED}/1/capture.warc.gz")
    assert answer.mimetype == "application/warc"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{EDITED}-1.warc.gz"'
    records = [record.rec_type for record in ArchiveIterator(io.BytesIO(answer.data))]
    assert records == ["response", "request", "metadata"]
    ((name, offset),) = sql(
        small, "SELECT warc_file, warc_offset FROM revision WHERE doc_id = ? LIMIT 1", EDITED
    )
    whole = (small / "warc" / name).read_bytes()
    assert whole[offset : offset + len(answer.data)] == answer.data
    assert b"WARC/1.1" in gzip.decompress(answer.data)
    assert "no capture" in text(client, f"/articles/{GONE}/1/capture", 404)


@pytest.mark.parametrize(
    "name", ["../ledger.db", "/etc/passwd", "..", "", "x.warc.gz", "../warc/x.warc.gz", "ledger.db"]
)
def test_a_row_that_names_another_file_gets_none(
    client: FlaskClient, small: Path, name: str
) -> None:
    sql(small, "UPDATE article SET warc_file = ?, warc_offset = 0 WHERE doc_id = ?", name, GONE)
    for ending in ("capture", "capture.warc.gz"):
        assert client.get(f"/articles/{GONE}/1/{ending}").status_code == 404


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/nosuch", 404),
        ("/static/../app.py", 404),
        ("/static/%2e%2e/app.py", 404),
        ("/static/..%2fapp.py", 404),
        ("/static/etc/passwd", 404),
        ("/static/%00", 404),
        ("/articles/../../ledger.db", 404),
        ("/articles/%2e%2e%2fledger.db", 404),
        ("/articles/nosuch", 404),
        ("/articles/" + "x" * 65, 404),
        (f"/articles/{EDITED}/9", 404),
        (f"/articles/{EDITED}/-1", 404),
        (f"/articles/{EDITED}/99999999999999999999999", 404),
        (f"/articles/{EDITED}/9/body", 404),
        (f"/articles/{EDITED}/compare?old=x&new=99", 404),
        (f"/articles/{EDITED}/compare?old=²&new=99", 404),
        ("/channels/nosuch", 404),
        ("/calendar/1989/", 404),
        ("/calendar/2021/13/", 404),
        ("/calendar/2021/02/30/", 404),
        ("/calendar/99999999999999999999/", 404),
        ("/frame-1-2-99999999.css", 404),
        ("/search?since=2021-02-30", 400),
        ("/search?since=0001-01-01", 400),
        ("/search?since=2021-08-06&until=2021-08-05", 400),
        ("/search?page=0", 400),
        ("/search?page=251", 400),
        ("/search?page=-1", 400),
        ("/search?page=٣", 400),
        ("/search?sort=oldest", 400),
    ],
)
def test_addresses_that_make_no_sense(client: FlaskClient, address: str, code: int) -> None:
    for name in ("en", "zh"):
        answer = client.get(address, headers={"Accept-Language": name})
        assert answer.status_code == code
        assert "Traceback" not in answer.text
        assert "<h1>" in answer.text


def test_posts_that_cannot_be_read_are_told(client: FlaskClient, small: Path) -> None:
    next((small / "posts").rglob(f"*{GONE}.html")).write_text("changed")
    page = text(client, f"/articles/{GONE}")
    assert "is lost or not as it was written" in page
    assert "<iframe" not in page
    assert text(client, f"/articles/{GONE}/1/body", 503)
    assert GONE in shown(client, "/search?q=题目4")


def test_a_ledger_that_is_corrupt_is_said(
    client: FlaskClient, small: Path, complaints: list[str]
) -> None:
    sql(small, "UPDATE article SET date = 'x' WHERE doc_id = ?", EDITED)
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "cannot be read just now" in answer.text
    client.get("/")
    assert len(complaints) == 1


def test_faults_of_ours_are_one_line(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, complaints: list[str]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(lists, "find", broken)
    page = text(client, "/channels/china", 500)
    assert "Something went wrong here" in page
    assert "a fault" not in page
    (told,) = complaints
    assert re.fullmatch(
        r"/channels/china broke: RuntimeError\('a fault'\) \(test_pages.py:[0-9]+\)", told
    )


def test_what_is_archived_meanwhile_is_there_at_once_and_counted_by_and_by(
    client: FlaskClient, site: Site
) -> None:
    new = "kqtestn0000001"
    with at(T0 + timedelta(days=1)) as now:
        site.store.put(an_article(new, 1, now, date="Fri, 06 Aug 2021 07:54:29 GMT"), new, None)
    assert shown(client, "/")[0] == new
    assert shown(client, "/calendar/2021/08/06/") == [new]
    assert new not in shown(client, "/search?q=版")
    site.background.refresh()
    assert new in shown(client, "/search?q=版")
    assert 'href="/calendar/2021/08/06/"' in text(client, "/calendar/2021/08/")


def test_nothing_is_written_to_ledger_and_posts(client: FlaskClient, small: Path) -> None:
    files = {path: path.read_bytes() for path in small.rglob("*.html")}
    before = dump(small)
    for address in PAGES:
        client.get(address)
    assert dump(small) == before
    assert {path: path.read_bytes() for path in small.rglob("*.html")} == files


def test_an_archive_without_articles(tmp_path: Path) -> None:
    with closing(Store.open(tmp_path, create=True)) as store:
        told: list[str] = []
        background = Background(store, Reader(str, str), told.append)
        client = create_app(Site(store, background)).test_client()
        for address in ("/", "/calendar/", "/channels/", "/symbols/", "/health", "/search?q=版"):
            assert client.get(address).status_code == 200
        assert "is being made" in text(client, "/search?q=版")
        background.refresh()
        assert "Nothing found" in text(client, "/search?q=版")
        assert told == []


def test_pictures_of_the_archive_are_shown(client: FlaskClient, site: Site) -> None:
    data = b"GIF89a\x01\0\x01\0\0\0\0;"
    sha256 = hashlib.sha256(data).hexdigest()
    path = site.store.root / "images" / sha256[:2] / f"{sha256}.gif"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    doc_id = "kqtesti0000001"
    with at(T0) as now:
        article = an_article(doc_id, 1, now)
        article.body = (
            f'<p>字<img src="../../../../images/{sha256[:2]}/{sha256}.gif" '
            'data-newsarchive-src="https://n.sinaimg.cn/a.gif">'
            '<img src="../../../../ledger.db"></p>'
        )
        site.store.put(article, doc_id, None)
    shown = f"/images/{sha256[:2]}/{sha256}.gif"
    page = text(client, f"/articles/{doc_id}/1/body")
    assert f'src="{shown}"' in page
    answer = client.get(shown)
    assert (answer.data, answer.mimetype) == (data, "image/gif")
    assert "Cross-Origin-Resource-Policy" not in answer.headers
    for other_data in (b"<script>alert(1)</script>", data + b"of another picture"):
        path.write_bytes(other_data)
        assert client.get(shown).status_code == 404
    path.unlink()
    path.symlink_to(site.store.root / "ledger.db")
    for other in (shown, "/images/ab/x.gif", "/images/../ledger.db", "/images/ab/%2e%2e%2fx"):
        assert client.get(other).status_code == 404


def test_a_title_is_text_wherever_it_stands(client: FlaskClient, site: Site) -> None:
    evil = "kqtestx0000001"
    for version in (1, 2):
        with at(T0 + (20 + version) * HOUR) as now:
            article = an_article(evil, version, now, digest=str(version))
            article.title = posts.TITLE + str(version)
            article.body = f"<p>{'&lt;script&gt;'}版{version}</p>"
            for name in ("source", "editor", "author", "original_title"):
                setattr(article, name, posts.TITLE)
            article.keywords = article.symbols = [posts.TITLE]
            article.raw_clocks = {"published_at": posts.TITLE}
            article.url = "javascript:alert(1)"
            site.store.put(article, evil, None)
    site.background.refresh()
    for address in (
        "/",
        "/search?q=alert",
        "/symbols/",
        f"/articles/{evil}",
        f"/articles/{evil}/1",
        f"/articles/{evil}/compare",
        "/search?q=" + "%3Csvg%20onload%3Dalert(1)%3E",
        "/search?symbol=%22%3E%3Csvg%20onload%3Dalert(1)%3E&channel=%22%3E%3Cimg%20src%3Dx%3E",
        "/symbols/%22%3E%3Csvg%20onload%3Dalert(1)%3E",
        f"/articles/{OTHER}?lang=%22%3E%3Csvg%3E&x=%22%3E%3Csvg%3E",
    ):
        page = text(client, address)
        tags = re.findall(r"<(script|svg|img)\b[^>]*", page)
        assert not [tag for tag in tags if tag != "svg"], address
        assert "onload=alert(1)>" not in page
        assert 'href="javascript:' not in page


def test_what_needs_attention_is_told_in_both_languages(client: FlaskClient, site: Site) -> None:
    for key in attention.SAID:
        values: dict[str, str | int] = {
            "n": 3,
            "run": "r",
            "spider": "s",
            "lists": "l",
            "until": "u",
            "seconds": "+9",
            "crawl": "c",
            "worker": "w",
            "host": "h",
        }
        point = attention.Point(key, {**values, "code": 1})
        site.background.health = replace(site.background.health, points=[point])
        assert str(point) in html.unescape(text(client, "/health?lang=en"))
        said = text(client, "/health?lang=zh")
        assert str(point) not in html.unescape(said)
        assert 'lang="en"' not in said.partition("<main")[2]


def test_days_that_no_article_should_have_can_be_turned_to(client: FlaskClient, site: Site) -> None:
    site.store.put(an_article("kqtesta0000599", 1, T0, date="Mon, 01 Jan 1900 00:00:00 GMT"))
    site.background.refresh()
    for address in ("/calendar/1900/", "/calendar/1900/01/", "/calendar/1900/01/01/"):
        assert "1900" in text(client, address)
    assert "kqtesta0000599" in text(client, "/calendar/1900/01/01/")


def test_reprints_are_named(client: FlaskClient, site: Site) -> None:
    end = f"<p>　　{'海关总署公布数据，出口增长'.join(map(str, range(40)))}。</p>"
    for number in (1, 2):
        when, doc_id = T0 + number * HOUR, f"kqtesta000059{number}"
        told = {"published_at": when, "date": clock.http_date(when), "end": end}
        site.store.put(an_article(doc_id, 1, when, **told))
    assert "Reprints" not in text(client, "/articles/kqtesta0000591")
    site.background.refresh()
    for number, other in ((1, 2), (2, 1)):
        page = text(client, f"/articles/kqtesta000059{number}").partition("Reprints</h2>")[2]
        assert f'href="/articles/kqtesta000059{other}"><bdi>题目{other}</bdi></a>' in page
        assert ("first" in page.partition("</ul>")[0]) == (other == 1)
    assert "Reprints" not in text(client, f"/articles/{EDITED}")
