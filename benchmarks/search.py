"""What `scrapy search` costs: building the index, keeping it, asking it, and its size.

    python benchmarks/search.py [FOLDER [POSTS]]

Makes an archive of POSTS (100,000) in FOLDER (a temporary one), if there is none: words drawn by
the frequencies of jieba's dictionary (`pip install jieba`), 24 channels, 4,000 symbols, 5,000 posts
a day. Then prints rates and times of one process; a core of its own does them good.
"""

from __future__ import annotations

import itertools
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from newsarchive.archive import indexing, naming, query, rows, schema, snippet
from newsarchive.archive.export import Reader
from newsarchive.archive.index import Index, Wanted
from newsarchive.archive.store import Store
from newsarchive.clock import UTC
from newsarchive.items import Article
from newsarchive.post import document
from newsarchive.sina import reading

BEGIN = datetime(2021, 8, 1, tzinfo=UTC)
PER_DAY = 5000
CHANNELS = [f"c{number}" for number in range(24)]
SYMBOLS = [f"sh{number}" for number in range(600000, 604000)]
READER = Reader(reading.text, reading.exchange_form)
SILENT = indexing.Watcher(print, print, print, lambda _: None, lambda _: None)
QUERIES = 200
#: Kinds of queries that people seldom type, in the order in which they are asked.
HARD = ("ten AND", "ten OR", "a clause")


class Words:
    """A dictionary that is drawn from by how often its words are used."""

    def __init__(self, seed: int) -> None:
        import jieba

        text = Path(jieba.__file__).with_name("dict.txt").read_text("utf-8")
        told = [line.rsplit(" ", 2) for line in text.splitlines()]
        self.all = [parts[0] for parts in told]
        self._weights = list(itertools.accumulate(int(parts[1]) for parts in told))
        self.dice = random.Random(seed)

    def draw(self, count: int) -> list[str]:
        return self.dice.choices(self.all, cum_weights=self._weights, k=count)

    def of(self, length: int) -> str:
        """A Chinese word of that length, the frequent ones more often."""
        return next(
            word
            for word in iter(lambda: self.draw(1)[0], "")
            if len(word) == length and word[0] >= "一"
        )


def articles(words: Words, count: int) -> Iterator[Article]:
    dice, date = words.dice, BEGIN
    for number in range(count):
        date += timedelta(seconds=dice.expovariate(PER_DAY / 86400))
        text = []
        for word in words.draw(max(60, int(dice.lognormvariate(6.3, 0.6)))):
            sign = dice.choices(("", "，", "。", "。\n", f"{dice.random() * 100:.2f}%"), _SIGNS)
            text += [word, *sign]
        paragraphs = "".join(text).split("\n")
        yield Article(
            title="".join(words.draw(11)),
            body="".join(f"<p>　　{each}</p>\n" for each in paragraphs),
            doc_id=f"kqtestx{number:07d}",
            author="新浪财经",
            categories=["金融", "新浪财经"],
            date=f"{date:%a, %d %b %Y %H:%M:%S} GMT",
            channel=dice.choice(CHANNELS),
            symbols=dice.sample(SYMBOLS, dice.randrange(4)),
            layout="T4",
            digest="0" * 64,
        )


_SIGNS = (0.83, 0.1, 0.04, 0.02, 0.01)


