"""How fast, and how large: crawl and replay beside a spider that does nothing, as a table.

    python benchmarks/bench.py [--pages 2000] [--rounds 5]

Every round runs each of them once, one after the other, over the same pages (`origin.py`: 83 kB,
gzipped), and the bare spider before and behind each: the machine's speed may change by half within
minutes. Printed are the medians of all rounds, and of each run's ratio to the two bare spiders
beside it. Seconds are the spider's own, from its opening to its closing; of two workers those of
the whole command, start included.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import crawls
import origin
import processes
from crawls import Crawl

from newsarchive.post import body
from newsarchive.sina import article, reading

#: What Sina Finance publishes in a year, at 5,000 articles a day.
YEAR = 365 * 5_000
FLOOR, CRAWL, RECORDED = "a bare spider", "the crawl", "the crawl, with WARC files"
CRAWL_TWO, RECORDED_TWO = (f"{name}, SECOND_PROCESS" for name in (CRAWL, RECORDED))
POSTS, WARC, WARC_TWO = "replay of posts", "replay of WARC files", "replay of WARC files, 2 workers"


#: Runs by what they are of, each with the bare spider's seconds before and behind it.
Found = dict[str, list[tuple[Crawl, float]]]


def rounds(folder: Path, pages: int, count: int) -> Found:
    """What each took, *count* times in turn. `kept/` in *folder* is the last recorded archive."""
    found: Found = defaultdict(list)
    plain, kept, again = folder / "plain", folder / "kept", folder / "again"
    with origin.served(folder / "origin", pages) as port:
        every: dict[str, Callable[[], Crawl]] = {
            CRAWL: lambda: crawls.whole(plain, port, pages, WARC_ENABLED=False),
            CRAWL_TWO: lambda: crawls.whole(
                plain, port, pages, WARC_ENABLED=False, SECOND_PROCESS=True
            ),
            RECORDED: lambda: crawls.whole(again, port, pages),
            RECORDED_TWO: lambda: crawls.whole(kept, port, pages, SECOND_PROCESS=True),
            POSTS: lambda: crawls.replay(again, kept / "posts", pages),
            WARC: lambda: crawls.replay(again, kept / "warc", pages),
            WARC_TWO: lambda: crawls.replay(again, kept / "warc", pages, workers=2),
        }
        for number in range(count):
            shutil.rmtree(kept, ignore_errors=True)
            before = crawls.bare(folder, port, pages)
            for name, run in every.items():
                took, behind = run(), crawls.bare(folder, port, pages)
                floor = statistics.mean((before.seconds, behind.seconds))
                found[FLOOR].append((before, before.seconds))
                found[name].append((took, floor))
                rates = f"{pages / took.seconds:.0f}/s, {floor / took.seconds:.2f}"
                print(f"round {number + 1}: {name}: {rates}", file=sys.stderr)
                before = behind
                for folder_of_one in (plain, again):
                    shutil.rmtree(folder_of_one, ignore_errors=True)
    return found


def speed(found: Found, pages: int) -> None:
    print("\n| | articles/s | of the bare spider | CPU an article, ms | memory, MB |")
    print("|---|---:|---:|---:|---:|")
    for name, runs in found.items():
        rate = statistics.median(pages / run.seconds for run, _ in runs)
        of_floor = statistics.median(floor / run.seconds for run, floor in runs)
        cpu = statistics.median(run.cpu / pages * 1000 for run, _ in runs)
        memory = statistics.median(run.memory / 1e6 for run, _ in runs)
        print(f"| {name} | {rate:.0f} | {of_floor:.2f} | {cpu:.1f} | {memory:.0f} |")
    both = zip(found[WARC], found[WARC_TWO])
    gain = statistics.median(one.wall / two.wall for (one, _), (two, _) in both)
    print(f"\nTwo workers are {gain:.2f} times one, starts included.")


def extraction(pages: int) -> None:
    """CPU of what a page costs by itself, and trafilatura's, where that is installed."""

    def ours(url: str, page: str) -> None:
        found = article.parse(page, url)
        reading.digest(found.title, body.clean(found.body, url).html)

    tasks: dict[str, Callable[[str, str], object]] = {"ours": ours}
    try:
        import trafilatura
    except ImportError:
        print("\nExtraction: trafilatura is not installed (`make .venv/.accuracy`)")
    else:
        tasks["trafilatura"] = lambda url, page: trafilatura.extract(page)
    took: dict[str, list[float]] = defaultdict(list)
    for path, page in origin.pages(pages).items():
        for name, task in tasks.items():  # page by page in turn: what disturbs disturbs all
            begun = time.process_time()
            task(f"https://{origin.HOST}{path}", page.decode())
            took[name].append((time.process_time() - begun) * 1000)
    told = ", ".join(f"{name} {statistics.median(each):.2f} ms" for name, each in took.items())
    print(f"\nExtraction, cleaning and digest of a page: {told}")
    ratios = [theirs / mine for mine, theirs in zip(took["ours"], took["trafilatura"])]
    print(f"Ours takes 1/{statistics.median(ratios):.1f} of trafilatura's." if ratios else "")


def size(archive: Path, pages: int) -> None:
    """Bytes of an article on disk, whole blocks counted, and of a year."""
    processes.scrapy("reindex", ARCHIVE_DIR=archive)
    parts = {"post": "posts", "WARC": "warc", "ledger": "ledger.db*", "index": "index.db*"}
    print("\n| | kB an article | GB a year |\n|---|---:|---:|")
    total = 0.0
    for name, pattern in parts.items():
        files = [place for found in archive.glob(pattern) for place in (found, *found.rglob("*"))]
        each = sum(place.stat().st_blocks * 512 for place in files if place.is_file()) / pages
        total += each
        print(f"| {name} | {each / 1000:.1f} | {each * YEAR / 1e9:.1f} |")
    print(f"| all | {total / 1000:.1f} | {total * YEAR / 1e9:.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--pages", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=5)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        found = rounds(folder, told.pages, told.rounds)
        speed(found, told.pages)
        size(folder / "kept", told.pages)
    extraction(min(told.pages, 200))


if __name__ == "__main__":
    main()
