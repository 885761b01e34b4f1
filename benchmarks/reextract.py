"""Re-extraction by one worker and by two, and by Dask where that is installed.

    python benchmarks/reextract.py LEDGER_URL [CAPTURES]

Crawls CAPTURES (2,000) pages of some 83 kB into several WARC files, moves the ledger to an empty
schema of the PostgreSQL that LEDGER_URL names, and reads all of them again, in turn: by one worker,
by two, and by Dask with two processes, a WARC file a task, which calls the same functions without
leases, run or report. First nothing differs, then every article. Prints medians of three rounds:
seconds without starts, the rate beside one worker's, seconds of CPU with starts.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import crawls
import origin
import processes
import sqlalchemy as sa

from newsarchive import clock
from newsarchive.archive.entry import Entry
from newsarchive.archive.selection import ALL
from newsarchive.archive.store import Store
from newsarchive.pipelines.cleaning import clean
from newsarchive.pipelines.compare import changes
from newsarchive.pipelines.describe import DescribePipeline
from newsarchive.pipelines.validate import ValidatePipeline
from newsarchive.spiders.reextract import captured

SCHEMA = "newsarchive_benchmark"


def read_again(archive: str, ledger: str, file: str) -> None:
    """What a task of Dask does of one WARC file."""
    differing: list[Entry] = []
    with closing(Store.open(Path(archive), ledger)) as store:
        for row in store.ledger.of_file(file, ALL):
            found = captured(store, row)
            ValidatePipeline().process(found)
            clean(found, "full")
            DescribePipeline().process(found)
            if changes(row, store.read(row), found):
                found.cause = "extraction"
                differing.append(Entry(found))
        for start in range(0, len(differing), 32):
            store.put_all(differing[start : start + 32])


def by_dask(archive: Path, ledger: str, files: list[str]) -> float:
    from dask.distributed import Client, LocalCluster  # type: ignore[import-not-found]

    two = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with two as cluster, Client(cluster) as client:
        client.run(read_again, str(archive), ledger, "")  # of no file: it imports
        begun = time.perf_counter()
        client.gather([client.submit(read_again, str(archive), ledger, file) for file in files])
        return time.perf_counter() - begun


def by_workers(count: int, archive: Path, ledger: str) -> float:
    before = {*archive.glob("reports/*.json")}
    with ThreadPoolExecutor(count) as threads:
        settings = {"ARCHIVE_DIR": archive, "LEDGER_URL": ledger}
        runs = [threads.submit(processes.scrapy, "reextract", **settings) for _ in range(count)]
        [run.result() for run in runs]
    told = [json.loads(path.read_bytes()) for path in {*archive.glob("reports/*.json")} - before]
    begun = min(clock.from_iso(run["started_at"]) for run in told)
    ended = max(clock.from_iso(run["ended_at"]) for run in told)
    return (ended - begun).total_seconds()


def main(url: str, captures: int = 2_000) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
        connection.execute(sa.text(f"CREATE SCHEMA {SCHEMA}"))
    there = engine.url.update_query_dict({"options": f"-csearch_path={SCHEMA}"})
    ledger, engine = there.render_as_string(hide_password=False), sa.create_engine(there)
    with tempfile.TemporaryDirectory() as name:
        folder, archive = Path(name), Path(name) / "archive"
        folder.chmod(0o755)
        with origin.served(folder / "origin", captures) as port:
            crawls.whole(archive, port, captures, WARC_SIZE_MAX=max(1, captures // 400))
        files = [path.name for path in (archive / "warc").iterdir()]
        processes.scrapy("ledger", "move", ledger, ARCHIVE_DIR=archive)
        print(f"{captures} captures in {len(files)} WARC files, load {os.getloadavg()[0]:.1f}")
        ways = {
            "1 worker": lambda: by_workers(1, archive, ledger),
            "2 workers": lambda: by_workers(2, archive, ledger),
            "2 processes, Dask": lambda: by_dask(archive, ledger, files),
        }
        if not find_spec("distributed"):
            del ways["2 processes, Dask"]
        for what in ("nothing", "everything"):
            took: dict[str, list[float]] = {way: [] for way in ways}
            used: dict[str, list[float]] = {way: [] for way in ways}
            for way in list(ways) * 3:
                if what == "everything":
                    with engine.begin() as connection:
                        connection.execute(sa.text("UPDATE article SET source = 'x'"))
                before = sum(os.times()[:4])
                took[way].append(ways[way]())
                used[way].append(sum(os.times()[:4]) - before)
            for way, seconds in took.items():
                rate = median(one / it for one, it in zip(took["1 worker"], seconds))
                told = f"{median(seconds):.1f} s, {rate:.2f}; CPU {median(used[way]):.1f} s"
                print(f"{what} differs, {way}: {told}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
