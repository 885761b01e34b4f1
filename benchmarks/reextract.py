"""Re-extraction by several workers, beside one process, and beside Dask where that is installed.

    python benchmarks/reextract.py LEDGER_URL [CAPTURES]

Crawls CAPTURES (2,000) pages of some 83 kB into a dozen WARC files, moves the ledger to an empty
schema of the PostgreSQL that LEDGER_URL names, and reads all of them again, in turn: by one process
with SQLite, by one worker and by two, and by Dask with two processes, a WARC file a task, which
calls the same functions without leases, reports or a run. Once nothing differs, once every article
does. Prints seconds, without starts and imports, the median of three rounds, and how they compare.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import crawls
import origin
import processes
import sqlalchemy as sa

from newsarchive import clock
from newsarchive.archive.entry import Entry
from newsarchive.archive.selection import ALL
from newsarchive.archive.store import Store
from newsarchive.pipelines.body import BodyPipeline
from newsarchive.pipelines.compare import changes
from newsarchive.pipelines.describe import DescribePipeline
from newsarchive.pipelines.validate import ValidatePipeline
from newsarchive.spiders.reextract import captured

ROUNDS = 3
SCHEMA = "newsarchive_benchmark"
CLOCKS = ("started_at", "ended_at")
FILES = "SELECT DISTINCT warc_file FROM article"


def read_again(archive: str, ledger: str, file: str) -> int:
    """What a task does of one WARC file; how many articles differ."""
    stages = (ValidatePipeline(), BodyPipeline(), DescribePipeline())
    differing = []
    with closing(Store.open(Path(archive), ledger)) as store:
        for row in store.ledger.of_file(file, ALL):
            found = captured(store, row)
            for stage in stages:
                stage.process(found)
            if changes(row, store.read(row), found):
                found.cause = "extraction"
                differing.append(Entry(found))
        for start in range(0, len(differing), 32):
            store.put_all(differing[start : start + 32])
    return len(differing)


def by_dask(archive: Path, ledger: str, files: list[str]) -> float:
    from dask.distributed import Client, LocalCluster  # type: ignore[import-not-found]

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        client.run(read_again, str(archive), ledger, "")  # nothing; it imports
        begun = time.perf_counter()
        told = [client.submit(read_again, str(archive), ledger, file) for file in files]
        client.gather(told)
        return time.perf_counter() - begun


def by_workers(count: int, archive: Path, ledger: str = "") -> float:
    def work(_: int) -> None:
        processes.scrapy("reextract", ARCHIVE_DIR=archive, LEDGER_URL=ledger)

    before = set(archive.glob("reports/*.json"))
    with ThreadPoolExecutor(count) as threads:
        list(threads.map(work, range(count)))
    made = set(archive.glob("reports/*.json")) - before
    told = [json.loads(path.read_bytes()) for path in made]
    begun, ended = ([clock.from_iso(each[name]) for each in told] for name in CLOCKS)
    return (max(ended) - min(begun)).total_seconds()


def main(url: str, captures: int = 2_000) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
        connection.execute(sa.text(f"CREATE SCHEMA {SCHEMA}"))
    told = engine.url.update_query_dict({"options": f"-csearch_path={SCHEMA}"})
    ledger = told.render_as_string(hide_password=False)
    engine = sa.create_engine(told)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        alone, shared = folder / "alone", folder / "shared"
        with origin.served(folder / "origin", captures) as port:
            crawls.whole(alone, port, captures, WARC_SIZE_MAX=max(1, captures // 400))
        shutil.copytree(alone, shared)
        processes.scrapy("ledger", "move", ledger, ARCHIVE_DIR=shared)
        with engine.begin() as connection:
            files = list(connection.execute(sa.text(FILES)).scalars())
        ways: dict[str, Callable[[], float]] = {
            "one process, SQLite": lambda: by_workers(1, alone),
            "1 worker": lambda: by_workers(1, shared, ledger),
            "2 workers": lambda: by_workers(2, shared, ledger),
        }
        if importlib.util.find_spec("distributed"):
            ways["Dask, 2 processes"] = lambda: by_dask(shared, ledger, files)
        print(f"{captures} captures in {len(files)} WARC files, load {os.getloadavg()[0]:.1f}")
        for what in ("nothing differs", "everything differs"):
            took: dict[str, list[float]] = {}
            for way in list(ways) * ROUNDS:
                if what == "everything differs":
                    if "SQLite" in way:
                        continue
                    with engine.begin() as connection:
                        connection.execute(sa.text("UPDATE article SET source = 'x'"))
                took.setdefault(way, []).append(ways[way]())
            base = took["1 worker"]
            for way, seconds in took.items():
                ratio = statistics.median(one / other for one, other in zip(base, seconds))
                middle = statistics.median(seconds)
                print(
                    f"  {what}, {way}: {middle:.1f} s, {ratio:.2f} of 1 worker's rate", flush=True
                )
    with engine.begin() as connection:
        connection.execute(sa.text(f"DROP SCHEMA {SCHEMA} CASCADE"))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
