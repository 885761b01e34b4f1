"""What a crawl records: every answer as it came over the wire, whatever then happens to the run."""

from __future__ import annotations

import gzip
import json
import random
import signal
import sys
import zlib
from pathlib import Path
from urllib.parse import urlsplit

import brotli
import pytest

from newsarchive.archive.warc import Capture, Position
from newsarchive.clock import iso
from newsarchive.demo.site import respond
from tests.archive.test_recorder import checked, records
from tests.crash.test_kill import IN_HAND, PACE, stop
from tests.running import (
    DOCUMENTS,
    Crawled,
    Site,
    command,
    crawl,
    export,
    ledger,
    posts,
    scrapy,
    tree,
    whole_crawl,
)
from tests.spiders.answers import answer
from tests.spiders.test_rechecks import NAME, ONE, Changing, page
from tests.warcs import files, known, read, rebuilt, versions

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: What every request says, beside what it says of itself.
SECRETS = {
    "Authorization": "Basic c2VjcmV0",
    "Cookie": "SUB=c2VjcmV0",
    "Proxy-Authorization": "Basic c2VjcmV0",
}


@pytest.fixture
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    return whole_crawl(tmp_path_factory)


def captures(*paths: Path) -> list[Capture]:
    found = [each for path in paths for each in read(path)]
    assert all(isinstance(each, Capture) for each in found), found
    return [each for each in found if isinstance(each, Capture)]


def test_every_answer_is_recorded_as_it_came(crawled: Crawled) -> None:
    (path,) = files(crawled.archive)
    assert checked(path) == 0
    found = captures(path)
    asked = [f"https://{host}{target}" for host, target in crawled.site.requests]
    # One after another, but for pages that are asked for at the same time.
    assert sorted(each.url.replace("http://", "https://") for each in found) == sorted(asked)
    accepts = {"Accept-Encoding": "gzip", "Referer": "https://finance.sina.com.cn/"}
    codings = set()
    whole = [each for each in records(path) if each[0] == "response"]
    raw = {told[1]["WARC-Target-URI"]: told for told in whole}
    for each in found:
        parts = urlsplit(each.url)
        served = respond(parts.netloc, parts.path, parts.query, accepts)
        assert each.status == served.status
        coding = served.headers.get("Content-Encoding", "")
        assert each.headers.get("content-encoding", "") == coding
        assert each.body == (gzip.decompress(served.body) if coding else served.body)
        length = raw[each.url][2].get_header("Content-Length")
        assert int(length) == len(served.body)
        codings.add(coding)
    assert codings == {"", "gzip"}


def test_an_article_s_clock_is_that_of_its_capture(crawled: Crawled) -> None:
    query = "SELECT doc_id, fetched_at, warc_file, warc_offset FROM article"
    (path,) = files(crawled.archive)
    found = {each.position: each for each in captures(path)}
    rows = ledger(crawled.archive, query)
    assert len(rows) == len(DOCUMENTS)
    for doc_id, fetched_at, name, offset in rows:
        capture = found[Position(name, offset)]
        assert iso(capture.at, milliseconds=True) == fetched_at
        assert doc_id
        assert "link" in (capture.context or {})
    files_known = ledger(crawled.archive, "SELECT name, size FROM warc")
    assert files_known == [(path.name, path.stat().st_size)]


