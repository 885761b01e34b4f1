"""How well reprints are found, and what that costs.

    python benchmarks/reprints.py [FOLDER [POSTS]]

Prints precision and recall over the labelled pairs of tests/reprints, by threshold and by kind.
With a FOLDER it makes an archive of POSTS (100,000) there, if there is none, of the words of
benchmarks/search.py (`pip install jieba`), every tenth of them a reprint, and prints rates and
memory of one process.
"""

from __future__ import annotations

import itertools
import random
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import search
from newsarchive.archive import clustering, sketch
from newsarchive.archive.store import Store
from newsarchive.items import Article
from newsarchive.sina import reading
from tests.reprints import pairs, scoring

SHINGLES = (0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 0.9)
NUMBERS = (0.0, 0.4, 0.5, 0.6, 0.7, 0.8)
READER = clustering.Reader(reading.text, reading.symbols)
SILENT = clustering.Watcher(print, lambda _: None, lambda _: None)


def sweep() -> None:
    """Precision and recall at each pair of thresholds."""
    all_pairs = scoring.compared()
    print("precision / recall by the share of shingles (down) and of numbers (across)\n")
    print("|  |" + "".join(f" {share} |" for share in NUMBERS))
    print("|---|" + "---|" * len(NUMBERS))
    for shingles in SHINGLES:
        told = [scoring.score(all_pairs, shingles, numbers) for numbers in NUMBERS]
        cells = "".join(f" {one.precision:.3f} / {one.recall:.3f} |" for one in told)
        print(f"| {shingles} |{cells}")


def kinds() -> None:
    """How many of each kind of pair are found at the thresholds that are used."""
    all_pairs = scoring.compared()
    print("\n| pairs | reprints | found | share of shingles: p5, p50, p95 |\n|---|---|---|---|")
    for kind in dict.fromkeys(each.pair.kind for each in all_pairs):
        some = [each for each in all_pairs if each.pair.kind == kind]
        shares = sorted(each.shingles for each in some)
        told = ", ".join(f"{shares[int((len(shares) - 1) * at)]:.2f}" for at in (0.05, 0.5, 0.95))
        found, there = sum(map(scoring.is_found, some)), sum(each.pair.reprint for each in some)
        print(f"| {kind}: {len(some)} | {there} | {found} | {told} |")


def crowds() -> None:
    """What becomes of many notices on the same templates, and what the comparisons cost."""
    texts = pairs.crowd(300)
    begun = time.process_time()
    found = scoring.joined(texts)
    spent = (time.process_time() - begun) / len(texts)
    print(f"\n{len(texts)} daily notices, 300 of a template: {found} joined")
    print(f"  {spent * 1e3:.1f} ms each, sketched and compared")


def reprinted(articles: Iterator[Article], dice: random.Random) -> Iterator[Article]:
    """Every tenth of *articles* has the text of one before it, with a line more and one less."""
    bodies: list[str] = []
    for number, article in enumerate(articles):
        if number % 10 == 9:
            lines = dice.choice(bodies).splitlines(keepends=True)
            article.body = "".join(["<p>来源：经济参考</p>\n", *(lines[:-1] or lines)])
        else:
            bodies.append(article.body)
        yield article


def cost(store: Store) -> None:
    sample = list(itertools.islice(store.ledger.articles(), 2000))
    texts = [reading.text(store.read(row).body) for row in sample]
    begun = time.process_time()
    for text in texts:
        sketch.sketch(text)
    spent = (time.process_time() - begun) / len(texts)
    size = sum(len(text.encode()) for text in texts) / len(texts)
    print(
        f"\na sketch: {spent * 1e6:.0f} µs for {size:.0f} bytes, {spent / size * 1e9:.0f} µs a kB"
    )
    for what, anew in (("anew", True), ("nothing new", False)):
        begun, wall = time.process_time(), time.perf_counter()
        found = clustering.duplicates(store, READER, SILENT, anew=anew)
        spent, wall = time.process_time() - begun, time.perf_counter() - wall
        count = sum(1 for _ in store.ledger.marks())
        print(
            f"{what}: {count} articles, {len(found)} reprints, {wall:.1f} s, of CPU {spent:.1f} s"
        )
        if anew:
            print(f"  {count / spent:.0f} articles a second of CPU")
    print(f"size: {(store.root / clustering.NAME).stat().st_size / count:.0f} bytes an article")
    print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at the most")


def main() -> None:
    sweep()
    kinds()
    crowds()
    if len(sys.argv) > 1:
        folder = Path(sys.argv[1])
        folder.mkdir(parents=True, exist_ok=True)
        there = (folder / "ledger.db").exists()
        with closing(Store.open(folder, create=True)) as store:
            if not there:
                count = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
                dice = random.Random(2)
                search.fill(store, reprinted(search.articles(search.Words(1), count), dice))
            cost(store)


if __name__ == "__main__":
    main()
