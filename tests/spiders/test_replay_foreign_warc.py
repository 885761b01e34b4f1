"""WARC files that others made, replayed: pages of Sina in them become articles."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import time
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import brotli
import pytest

from newsarchive.archive import warc
from newsarchive.clock import UTC
from newsarchive.demo.site import respond
from newsarchive.sina import urls
from tests import foreign_warcs
from tests.foreign_warcs import http, members, record, warcinfo
from tests.fork import PATIENCE
from tests.running import (
    ARTICLES,
    BY_DATE,
    CRAWL_CLOCKS,
    Crawled,
    Site,
    export,
    ledger,
    posts,
    replay,
)
from tests.spiders.answers import special
from tests.spiders.test_rechecks import NAME, ODD
from tests.warcs import read

#: Articles of every template, under the addresses that their pages say themselves.
NAMES = {ARTICLES[name].template: name for name in BY_DATE if name not in ODD}.values()


def page(url: str) -> bytes:
    parts = urlsplit(url)
    return respond(parts.netloc, parts.path, "", {}).body


PAGES = {ARTICLES[name].url: page(ARTICLES[name].url) for name in NAMES}
FILES = {
    "cc_news.warc.gz": foreign_warcs.cc_news(PAGES),
    "wget.warc.gz": foreign_warcs.wget(PAGES),
    "browsertrix.warc.gz": foreign_warcs.browsertrix(
        PAGES, "br", {url: bytes(brotli.compress(data, quality=5)) for url, data in PAGES.items()}
    ),
    "heritrix.warc.gz": foreign_warcs.heritrix(PAGES),
    "plain.warc": gzip.decompress(foreign_warcs.wget(PAGES)),
    "one_member.warc.gz": gzip.compress(gzip.decompress(foreign_warcs.cc_news(PAGES))),
}


@pytest.mark.parametrize("name", FILES)
def test_pages_become_articles(crawled: Crawled, tmp_path: Path, name: str) -> None:
    archive, before = tmp_path / "archive", datetime.now(UTC)
    (tmp_path / name).write_bytes(FILES[name])
    done = replay(archive, tmp_path / name)
    assert (done.code, done.err, done.report["requests"]) == (0, "", 0)
    rows = {row["doc_id"]: row for row in export(archive)}
    assert rows.keys() == set(NAMES)
    unlike = CRAWL_CLOCKS | {"listed_at", "date", "channel", "categories", "path"}
    unlike |= {"origin", "sha256", "url", "raw_clocks"}
    for doc_id, row in rows.items():
        wanted = crawled.rows[doc_id]
        assert {key: row[key] for key in row if key not in unlike} == (
            {key: wanted[key] for key in wanted if key not in unlike}
        )
        assert (row["origin"], row["listed_at"]) == ("replay", None)
        assert row["fetched_at"].startswith("2021-08-06T08:00:00")
        assert datetime.fromisoformat(row["first_seen_at"].replace("Z", "+00:00")) > before
    assert ledger(archive, "SELECT count(*) FROM recheck") == [(0,)]
    assert ledger(archive, "SELECT count(*) FROM link") == [(0,)]
    assert ledger(archive, "SELECT DISTINCT warc_file, warc_offset FROM article") == [("", None)]
    assert replay(archive, tmp_path / name).report["archived"] == {"unchanged": len(rows)}


def captured(body: bytes, date: str = "2026-10-06T08:00:00Z", url: str = "") -> bytes:
    return record("response", url or ARTICLES[NAME].url, http(body), WARC_Date=date)


def replayed(tmp_path: Path, *records: bytes) -> tuple[Path, dict[str, dict[str, int]]]:
    """The archive, and what the report counts."""
    path = tmp_path / f"{len(list(tmp_path.iterdir())):02}.warc.gz"
    path.write_bytes(members([warcinfo("x"), *records]))
    done = replay(tmp_path / "archive", path)
    assert "Traceback" not in done.err
    return tmp_path / "archive", {
        key: done.report[key] for key in ("archived", "skipped", "failed")
    }  # fmt: skip


def test_the_same_page_again_and_an_older_version_after_a_newer_one(tmp_path: Path) -> None:
    was = page(ARTICLES[NAME].url)
    text = ARTICLES[NAME].paragraphs[0].encode()
    new, old = was.replace(text, b"[2]" + text), was.replace(text, b"[0]" + text)
    archive, told = replayed(
        tmp_path,
        captured(was, "2026-10-06T08:00:00Z"),
        captured(was, "2026-10-06T09:00:00Z"),
        captured(new, "2026-10-07T08:00:00Z"),
        captured(old, "2026-10-05T08:00:00Z"),
        captured(was, "2026-10-06T10:00:00Z"),
    )
    assert told["archived"] == {"new": 1, "unchanged": 2, "revised": 1}
    assert (told["skipped"], told["failed"]) == ({"outdated": 1}, {})
    (row,) = export(archive)
    assert (row["revision"], "[2]" in row["body_text"]) == (2, True)
    _, told = replayed(tmp_path, captured(old, "2026-10-05T08:00:00Z"))
    assert told == {"archived": {}, "skipped": {"outdated": 1}, "failed": {}}


def test_what_a_crawl_archived_is_not_replaced_by_what_others_had_before(
    crawled: Crawled, tmp_path: Path
) -> None:
    shutil.copytree(crawled.archive, tmp_path / "archive")
    was = page(ARTICLES[NAME].url)
    text = ARTICLES[NAME].paragraphs[0].encode()
    archive, told = replayed(tmp_path, captured(was.replace(text, b"x" + text)), captured(was))
    assert told["skipped"] == {"outdated": 1}
    assert posts(archive) == posts(crawled.archive)


def test_what_is_no_article_is_told_apart(tmp_path: Path) -> None:
    whole, url = page(ARTICLES[NAME].url), ARTICLES[NAME].url
    soon = (datetime.now(UTC) + timedelta(days=400)).strftime("%Y-%m-%dT%H:%M:%SZ")
    many = special("many_pages")
    archive, told = replayed(
        tmp_path,
        captured(b"<html>" * 10, url="https://example.com/doc-ikqtesta0000001.shtml"),
        captured(whole, "no date"),
        captured(whole, soon),
        captured(b"<html><h1>x</h1></html>", url="https://finance.sina.com.cn/"),
        captured(whole[:2000]),
        record("response", url, http(whole, status="404 Not Found")),
        record("response", url, http(b"", "Location: /", status="302 Found")),
        record("revisit", url, http(b"")),
        record("response", url, http(b"GIF89a").replace(b"text/html", b"image/gif")),
        captured(page(many.page_urls[1]), url=many.page_urls[1]),
        record("response", url, http(bytes(9_000_000)), WARC_Date="2026-10-06T08:00:00Z"),
    )
    assert told["archived"] == {}
    assert told["skipped"] == {"not_article": 2}
    assert told["failed"] == {"unknown_format": 2, "truncated": 1, "too_large": 1}
    assert posts(archive) == {}


def test_the_first_page_of_several_is_an_article(tmp_path: Path) -> None:
    """As of a saved page; others' captures of further pages are told, and join nothing."""
    many = special("many_pages")
    archive, told = replayed(tmp_path, *(captured(page(url), url=url) for url in many.page_urls))
    assert told == {"archived": {"new": 1}, "skipped": {"not_article": 2}, "failed": {}}
    (row,) = export(archive)
    assert row["body_text"].split("\n") == list(many.part(1).paragraphs)