def test_no_secret_of_a_request_is_recorded(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    told = json.dumps({"Referer": "https://finance.sina.com.cn/", **SECRETS, "X-Plain": "plain"})
    with Site() as site:
        crawl(archive, site, *ONE, "-a", "limit=3", "-s", f"DEFAULT_REQUEST_HEADERS={told}")
        assert site.asked[-1].headers["Authorization"] == SECRETS["Authorization"]
        assert site.asked[-1].headers["Cookie"] == SECRETS["Cookie"]
    (path,) = files(archive)
    plain = gzip.decompress(path.read_bytes())
    assert b"X-Plain: plain" in plain
    assert b"c2VjcmV0" not in plain
    asked = [found[2] for found in records(path) if found[0] == "request"]
    assert {head.get_header("Host") for head in asked} >= {"finance.sina.com.cn"}
    assert all(head.get_header("User-Agent").startswith("newsarchive/") for head in asked)


def test_a_full_file_is_closed(crawled: Crawled, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Site() as site:
        crawl(archive, site, "-s", "WARC_SIZE_MAX=1")
    paths = files(archive)
    assert [path.name[-13:] for path in paths] == ["00000.warc.gz", "00001.warc.gz"]
    assert 1_000_000 <= paths[0].stat().st_size < 1_100_000
    assert checked(*paths) == 0
    assert len(captures(*paths)) == len(captures(*files(crawled.archive)))
    assert posts(archive) == posts(crawled.archive)
    assert scrapy("verify", archive=archive).code == 0
    rebuilt(archive, tmp_path / "again")
    assert known(tmp_path / "again") == known(archive)


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate, gzip"])
def test_a_coding_that_the_crawl_asks_for_can_be_replayed(tmp_path: Path, coding: str) -> None:
    codings = {"gzip": gzip.compress, "br": brotli.compress, "zstd": zstd.compress}
    archive, body = tmp_path / "archive", page(NAME).encode()
    for name in coding.split(", "):
        body = codings.get(name, zlib.compress)(body)
    with Changing() as site:
        site.pages_now[NAME] = answer(body, 200, **{"Content-Encoding": coding})
        assert crawl(archive, site, *ONE).report["archived"] == {"new": 1}
    found = next(each for each in captures(*files(archive)) if NAME in each.url)
    assert found.body.decode() == page(NAME)
    assert rebuilt(archive, tmp_path / "again").code == 0
    assert versions(tmp_path / "again") == versions(archive)
    assert known(tmp_path / "again") == known(archive)


def test_what_did_not_come_whole_is_not_recorded(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Changing() as site:
        site.faults = {NAME: ["cut_body", "cut_chunks", "hang_up", ""]}
        done = crawl(archive, site, *ONE, "-s", "RETRY_TIMES=3")
        assert done.report["archived"] == {"new": 1}
    assert len([each for each in captures(*files(archive)) if NAME in each.url]) == 1


def test_a_header_in_any_bytes_is_kept(tmp_path: Path) -> None:
    archive, named = tmp_path / "archive", "附件".encode("gb18030")
    with Changing() as site:
        site.pages_now[NAME] = answer(page(NAME), 200, **{"X-Name": named.decode("latin-1")})
        crawl(archive, site, *ONE)
    assert b"X-Name: " + named in gzip.decompress(files(archive)[0].read_bytes())


def test_files_of_killed_runs_are_whole_after_the_next_one(
    crawled: Crawled, tmp_path: Path
) -> None:
    archive, dice = tmp_path / "archive", random.Random(20260806)
    with Site(slow=0.02) as site:
        for kill in range(5):
            goal = len(site.requests) + dice.randrange(1, 30)
            line = command("crawl", "sina_finance", *PACE, archive=archive, port=site.port)
            code, _ = stop(
                line, signal.SIGKILL, lambda goal=goal: len(site.requests) >= goal,  # type: ignore[misc]
                dice.random() * 0.05,
            )  # fmt: skip
            assert code == -signal.SIGKILL
            last = files(archive)[-1]
            assert last.name.endswith(".open"), kill
            if kill % 2:  # what a crash of the machine leaves of what was not synced
                with open(last, "ab") as file:
                    file.write(dice.randbytes(dice.randrange(2000)))
            # What is closed is whole, even now.
            assert checked(*(path for path in files(archive) if path != last)) == 0
        crawl(archive, site)
    assert not [path for path in files(archive) if path.name.endswith(".open")]
    assert checked(*files(archive)) == 0
    assert scrapy("verify", archive=archive).code == 0
    assert posts(archive) == posts(crawled.archive)
    rebuilt(archive, tmp_path / "again")
    assert versions(tmp_path / "again") == versions(archive)
    # Pages that a killed run had recorded, and not archived: the next one fetched them again.
    wanted, found = (known(path, "article")["article"] for path in (archive, tmp_path / "again"))
    unlike = [key for key in wanted if wanted[key] != found[key]]
    assert len(unlike) <= 5 * IN_HAND
    for key in unlike:
        assert {name for name in wanted[key] if wanted[key][name] != found[key][name]} <= {
            "fetched_at", "served_at", "seen_at", "warc_file", "warc_offset", "seal"
        }  # fmt: skip
        assert found[key]["fetched_at"] < wanted[key]["fetched_at"]


def test_a_file_is_open_while_a_run_writes_it(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Site() as site:
        line = command("crawl", "sina_finance", *PACE, archive=archive, port=site.port)
        seen: list[set[str]] = []

        def reached() -> bool:
            seen.append(set(tree(archive / "warc")))
            return len(site.pages()) >= 8

        assert stop(line, signal.SIGTERM, reached)[0] == 0
    (name,) = seen[-1]
    assert name.endswith("-sina_finance-00000.warc.gz.open")
    assert [f"{path.name}.open" for path in files(archive)] == [name]
    assert checked(*files(archive)) == 0
    assert len(export(archive)) == len(posts(archive))
