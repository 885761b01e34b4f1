"""Small answers that grow, and answers without an end: memory stays bounded."""

from __future__ import annotations

import gzip
import importlib
import sys
from pathlib import Path
from typing import Any

from newsarchive.archive.http_payload import PAYLOAD_MAX
from newsarchive.demo.site import Answer
from tests.faults_network.listed import PLAIN, archived_whole, asked, list_with, reasons
from tests.faults_network.memory import weigh
from tests.running import Site

brotli: Any = importlib.import_module("brotli")
zstd: Any = importlib.import_module(
    "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
)
#: 300 MB; gzip and zstd read one member, or frame, after another.
BLOCK, BLOCKS = bytes(1_000_000), 300


def brotli_bomb() -> bytes:
    compressor = brotli.Compressor(quality=1)
    parts = [compressor.process(BLOCK) for _ in range(BLOCKS)]
    return b"".join((*parts, compressor.finish()))


BOMBS = {
    "gzip": gzip.compress(BLOCK) * BLOCKS,
    "br": brotli_bomb(),
    "zstd": zstd.compress(BLOCK) * BLOCKS,
    "gzip, gzip": gzip.compress(gzip.compress(BLOCK) * BLOCKS),
}
ENDLESS = ("endless_body", "endless_chunks", "endless_head", "endless_line")
#: MB of resident memory that a crawl may take beyond a harmless one's; 33 to 42 were measured,
#: with four bombs in memory at once.
MORE = 60


def bomb(coding: str) -> Answer:
    return Answer(200, {"Content-Type": "text/html", "Content-Encoding": coding}, BOMBS[coding])


def test_the_bombs_are_small() -> None:
    assert all(len(data) < 400_000 for data in BOMBS.values())


def test_memory_is_bounded(tmp_path: Path) -> None:
    pages = {name: bomb(coding) for name, coding in zip(PLAIN, BOMBS)}
    endless = dict(zip(PLAIN[len(pages) :], ENDLESS))
    good = PLAIN[len(pages) + len(endless) :][:3]
    with Site(list_with(good)) as site:
        harmless = weigh(tmp_path / "harmless", site, "-a", "channels=china")
    with Site(list_with([*pages, *endless, *good], pages)) as site:
        site.faults = endless
        done, peak = weigh(tmp_path / "archive", site, "-a", "channels=china")
    assert (harmless.done.code, done.code) == (0, 1)
    assert 50 < harmless.peak < 400  # it is the crawl that was weighed
    assert peak < harmless.peak + MORE
    wanted = dict.fromkeys(pages, "too_large") | dict.fromkeys(endless, "network")
    assert reasons(done.report) == wanted
    # A body that is too large is not asked for again in the same run.
    assert {asked(site, name) for name in pages} == {1}
    for name in pages:
        (detail,) = (item["detail"] for item in done.report["misses"] if item["doc_id"] == name)
        assert detail == f"a payload of more than {PAYLOAD_MAX} bytes"
    archived_whole(tmp_path / "archive", good)