def test_wget_itself(crawled: Crawled, tmp_path: Path) -> None:
    """The real tool, at the small Sina through a proxy's form of request."""
    wget = shutil.which("wget")
    if wget is None:
        pytest.skip("no wget here")
    addresses = {name: ARTICLES[name].url.replace("https:", "http:") for name in NAMES}
    (tmp_path / "urls").write_text("\n".join(addresses.values()))
    with Site() as site:
        done = subprocess.run(
            [wget, "--no-config", "-q", "-i", "urls", "--warc-file=got", "-e", "use_proxy=yes",
             "-e", f"http_proxy=http://127.0.0.1:{site.port}", "-e", "robots=off", "-nd"],
            cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, capture_output=True, timeout=PATIENCE,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert all(urls.is_on_sina(each.url) for each in read(tmp_path / "got.warc.gz"))  # type: ignore[union-attr]
    answer = replay(tmp_path / "archive", tmp_path / "got.warc.gz")
    assert answer.report["archived"] == {"new": len(addresses)}
    assert answer.report["failed"] == {}
    rows = {row["doc_id"]: row["body_text"] for row in export(tmp_path / "archive")}
    assert rows == {name: crawled.rows[name]["body_text"] for name in NAMES}


def test_foreign_pages_cost_little(tmp_path: Path) -> None:
    """Of CC-NEWS one page in thousands is Sina's: 2,000 others in a second."""
    others = [record("response", f"https://example.com/{number}", http(bytes(50_000)))
              for number in range(2000)]  # fmt: skip
    path = tmp_path / "x.warc.gz"
    path.write_bytes(members([*others, captured(page(ARTICLES[NAME].url))]))
    start = time.process_time()
    with open(path, "rb") as file:
        assert len(list(warc.captures(file, "x", urls.is_on_sina))) == 1
    assert time.process_time() - start < 1
