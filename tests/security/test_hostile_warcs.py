"""WARC files that somebody made to hurt: told in a second, and in little memory."""

from __future__ import annotations

import gzip
import io
import json
import time
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli
import pytest

from newsarchive.archive import warc
from newsarchive.archive.warc import Capture
from newsarchive.exceptions import BadInput
from newsarchive.sina import urls
from tests.archive.recordings import PAGE
from tests.foreign_warcs import chunked, http, members, record, warcinfo
from tests.running import ledger, replay
from tests.spiders.test_rechecks import NAME, page

URL = PAGE.url
GOOD = record("response", URL, http(PAGE.body))
MB = 2**20
#: Bytes that reading one record may take: block, payload, and what they are made of.
MEMORY = 80 * MB


def _stored(plain: bytes) -> bytes:
    """A gzip member without compression: fast to make, whatever is in it."""
    return gzip.compress(plain, 0, mtime=0)


def _zeros(count: int, before: bytes = b"") -> bytes:
    """A gzip member of *before* and *count* MB of zeros."""
    deflate = zlib.compressobj(9, wbits=31)
    parts = [deflate.compress(before)]
    parts += [deflate.compress(bytes(MB)) for _ in range(count)]
    return b"".join((*parts, deflate.flush()))


def _nested_members(depth: int) -> bytes:
    """Members that hold the next one, as it is, and end too early."""
    data = b"x"
    for _ in range(depth):
        data = _stored(b"WARC/1.0\r\nWARC-Type: response\r\n\r\n" + data)[:-8]
    return data


def _brotli_bomb() -> bytes:
    return bytes(brotli.compress(bytes(500 * MB), quality=1))


