"""Feeds: read by other tools, the same bytes each time, harmless whatever a title says."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from newsarchive.archive import feeds
from newsarchive.archive.feeds import Entry, Feed
from newsarchive.clock import SHANGHAI, UTC
from newsarchive.items import Article
from newsarchive.post import body as bodies

T0 = datetime(2021, 8, 5, 7, 54, 29, tzinfo=UTC)
HOUR = timedelta(hours=1)
ATOM = "{http://www.w3.org/2005/Atom}"
ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
NASTY = [
    "<script>alert(1)</script>",
    "a ]]> b",
    "&amp; &lt;b&gt; \" '",
    "\0\x07\x0b\x1b\x7f\x9f\ufffe\uffff",
    "<!ENTITY x SYSTEM 'file:///etc/passwd'>&x;",
    "</content></entry><entry>",
    "\ud800 lone",
    "🚢 emoji \u202e",
]


def an_entry(number: int = 1, **more: Any) -> Entry:
    told = {
        "doc_id": f"kqtesta000050{number}",
        "url": f"https://finance.sina.com.cn/{number}.shtml",
        "title": f"题目{number}",
        "author": "某报",
        "categories": ("金融", "冷链"),
        "summary": "摘要",
        "html": "<p>　　正文</p>",
        "published": T0 - number * HOUR,
        "updated": T0 - number * HOUR,
    }
    return Entry(**{**told, **more})


def made(*entries: Entry, base: str = "") -> tuple[bytes, bytes]:
    files = feeds.files(Feed("china", "新浪财经－国內", list(entries), base))
    assert list(files) == ["china.atom", "china.rss"]
    return files["china.atom"], files["china.rss"]


def test_an_entry_without_a_text_is_summed_up_by_its_title() -> None:
    for data in made(an_entry(summary="")):
        (found,) = feedparser.parse(data).entries
        assert found.summary == "题目1"


def row(**more: Any) -> dict[str, Any]:
    told = dict.fromkeys(("published_at", "updated_at"))
    return {
        **told,
        "doc_id": "kqtesta0000501",
        "url": "",
        "source": "",
        "keywords": [],
        "date": T0,
        "revision": 1,
        "seen_at": T0 + 5 * HOUR,
        **more,
    }


POST = Article(title="题目", body="<p>文</p>", author="新浪财经", categories=["金融", "新浪财经"])


# What is in them


def test_atom_has_what_rfc_4287_wants() -> None:
    root = etree.fromstring(made(an_entry(1), an_entry(2, author=""))[0])
    assert root.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated", "author"):
        assert len(root.findall(ATOM + name)) == 1, name
    entries = root.findall(f"{ATOM}entry")
    for entry in entries:
        for name in ("id", "title", "updated", "published", "content", "summary", "link"):
            assert len(entry.findall(ATOM + name)) == 1, name
        assert entry.find(f"{ATOM}content").get("type") == "html"
        assert entry.find(f"{ATOM}content").text == "<p>　　正文</p>"
        assert [item.get("term") for item in entry.findall(f"{ATOM}category")] == ["金融", "冷链"]
    assert entries[0].find(f"{ATOM}author/{ATOM}name").text == "某报"
    ids = [item.find(f"{ATOM}id").text for item in (root, *entries)]
    assert ids == [
        "tag:newsarchive.invalid,2021:feed/china",
        "tag:newsarchive.invalid,2021:kqtesta0000501",
        "tag:newsarchive.invalid,2021:kqtesta0000502",
    ]
    assert entries[0].find(f"{ATOM}updated").text == "2021-08-05T06:54:29+00:00"
    assert root.find(f"{ATOM}updated").text == "2021-08-05T06:54:29+00:00"


def test_rss_has_what_its_specification_wants() -> None:
    root = etree.fromstring(made(an_entry(1), an_entry(2, author="", url=""))[1])
    channel = root.find("channel")
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    for name in ("title", "link", "description", "language", "lastBuildDate"):
        assert len(channel.findall(name)) == 1, name
    assert channel.findtext("link") == "https://finance.sina.com.cn/"
    first, second = channel.findall("item")
    for item in (first, second):
        for name in ("title", "description", "guid", "pubDate", ENCODED):
            assert len(item.findall(name)) == 1, name
        assert item.find("guid").get("isPermaLink") == "false"
        assert item.findtext(ENCODED) == "<p>　　正文</p>"
    assert parsedate_to_datetime(first.findtext("pubDate")) == T0 - HOUR
    assert first.findtext("{http://purl.org/dc/elements/1.1/}creator") == "某报"
    assert (first.findtext("link"), second.find("link")) == (an_entry().url, None)


@pytest.mark.parametrize("form", [0, 1])
def test_another_reader_reads_them(form: int) -> None:
    read = feedparser.parse(made(an_entry(1), an_entry(2))[form])
    assert not read.bozo
    assert read.version == ("atom10", "rss20")[form]
    assert [item.id.rpartition(":")[2] for item in read.entries] == [
        "kqtesta0000501",
        "kqtesta0000502",
    ]
    assert read.entries[0].published_parsed[:6] == (2021, 8, 5, 6, 54, 29)
    assert read.entries[0].content[0].value == "<p>　　正文</p>"
    assert read.entries[0].author == "某报"


def test_self_links() -> None:
    atom, rss = made(an_entry())
    assert b'<link href="china.atom" rel="self" type="application/atom+xml"/>' in atom
    assert b"self" not in rss  # a relative address is none there
    atom, rss = made(an_entry(), base="https://example.org/feeds/")
    assert b'href="https://example.org/feeds/china.atom" rel="self"' in atom
    assert b'href="https://example.org/feeds/china.rss" rel="self"' in rss


def test_the_same_entries_give_the_same_bytes() -> None:
    assert made(an_entry(1), an_entry(2)) == made(an_entry(1), an_entry(2))


def test_any_zone_becomes_utc() -> None:
    entry = feeds.entry(row(date=T0.astimezone(SHANGHAI)), POST, "文")
    assert made(entry) == made(feeds.entry(row(), POST, "文"))


# What others wrote


@pytest.mark.parametrize("text", NASTY)
def test_nasty_texts_stay_texts(text: str) -> None:
    post = Article(title=text, body=f"<p>{text}</p>", author=text, categories=[text, "金融"])
    entry = feeds.entry(row(keywords=[text], source=text), post, text)
    atom, rss = made(entry)
    plain = "".join(char for char in text if char.isprintable() or char == "\u202e")
    title = plain.strip() or "kqtesta0000501"
    found = etree.fromstring(atom).find(f"{ATOM}entry")
    assert found.findtext(f"{ATOM}title") == title
    assert found.findtext(f"{ATOM}content") == f"<p>{plain}</p>"
    terms = [item.get("term") for item in found.findall(f"{ATOM}category")]
    assert terms == list(filter(None, [plain, "金融"]))
    found = etree.fromstring(rss).find("channel/item")
    assert found.findtext("title") == title
    assert found.findtext(ENCODED) == f"<p>{plain}</p>"
    assert not feedparser.parse(atom).bozo
    assert not feedparser.parse(rss).bozo


@given(st.text(), st.text())
def test_no_text_breaks_them(title: str, body: str) -> None:
    entry = feeds.entry(row(), Article(title=title, body=body), body)
    for data in made(entry):
        etree.fromstring(data)


# Entries


def test_when_it_was_changed() -> None:
    def updated(**more: Any) -> datetime:
        return feeds.entry(row(**more), POST, "文").updated

    assert updated() == T0  # when we saw it does not matter
    assert updated(published_at=T0 - HOUR) == T0 - HOUR
    assert updated(updated_at=T0 + HOUR) == T0 + HOUR
    assert updated(updated_at=T0 - HOUR) == T0
    assert updated(revision=2) == T0 + 5 * HOUR
    assert updated(revision=2, updated_at=T0 + 9 * HOUR) == T0 + 9 * HOUR


def test_an_entry() -> None:
    entry = feeds.entry(row(source="某报", keywords=["港口", "金融"]), POST, "一\n二" * 100)
    assert entry.author == "某报"
    assert feeds.entry(row(), POST, "文").author == "新浪财经"
    assert entry.categories == ("金融", "新浪财经", "港口")
    assert entry.summary == ("一 二" * 100)[:200] + "…"
    assert entry.html == POST.body


def test_pictures_of_the_archive_lead_to_the_web() -> None:
    web = "https://n.sinaimg.cn/finance/a.jpg"
    markup = f'<p>文<img src="{web}" alt referrerpolicy="no-referrer"></p>'
    path = f"images/ab/ab{'0' * 62}.jpg"
    stored = bodies.with_images(markup, {web: path})
    assert path in stored
    post = Article(title="题目", body=stored)
    assert feeds.entry(row(), post, "文").html == markup
