"""What recording costs a crawl: with WARC_ENABLED and without it, in turn.

    python benchmarks/warc.py [PAIRS] [PAGES]

A process of its own serves PAGES (600) articles of the small Sina's templates, each filled up to
the size of a real page (83 kB) and gzipped beforehand. Each crawl is a `scrapy crawl` with eight
requests at once and no delay, so that the CPU is what it waits for: the dearest case. Printed are
the medians of PAIRS (5) pairs of crawls, and what the files take.
"""

from __future__ import annotations

import gzip
import json
import multiprocessing
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from newsarchive.demo import SmallSina, server
from newsarchive.demo.handler import LOOPBACK
from newsarchive.demo.site import SPECIALS, Answer, load_articles, respond
from newsarchive.demo.templates import render

SIZE = 83_000


class Crawl(NamedTuple):
    """One crawl, in seconds."""

    wall: float
    cpu: float
    archived: int
    recorded: int  #: bytes of WARC


def pages(count: int) -> dict[str, bytes]:
    """Gzipped pages by path: what surrounds the article is lists of links, as on a real page."""
    odd = {special.doc_id for special in SPECIALS.values()}
    plain = [item for item in load_articles() if item.doc_id not in odd]
    articles = [item for item in plain if item.template == "T4" and item.paragraphs]
    known, dice = load_articles(), random.Random(20260806)
    made = {}
    for number in range(count):
        doc_id = f"kqbench{number:07}"
        path = f"/china/gncj/2026-08-24/doc-i{doc_id}.shtml"
        like = articles[number % len(articles)]
        item = replace(like, doc_id=doc_id, url=f"https://finance.sina.com.cn{path}")
        page = render(replace(item, title=f"{item.title}（{number}）"), "T4", 1)
        links, room = [], SIZE - len(page)
        while room > 0:
            to = dice.choice(known)
            links.append(f'<li><a href="{to.url}?cid={dice.randrange(10**6)}">{to.title}</a></li>')
            room -= len(links[-1].encode()) + 1
        lists = "\n".join(links)
        body = page.replace(b"</body>", f"<ul>{lists}</ul>\n</body>".encode())
        made[path] = gzip.compress(body, 6)
    return made


def serve(count: int, told: Connection) -> None:
    """A small Sina with these pages, until nobody listens any more."""
    made = pages(count)
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Encoding": "gzip"}

    def answers(host: str, path: str, query: str, asked: Mapping[str, str]) -> Answer:
        page = made.get(path)
        return Answer(200, headers, page) if page else respond(host, path, query, asked)

    server.respond = answers
    with SmallSina() as site:
        told.send((site.port, sum(map(len, made.values())) // count, list(made)))
        told.recv()


def crawl(folder: Path, port: int, urls: Path, *, recording: bool) -> Crawl:
    """One crawl into *folder*."""
    told = {**LOOPBACK, "DEMO_PORT": port, "ARCHIVE_DIR": folder, "WARC_ENABLED": recording}
    told |= {"DOWNLOAD_DELAY": 0, "CONCURRENT_REQUESTS": 8, "CONCURRENT_REQUESTS_PER_DOMAIN": 8}
    line = [sys.executable, "-m", "scrapy", "crawl", "sina_finance", "-a", f"urls={urls}"]
    for name, value in told.items():
        line += ["-s", f"{name}={json.dumps(value) if isinstance(value, dict) else value}"]
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(line, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    wall, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    (report,) = (folder / "reports").glob("*.json")
    archived = json.loads(report.read_bytes())["archived"]["new"]
    recorded = sum(path.stat().st_size for path in folder.glob("warc/*"))
    return Crawl(wall, cpu, archived, recorded)


def main(pairs: int = 5, count: int = 600) -> None:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(count, theirs), daemon=True)
    process.start()
    port, size, paths = ours.recv()
    found: dict[bool, list[Crawl]] = {True: [], False: []}
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCHMARK_DIR")) as folder:
        urls = Path(folder) / "urls.txt"
        urls.write_text("\n".join(f"https://finance.sina.com.cn{path}" for path in paths))
        for number in range(2 * pairs):
            recording = number % 2 == number // 2 % 2  # neither is always the first
            target = Path(folder) / str(number)
            found[recording].append(crawl(target, port, urls, recording=recording))
    ours.send(None)
    assert {each.archived for each in (*found[True], *found[False])} == {count}
    print(f"{count} pages of {SIZE / 1000:.0f} kB, gzipped {size / 1000:.1f} kB; {pairs} pairs")
    for recording, name in ((True, "with WARC"), (False, "without")):
        wall = statistics.median(count / each.wall for each in found[recording])
        cpu = statistics.median(each.cpu / count * 1000 for each in found[recording])
        print(f"{name:9}: {wall:6.1f} articles/s, {cpu:.2f} ms of CPU each")
    both = list(zip(found[True], found[False]))
    print(f"articles/s, with : without: {statistics.median(b.wall / a.wall for a, b in both):.3f}")
    print(f"CPU, without : with:        {statistics.median(b.cpu / a.cpu for a, b in both):.3f}")
    each = found[True][0].recorded / count
    print(f"WARC: {each:,.0f} bytes an article; of a million {each / 1000:.1f} GB")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
