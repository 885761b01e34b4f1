"""A bare spider and the whole crawl over the same pages: how fast, and what each page costs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import origin
import processes

from newsarchive.demo.handler import LOOPBACK

#: As many requests at once as Scrapy's own defaults: nobody waits for politeness here.
_HASTE = {"DOWNLOAD_DELAY": 0, "CONCURRENT_REQUESTS": 16, "CONCURRENT_REQUESTS_PER_DOMAIN": 8}
_ELAPSED = re.compile(r"'elapsed_time_seconds': ([\d.]+)")


class Crawl(NamedTuple):
    """One crawl."""

    seconds: float  #: from the spider's opening to its closing, as Scrapy counts them
    wall: float  #: seconds of the whole command
    cpu: float  #: seconds, start and imports included
    memory: int  #: bytes, at the height


def bare(folder: Path, port: int, pages: int) -> Crawl:
    """Scrapy's default settings, every page thrown away."""
    urls = folder / "urls.txt"
    urls.write_text("\n".join(f"http://127.0.0.1:{port}{path}" for path in origin.paths(pages)))
    spider = str(Path(__file__).with_name("floor.py"))
    return crawl(processes.scrapy("runspider", spider, "-a", f"urls={urls}", cwd=folder))


def whole(archive: Path, port: int, pages: int, **settings: Any) -> Crawl:
    """List, page, post on disk, ledger: *pages* articles into *archive*."""
    told = {**LOOPBACK, "DEMO_PORT": port, "LIST_PAGES_MAX": 1_000, **_HASTE, **settings}
    return _archived(archive, pages, "sina_finance", "channels=china", **told)


def replay(archive: Path, path: Path, pages: int, workers: int = 1) -> Crawl:
    """Posts or WARC files in *path*, into *archive*."""
    return _archived(archive, pages, "replay", f"path={path}", f"workers={workers}")


def _archived(archive: Path, pages: int, spider: str, *words: str, **settings: Any) -> Crawl:
    before = set(archive.glob("reports/*.json"))
    asked = [part for word in words for part in ("-a", word)]
    took = processes.scrapy(
        "crawl", spider, *asked, ARCHIVE_DIR=archive, LOG_LEVEL="INFO", STATS_DUMP=True, **settings
    )
    (report,) = set(archive.glob("reports/*.json")) - before
    archived = json.loads(report.read_bytes())["archived"]
    assert archived == ({"new": pages} if pages else {}), archived
    return crawl(took)


def crawl(took: processes.Took) -> Crawl:
    """A crawl of Scrapy's that told its stats."""
    found = _ELAPSED.findall(took.told)
    assert found, took.told[-2000:]
    return Crawl(max(map(float, found)), took.wall, took.cpu, took.memory)