def fill(store: Store, posts: Iterator[Article]) -> None:
    """As Store.put leaves them, but many in a transaction, and nothing synced."""
    while batch := list(itertools.islice(posts, 500)):
        known, listed = [], []
        for post in batch:
            data = document.write(post)
            date = datetime.strptime(post.date, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
            post.path = naming.post_path(post.title, post.doc_id, date)
            (store.root / post.path).parent.mkdir(parents=True, exist_ok=True)
            (store.root / post.path).write_bytes(data)
            known.append(rows.first(post, date, date, sha256(data).hexdigest()))
            for channel in {post.channel, f"c{len(post.title) % 24}"}:
                row = {"doc_id": post.doc_id, "channel": channel, "url": "", "seen_at": date}
                listed.append(row)
        with store.ledger._transaction() as connection:
            store.ledger._add(connection, schema.article, known)
            store.ledger._add(connection, schema.listing, listed)


def build(store: Store) -> None:
    begun, wall = time.process_time(), time.perf_counter()
    with closing(indexing.refresh(store, READER, SILENT, anew=True)) as index:
        spent, wall = time.process_time() - begun, time.perf_counter() - wall
        count, _ = index.counts()
    sample = list(itertools.islice(store.ledger.articles(), 2000))
    begun, text = time.process_time(), 0
    for row in sample:
        text += len(row["title"].encode()) + len(READER.text(store.read(row).body).encode())
    read = (time.process_time() - begun) / len(sample)
    size = (store.root / indexing.NAME).stat().st_size / count
    text_size = text / len(sample)
    print(f"{count} posts of {text_size:.0f} bytes of text")
    print(f"built: {count / spent:.0f} posts a second of CPU, {wall:.0f} s in all")
    print(f"  of that, reading the posts {read * 1e6:.0f} µs each, indexing them", end=" ")
    print(f"{(spent / count - read) * 1e6:.0f} µs ({1 / (spent / count - read):.0f} a second)")
    print(f"size:  {size:.0f} bytes a post, {size / text_size:.2f} x the text")


def keep(store: Store, words: Words) -> None:
    """What a search spends before it asks: where nothing changed, and after a run."""

    def kept(what: str) -> int:
        begun = time.perf_counter()
        with closing(indexing.refresh(store, READER, SILENT)) as index:
            print(f"up to date, {what}: {time.perf_counter() - begun:.3f} s")
            return index.counts()[0]

    count = kept("nothing changed")
    new = list(articles(words, 500))
    for number, post in enumerate(new):
        post.doc_id = f"kqtestx{count + number:07d}"
    fill(store, iter(new))
    kept("500 new posts")
    kept("something else changed in the ledger")


def ask(store: Store, words: Words) -> None:
    kinds: dict[str, Callable[[], str]] = {
        "one character": lambda: words.of(1),
        "two": lambda: words.of(2),
        "three": lambda: words.of(3),
        "four": lambda: words.of(4),
        "two, any word": lambda: next(
            word for word in iter(lambda: words.dice.choice(words.all), "") if len(word) == 2
        ),
        "two AND two": lambda: f"{words.of(2)} {words.of(2)}",
        "two OR three": lambda: f"{words.of(2)} OR {words.of(3)}",
        "two NOT one": lambda: f"{words.of(2)} -{words.of(1)}",
        "ten AND": lambda: " ".join(words.of(2) for _ in range(10)),
        "ten OR": lambda: " OR ".join(words.of(2) for _ in range(10)),
        "a clause": lambda: f'"{words.of(2)}{words.of(4)}{words.of(2)}{words.of(1)}"',
        "number": lambda: str(words.dice.randrange(100)),
    }
    filters = {
        "": lambda: Wanted(),
        "one, --symbol": lambda: Wanted(
            facets=frozenset({indexing.symbol_facet(words.dice.choice(SYMBOLS))})
        ),
        "one, --channel": lambda: Wanted(
            facets=frozenset({indexing.channel_facet(words.dice.choice(CHANNELS))})
        ),
        "one, one day": lambda: (lambda day: Wanted(day, day + timedelta(days=1)))(
            BEGIN + timedelta(days=words.dice.randrange(20))
        ),
    }
    asked = [(kind, typed, filters[""]) for kind, typed in kinds.items()]
    asked += [(name, kinds["one character"], make) for name, make in filters.items() if name]
    asked.sort(key=lambda each: each[0] in HARD)
    print(f"{'ms: p50, p95, most':22}{'newest':>21}{'rank':>21}{'newest, 10 shown':>21}")
    pooled: list[list[float]] = [[], [], []]
    with closing(Index(store.root / indexing.NAME)) as index:
        for name, typed, make in asked:
            times: list[list[float]] = [[], [], []]
            for _ in range(QUERIES):
                question, wanted = query.parse(typed()), make()
                for number, ranked in enumerate((False, True)):
                    begun = time.perf_counter()
                    found = index.find(question, wanted, 11, ranked=ranked)
                    times[number].append((time.perf_counter() - begun) * 1000)
                    if not ranked:
                        show(store, question, found[:10])
                        times[2].append((time.perf_counter() - begun) * 1000)
            if name == HARD[0]:
                print(f"{'all of these':22}" + "".join(map(told, pooled)))
            print(f"{name:22}" + "".join(map(told, times)))
            for all_times, some in zip(pooled, times):
                all_times += some


def show(store: Store, question: query.Query, doc_ids: list[str]) -> None:
    phrases = query.phrases(question)
    for row in store.ledger.some(doc_ids):
        post = store.read(row)
        snippet.whole(post.title, phrases)
        snippet.piece(reading.text(post.body), phrases)


def told(times: list[float]) -> str:
    times = sorted(times)
    p50, p95 = (times[int(len(times) * share)] for share in (0.5, 0.95))
    return f"{p50:7.1f}{p95:7.1f}{times[-1]:7.1f}"


@contextmanager
def archive() -> Iterator[tuple[Store, Words]]:
    """The archive that the command line asks for, and the words that more can be made of."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else scratch)
        count = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
        words = Words(1)
        folder.mkdir(parents=True, exist_ok=True)
        there = (folder / "ledger.db").exists()
        with closing(Store.open(folder, create=True)) as store:
            if not there:
                fill(store, articles(words, count))
            yield store, words


def main() -> None:
    with archive() as (store, words):
        build(store)
        keep(store, words)
        ask(store, Words(2))


if __name__ == "__main__":
    main()