HEAD = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: " + URL.encode() + b"\r\n"
BIG = 30 * MB
HOSTILE: dict[str, Callable[[], bytes]] = {
    "an endless line": lambda: _stored(HEAD + b"X: " + b"x" * BIG),
    "an endless first line": lambda: _stored(b"WARC/1.0" + b"x" * BIG),
    "endless blank lines": lambda: _stored(b"WARC/1.0\r\n\r\n" + b"\r\n" * (BIG // 8)),
    "a million headers": lambda: _stored(HEAD + b"X: y\r\n" * 10**6 + b"\r\n"),
    "a million HTTP headers": lambda: members(
        [record("response", URL, b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10**6 + b"\r\n")]
    ),
    "a continued header": lambda: _stored(HEAD + b"X: y\r\n" + b" z\r\n" * 10**6 + b"\r\n"),
    "an HTTP line without an end": lambda: members([record("response", URL, b"HTTP/1.1 " * MB)]),
    "a length of 10**18": lambda: _stored(HEAD + b"Content-Length: %d\r\n\r\nx" % 10**17),
    "a length of -1": lambda: _stored(HEAD + b"Content-Length: -1\r\n\r\nx"),
    "a bomb": lambda: _zeros(500, HEAD + b"Content-Length: %d\r\n\r\n" % 10**12),
    "a bomb of lines": lambda: gzip.compress(HEAD + b"X: y\r\n" * (20 * MB)),
    "a bomb in a bomb": lambda: members(
        [record("response", URL, http(gzip.compress(_zeros(200)), "Content-Encoding: gzip,gzip"))]
    ),
    "a brotli bomb": lambda: members(
        [record("response", URL, http(_brotli_bomb(), "Content-Encoding: br"))]
    ),
    "many codings": lambda: members(
        [record("response", URL, http(PAGE.body, "Content-Encoding: " + "gzip," * 40_000))]
    ),
    "many gzip members": lambda: members(
        [record("response", URL, http(gzip.compress(b"") * 300_000, "Content-Encoding: gzip"))]
    ),
    "many chunks": lambda: members(
        [record("response", URL, http(chunked(bytes(MB), 1), "Transfer-Encoding: chunked"))]
    ),
    "a chunk of 4 GB": lambda: members(
        [record("response", URL, http(b"ffffffff\r\nx", "Transfer-Encoding: chunked"))]
    ),
    "a chunk's endless extension": lambda: members(
        [record("response", URL, http(b"1;" + b"x" * 7 * MB, "Transfer-Encoding: chunked"))]
    ),
    "a member without an end": lambda: _stored(HEAD + b"Content-Length: 10\r\n\r\n")[:-9],
    "members in members": lambda: _nested_members(3000),
    "places that are no members": lambda: b"\x1f\x8b\x08" * MB,
    "empty members": lambda: _stored(b"") * 200_000,
    "NULs": lambda: _stored(b"WARC/1.0\r\n" + bytes(MB) + b"\r\n\r\n"),
    "records in a record": lambda: members([record("response", URL, http(GOOD * 20_000))]),
    "broken UTF-8": lambda: _stored(HEAD + b"X-\xff\xfe: \xff\r\nContent-Length: 1\r\n\r\nx"),
    "deep JSON": lambda: members([GOOD, _beside(b"[" * 60_000)]),
    "huge JSON": lambda: members([GOOD, _beside(b'{"link": "' + b"x" * 20 * MB + b'"}')]),
    "a huge number": lambda: members([GOOD, _beside(b'{"taken": ' + b"9" * 60_000 + b"}")]),
}


def _beside(text: bytes) -> bytes:
    identity = GOOD.partition(b"WARC-Record-ID: ")[2].partition(b"\r\n")[0].decode()
    told = {"Content_Type": "application/warc-fields", "WARC_Concurrent_To": identity}
    return record("metadata", URL, b"newsarchive: " + text, **told)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_record_costs_a_second_at_most_and_little_memory(name: str) -> None:
    data = HOSTILE[name]()
    file = io.BytesIO(data + members([warcinfo("x"), GOOD]))
    start = time.process_time()
    told = list(warc.captures(file, "x", urls.is_on_sina))
    spent = time.process_time() - start
    assert spent < 1 + len(data) / (50 * MB), f"{spent:.1f} s"
    # What comes behind it is found again, but where nobody could tell what is a record.
    if name not in ("members in members", "places that are no members"):
        last = told[-1]
        assert isinstance(last, Capture)
        assert last.body == PAGE.body
    assert len(told) < 200
    file.seek(0)
    tracemalloc.start()
    for _ in warc.captures(file, "x", urls.is_on_sina):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MEMORY, f"{peak / MB:.0f} MB"


LINK: dict[str, Any] = {
    "doc_id": NAME,
    "url": f"https://finance.sina.com.cn/china/2021-08-06/doc-i{NAME}.shtml",
    "title": "题目",
    "channel": "china",
    "listed_at": "2021-08-06T07:54:29Z",
    "first_seen_at": "2021-08-06T07:54:29Z",
    "raw_clocks": {},
}
CONTEXTS: dict[str, Any] = {
    "a file": {"link": {**LINK, "url": "file:///etc/passwd"}},
    "a private host": {"link": {**LINK, "url": "http://127.0.0.1/doc-ikqtesta0000001.shtml"}},
    "a private name": {"link": {**LINK, "url": "http://localhost/doc-ikqtesta0000001.shtml"}},
    "a look-alike": {"link": {**LINK, "url": LINK["url"].replace(".cn/", ".cn.evil.example/")}},
    "credentials": {"link": {**LINK, "url": LINK["url"].replace("//", "//user:secret@")}},
    "a script": {"link": {**LINK, "url": "javascript:alert(1)"}},
    "a path as an id": {"link": {**LINK, "doc_id": "../../../etc/passwd"}},
    "an empty id": {"link": {**LINK, "doc_id": ""}},
    "an id with a line": {"link": {**LINK, "doc_id": f"{NAME}\n"}},
    "a channel that is none": {"link": {**LINK, "channel": "../../x"}},
    "an origin that is none": {"link": {**LINK, "origin": "<b>"}},
    "a list that is none": {"list": "nosuch"},
    "a list of a list": {"list": ["china"]},
    "types": {"link": {name: 7 for name in LINK}},
    "other types": {"link": [LINK]},
    "no link": {"link": None},
    "no address": {"link": {"doc_id": NAME}},
    "clocks": {"link": {**LINK, "listed_at": "0000-99-99"}},
    "a number as a clock": {"link": {**LINK, "listed_at": 1e308}},
    "raw clocks": {"link": {**LINK, "raw_clocks": [1]}},
    "half a pair": {"link": {**LINK, "title": "\ud800"}},
    "NUL": {"link": {**LINK, "title": "a\0b"}},
    "pages": {"link": LINK, "pages": [["x", 10**400], 3]},
    "days": {"list": "china", "days": ["x"]},
    "one day": {"list": "china", "days": ["2021-08-06T00:00:00Z"]},
    "a number of flashes": {"list": "live", "taken": 7},
    "flashes that are none": {"list": "live", "taken": [["x"], {}]},
}


def _asked(context: Any, body: bytes = b"") -> tuple[bytes, bytes]:
    """A capture that says that a crawl of ours had made it."""
    response = record("response", URL, http(body or page(NAME).encode()))
    identity = response.partition(b"WARC-Record-ID: ")[2].partition(b"\r\n")[0].decode()
    told = {"Content_Type": "application/warc-fields", "WARC_Concurrent_To": identity}
    text = f"newsarchive: {json.dumps(context)}\r\n".encode()
    return response, record("metadata", URL, text, **told)


def test_contexts_that_no_crawl_of_ours_wrote(tmp_path: Path) -> None:
    """All in one file: each is told, none gets into the ledger."""
    archive = tmp_path / "archive"
    told = [each for context in CONTEXTS.values() for each in _asked(context)]
    (tmp_path / "x.warc.gz").write_bytes(members([warcinfo("newsarchive/0.1"), *told]))
    done = replay(archive, tmp_path / "x.warc.gz")
    assert "Traceback" not in done.err
    assert (done.code, done.report["failed"]) == (1, {"unknown_format": len(CONTEXTS)})
    assert all(len(line) < 700 for line in done.err.splitlines())
    for table in ("link", "listing", "article", "tombstone", "recheck"):
        assert ledger(archive, f"SELECT count(*) FROM {table}") == [(0,)]


def test_lists_that_lead_elsewhere(tmp_path: Path) -> None:
    """A list's own rows go through the list's own reader."""
    rows = [{"url": url, "title": "x"} for url in ("file:///etc/passwd", "http://10.0.0.1/a.shtml")]
    listing = json.dumps({"result": {"status": {"code": 0}, "data": rows}}).encode()
    archive = tmp_path / "archive"
    (tmp_path / "x.warc").write_bytes(b"".join(_asked({"list": "china"}, listing)))
    done = replay(archive, tmp_path / "x.warc")
    assert "Traceback" not in done.err
    assert ledger(archive, "SELECT count(*) FROM link") == [(0,)]


def test_garbage_of_all_kinds_in_a_replay(tmp_path: Path) -> None:
    """What the reader tells is counted, in one line each."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number, name in enumerate(HOSTILE):
        if "bomb" not in name:
            (folder / f"{number:02}.warc.gz").write_bytes(HOSTILE[name]()[: 3 * MB])
    done = replay(tmp_path / "archive", folder)
    assert done.code == 1
    assert "Traceback" not in done.err
    assert "internal" not in done.report["failed"]
    assert sum(done.report["failed"].values()) < 2000
    assert all(len(line) < 700 and line.isprintable() for line in done.err.splitlines())


def test_errors_are_the_readers_own() -> None:
    """Every single byte of a small file, turned over."""
    data = members([warcinfo("x"), GOOD, _beside(b'{"link": {}}'), GOOD])
    for place in range(len(data)):
        damaged = data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]
        for each in warc.captures(io.BytesIO(damaged), "x"):
            assert isinstance(each, (Capture, BadInput))
