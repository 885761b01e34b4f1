"""Whether a crawl stays as it is however much the archive knows: a thousand articles, a million.

    python benchmarks/scale.py [--known 1000000] [--pages 1000] [--rounds 3]

Makes two ledgers, of a thousand known articles and of KNOWN, with links, lists and re-checks as
crawls leave them, but without posts: a crawl never looks at those. Then crawls the same PAGES new
articles into a copy of each, in turn, and a run that finds nothing new. Prints the medians, and the
median ratio of the larger to the smaller of each round.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import crawls
import origin
from crawls import Crawl

from newsarchive import clock
from newsarchive.archive import rows, schema
from newsarchive.archive.links import FRESH
from newsarchive.archive.store import Store
from newsarchive.items import Article

FIRST = datetime(2012, 1, 1, tzinfo=clock.UTC)
CHANNELS = "china macro stock us hk banking forex roll".split()
_BATCH = 5_000


def known(count: int) -> Iterator[dict[str, dict[str, Any]]]:
    """The rows of *count* articles by table, over fourteen years."""
    step, due_at = timedelta(days=14 * 365) / count, clock.now() + timedelta(days=7)
    for number in range(count):
        date, doc_id = FIRST + number * step, f"kqknown{number:07}"
        channel = CHANNELS[number % len(CHANNELS)]
        url = f"https://finance.sina.com.cn/china/{date:%Y-%m-%d}/doc-i{doc_id}.shtml"
        item = Article(
            title=f"第{number}条：口岸今日放行货物若干，冷链通道照常运行",
            body="",
            doc_id=doc_id,
            url=url,
            path=f"posts/{date:%Y/%m/%d}/di-{number}-tiao-kou-an-{doc_id}.html",
            channel=channel,
            layout="T4",
            source="新浪财经",
            digest="0" * 64,
            published_at=date,
            listed_at=date,
            fetched_at=date,
        )
        found = {"doc_id": doc_id, "url": url, "channel": channel, "listed_at": date}
        yield {
            "article": rows.first(item, date, date, "0" * 64),
            "link": {**FRESH, **found, "state": "done", "title": item.title, "origin": "crawl"}
            | {"raw_clocks": {}, "first_seen_at": date},
            "listing": {**found, "seen_at": date},
            "recheck": {"doc_id": doc_id, "due_at": due_at, "checked_at": date, "missing": 0},
        }


def fill(archive: Path, count: int) -> None:
    archive.mkdir()
    every = known(count)
    with closing(Store.open(archive, create=True)) as store:
        while batch := list(islice(every, _BATCH)):
            with store.ledger._transaction() as connection:
                for name in batch[0]:
                    table = schema.metadata.tables[name]
                    store.ledger._put(connection, table, *(each[name] for each in batch))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--known", type=int, default=1_000_000)
    parser.add_argument("--pages", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    told = parser.parse_args()
    found: dict[tuple[int, str], list[Crawl]] = {}
    sizes = (1_000, told.known)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        for count in sizes:
            fill(folder / f"{count}", count)
            size = (folder / f"{count}" / "ledger.db").stat().st_size
            print(f"{count} known articles: ledger.db has {size / 1e6:.0f} MB", flush=True)
        with origin.served(folder / "origin", told.pages) as port:
            for _ in range(told.rounds):
                for count in sizes:
                    shutil.copytree(folder / f"{count}", folder / "archive")
                    for run, new in (("new", told.pages), ("again", 0)):
                        took = crawls.whole(folder / "archive", port, new, RECHECK_SHARE=0)
                        found.setdefault((count, run), []).append(took)
                    shutil.rmtree(folder / "archive")
    print("\n| | a thousand known | a million | ratio |\n|---|---:|---:|---:|")
    measures = {
        "ms an article": ("new", lambda run: run.seconds / told.pages * 1000),
        "memory, MB": ("new", lambda run: run.memory / 1e6),
        "a run without anything new, s": ("again", lambda run: run.wall),
    }
    for what, (run, of) in measures.items():
        small, large = ([of(each) for each in found[count, run]] for count in sizes)
        ratio = statistics.median(b / a for a, b in zip(small, large))
        a, b = statistics.median(small), statistics.median(large)
        print(f"| {what} | {a:.1f} | {b:.1f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
