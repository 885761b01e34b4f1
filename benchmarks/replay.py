"""How fast WARC files are replayed, by one process and by two.

    python benchmarks/replay.py [PAGES]

Makes a WARC file of so many pages (1,000) of some 83 kB each, gzipped as a server sends them,
and replays it into empty archives with `workers=1` and `workers=2` in turn. Prints pages a second
of each pair, process start included, and the median ratio.
"""

from __future__ import annotations

import gzip
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

from newsarchive.archive.recorder import Recorder, Transfer
from newsarchive.demo.site import load_articles
from newsarchive.demo.templates import render
from newsarchive.items import Link
from newsarchive.spiders.context import of_link

ROUNDS = 3
SIZE = 83_000
BEGIN = datetime(2026, 10, 1, tzinfo=timezone.utc)
ROOT = Path(__file__).parent.parent


def captures(folder: Path, count: int) -> None:
    """A WARC file of *count* pages, each another document."""
    articles = [item for item in load_articles() if item.template == "T4" and item.paragraphs]
    pages = [render(item) for item in articles]
    recorder = Recorder(folder, "benchmark", 10**10, {})
    for number in range(count):
        doc_id = f"kqtestb{number:07}"
        url = f"https://finance.sina.com.cn/china/2026-01-01/doc-i{doc_id}.shtml"
        page = pages[number % len(pages)]
        filler = (f"<!-- {'x' * 76} -->\n" * ((SIZE - len(page)) // 86)).encode()
        body = gzip.compress(page.replace(b"</body>", filler + b"</body>"), 6)
        recorder.record(
            Transfer(
                url=url,
                at=BEGIN + timedelta(seconds=number),
                method="GET",
                request_headers=[("Host", "finance.sina.com.cn")],
                protocol="HTTP/1.1",
                status=200,
                headers=[
                    ("Content-Type", "text/html; charset=utf-8"),
                    ("Content-Encoding", "gzip"),
                    ("Content-Length", str(len(body))),
                ],
                body=body,
                address="127.0.0.1",
                context=of_link(
                    Link(doc_id, url, channel="china", listed_at=BEGIN, first_seen_at=BEGIN)
                ),
            )
        )
    recorder.close()


def seconds(folder: Path, workers: int) -> float:
    """How long a replay takes, and that it archived all."""
    archive = folder / "replayed"
    line = [sys.executable, "-m", "scrapy", "crawl", "replay", "-a", f"path={folder / 'warc'}"]
    line += ["-a", f"workers={workers}", "-s", f"ARCHIVE_DIR={archive}"]
    begun = time.perf_counter()
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)  # noqa: S603  # our own
    took = time.perf_counter() - begun
    if done.returncode:
        sys.exit(done.stderr)
    shutil.rmtree(archive)
    return took


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        captures(folder, count)
        size = sum(path.stat().st_size for path in (folder / "warc").iterdir())
        print(f"{count} pages, {size / count / 1000:.1f} kB of WARC each")
        ratios = []
        for _ in range(ROUNDS):
            one, two = seconds(folder, 1), seconds(folder, 2)
            ratios.append(one / two)
            print(f"one process {count / one:.0f} pages/s, two {count / two:.0f} pages/s")
        print(f"two are {statistics.median(ratios):.2f} times as fast as one")


if __name__ == "__main__":
    main()
