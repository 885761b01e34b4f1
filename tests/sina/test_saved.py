"""Saved pages: the address that the saver wrote, and the addresses of its own disk."""

from __future__ import annotations

import time

import pytest

from newsarchive.items import Article
from newsarchive.post import body
from newsarchive.sina import article, saved
from tests.running import ARTICLES
from tests.saves import complete, marked, served, single_file

SAMPLE = next(item for item in ARTICLES.values() if item.template == "T4")
PAGE = served(SAMPLE.url).decode()
URL = "https://finance.sina.com.cn/china/2021-08-06/doc-ikztesta0000001.shtml"


def read(markup: str) -> saved.Saved:
    found = saved.read(markup.encode())
    assert found is not None
    return found


def cleaned(markup: str) -> str:
    """The body of a page with *markup* in its container, as a post has it."""
    page = f'<html><h1 class="main-title">标题</h1><div id="artibody">文{markup}</div><hr></html>'
    return body.clean(article.parse(page, URL).body, URL).html


@pytest.mark.parametrize(
    "markup",
    [
        marked(PAGE, f"{URL}?from=wap#comments"),
        marked(PAGE.partition(">")[2], URL.replace("https", "http")),
        marked(f"<!-- 41,1 published at 2021 -->\n{PAGE.partition('>')[2]}", URL),
        complete(PAGE, URL, "标题_files"),
        single_file(PAGE, URL),
        single_file(PAGE, URL, "Archive processed by"),
        PAGE.replace("<html", f"<!-- saved from url=({len(URL):04}){URL} --><html", 1),
    ],
)
def test_savers_name_the_address(markup: str) -> None:
    assert read(markup).url == URL


@pytest.mark.parametrize(
    "markup",
    [
        PAGE,
        marked(PAGE, "about:internet"),
        marked(PAGE, "https://example.com/doc-ikztesta0000001.shtml"),
        single_file(PAGE, "file:///home/doc-ikztesta0000001.shtml"),
        PAGE.replace("<body", f"<!-- saved from url=(0001){URL} --><body", 1),
        PAGE.replace("<p>", f"<p><!-- Page saved with SingleFile\n url: {URL} -->", 1),
        PAGE.replace("<html", f"<!-- it was saved from url=(0001){URL} --><html", 1),
        "<!-- saved from url=(0001)<html>",
    ],
)
def test_others_do_not(markup: str) -> None:
    assert read(markup).url == ""


@pytest.mark.parametrize(
    "head",
    [
        "<!--" * 100_000,
        "<!---->" * 100_000,
        " " * 1_000_000,
        "<!--Page saved with SingleFile " + "\n" * 1_000_000,
        "<!--Page saved with SingleFile\n" + " " * 16_000 + "\n url" * 1_000 + "-->",
        "<!--saved from url=(1)" + "-" * 1_000_000 + "-->",
        "<html " * 100_000,
    ],
)
def test_hostile_heads(head: str) -> None:
    begun = time.process_time()
    read("<!doctype html>" + head)
    assert time.process_time() - begun < 0.5


def test_what_is_no_page() -> None:
    assert saved.read(b"") is None
    assert saved.read(b"body { margin: 0 }") is None
    assert saved.read(b"\x89PNG\r\n\x1a\n") is None


@pytest.mark.parametrize(
    "folder",
    [
        "page_files",
        "page.files",
        "新浪财经_文件",
        "%E6%96%B0_%E6%96%87%E4%BB%B6",
        "a b&amp;c_files",
    ],
)
@pytest.mark.parametrize("before", ["./", ""])
def test_pictures_on_the_savers_disk_go(folder: str, before: str) -> None:
    assert cleaned(f'<img src="{before}{folder}/1.jpg" alt="2.jpg">甲') == "文甲"
    assert cleaned(f'<iframe src="{before}{folder}/saved_resource.html"></iframe>甲') == "文甲"
    assert cleaned(f'<video><source src="{before}{folder}/1.mp4"></video>甲') == "文甲"
    assert cleaned(f'<a href="{before}{folder}/1.jpg">甲</a>') == "文<a>甲</a>"


def test_their_addresses_are_taken_from_where_they_still_stand() -> None:
    wanted = 'src="https://n.sinaimg.cn/a/1.jpg"'
    for known in (
        'data-src="//n.sinaimg.cn/a/1.jpg"',
        'alt="1.jpg" real_src="https://n.sinaimg.cn/a/1.jpg"',
        'data-original="http://n.sinaimg.cn/a/1.jpg"',
    ):
        assert wanted in cleaned(f'<img src="./page_files/1.jpg" {known}>')
    single = 'src="data:image/png;base64,AAAA" data-sf-original-src="https://n.sinaimg.cn/a/1.jpg"'
    assert cleaned(f"<img {single}>") == f'文<img {wanted} referrerpolicy="no-referrer">'


@pytest.mark.parametrize(
    "source",
    [
        "https://n.sinaimg.cn/page_files/1.jpg",
        "//n.sinaimg.cn/page_files/1.jpg",
        "/page_files/1.jpg",
        "images/page_files/1.jpg",
        "../page_files/1.jpg",
        "page_files.jpg",
        "data:image/png;base64,AAAA",
    ],
)
def test_other_addresses_stay(source: str) -> None:
    found = cleaned(f'<img src="{source}" data-src="https://n.sinaimg.cn/2.jpg">')
    assert found.count("<img ") == found.count(' src="') == 1
    assert ' src="https://n.sinaimg.cn/2.jpg"' not in found


def test_a_complete_save_is_the_page_without_its_pictures() -> None:
    def without_pictures(found: Article) -> Article:
        soup = body.clean(found.body, SAMPLE.url)
        found.body = "".join(part.partition(">")[2] for part in f">{soup.html}".split("<img"))
        return found

    page = read(complete(PAGE, SAMPLE.url, "标题_files"))
    parsed = article.parse(page.markup, page.url)
    assert "<img" not in body.clean(parsed.body, page.url).html
    assert without_pictures(parsed) == without_pictures(article.parse(PAGE, SAMPLE.url))
