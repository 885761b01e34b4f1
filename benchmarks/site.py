"""What the pages of `scrapy serve` cost, one after another, without a network between.

    python benchmarks/site.py [FOLDER [POSTS]]

Makes the archive of `benchmarks/search.py` in FOLDER (a temporary one), if there is none. Prints
milliseconds a page at p50, p95 and most, by the clock and of the CPU alone (which is what a machine
that nobody else uses takes), and what is counted behind the pages.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from urllib.parse import quote

from search import CHANNELS, READER, SYMBOLS, Words, archive, build, told

from newsarchive.archive import health, indexing
from newsarchive.archive.store import Store
from newsarchive.site import counts
from newsarchive.site.app import create_app
from newsarchive.site.background import Background
from newsarchive.site.here import Site

PAGES = 100


def addresses(words: Words, total: int) -> dict[str, Callable[[], str]]:
    """Addresses by kind of page."""
    dice = words.dice

    def article() -> str:
        return f"/articles/kqtestx{dice.randrange(total):07d}"

    def page(most: int) -> int:
        return dice.randrange(1, most + 1)

    return {
        "latest": lambda: "/",
        "latest, any page": lambda: f"/search?page={page(250)}",
        "a day": lambda: f"/calendar/2021/08/{dice.randrange(2, 20):02d}/?page={page(50)}",
        "calendar, month": lambda: "/calendar/2021/08/",
        "channels": lambda: "/channels/",
        "a channel": lambda: f"/channels/{dice.choice(CHANNELS)}",
        "a channel, any page": lambda: f"/channels/{dice.choice(CHANNELS)}?page={page(250)}",
        "symbols": lambda: "/symbols/",
        "a symbol": lambda: f"/symbols/{dice.choice(SYMBOLS)}",
        "search, one character": lambda: f"/search?q={quote(words.of(1))}",
        "search, two": lambda: f"/search?q={quote(words.of(2))}",
        "search, two, by rank": lambda: f"/search?sort=rank&q={quote(words.of(2))}",
        "search, two AND two": lambda: f"/search?q={quote(words.of(2) + ' ' + words.of(2))}",
        "search, page 50": lambda: f"/search?page=50&q={quote(words.of(1))}",
        "an article": article,
        "its body": lambda: f"{article()}/1/body",
        "health": lambda: "/health",
    }


def behind(store: Store) -> Iterator[tuple[str, float]]:
    """What is done behind the pages, and the seconds it takes."""
    for name, work in (
        ("counts", lambda: counts.count(store)),
        ("runs and reports", lambda: health.look(store)),
        ("files", lambda: counts.weigh(store.root)),
    ):
        begun = time.perf_counter()
        work()
        yield name, time.perf_counter() - begun


def main() -> None:
    with archive() as (store, _):
        if not (store.root / indexing.NAME).exists():
            build(store)
        for name, seconds in behind(store):
            print(f"{name}: {seconds:.2f} s")
        background = Background(store, READER, print)
        background.storage = counts.weigh(store.root)
        client = create_app(Site(store, background)).test_client()
        print(f"{'ms: p50, p95, most':24}{'kB':>6}{'in all':>21}{'of the CPU':>21}")
        for name, address in addresses(Words(2), background.counts.total).items():
            times: list[float] = []
            spent: list[float] = []
            size = 0
            for number in range(PAGES + 3):
                begun, busy = time.perf_counter(), time.process_time()
                answer = client.get(address())
                size = len(answer.data)
                assert answer.status_code == 200, answer.data
                if number >= 3:  # the first ones compile templates
                    times.append((time.perf_counter() - begun) * 1000)
                    spent.append((time.process_time() - busy) * 1000)
            print(f"{name:24}{size / 1000:6.0f}{told(times)}{told(spent)}")


if __name__ == "__main__":
    main()
