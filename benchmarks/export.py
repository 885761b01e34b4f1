"""What an export costs: an archive of made-up posts as Parquet, once more, and as JSON lines.

    python benchmarks/export.py [--articles 20000] [--rounds 5] [--folder FOLDER] [--profile]

The posts are as long as real ones, 4 kB on average, from a dictionary of the small Sina's words.
Each is made as the command makes it, by several processes, and *by one*. Prints the medians of all
rounds: articles a second, of the clock and of CPU; how much the resident memory grew while half of
the rows and while all of them were written (flat: as much), what a process beside it had; bytes.
`--folder` keeps the archive for the next call; `--profile` tells instead where the time of one
export goes, by one.
"""

from __future__ import annotations

import argparse
import cProfile
import hashlib
import multiprocessing
import pstats
import random
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from newsarchive import clock
from newsarchive.archive import (
    dataset,
    export,
    exporting,
    formats,
    naming,
    output,
    parquet,
    rows,
    schema,
)
from newsarchive.archive.card import Tally
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.selection import ALL, Choice
from newsarchive.archive.store import Store
from newsarchive.clock import UTC
from newsarchive.demo.site import load_articles
from newsarchive.items import Article
from newsarchive.post import document
from newsarchive.sina import reading

FIRST = datetime(2012, 1, 1, tzinfo=UTC)
#: This process, and those that it began and that have ended.
_WHOSE = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
CHANNELS = "china macro stock us hk banking forex roll".split()
PICTURE = "https://n.sinaimg.cn/finance/transform/261/w550h511/20210806/{}.png"


class Result(NamedTuple):
    """One export."""

    seconds: float
    cpu: float  #: seconds of CPU, of all processes
    growth: int  #: bytes that the process's greatest resident size grew by
    other: int  #: bytes: the greatest resident size of a process beside it; 0: there was none
    size: int  #: bytes written


def sentences() -> list[str]:
    """What the small Sina's articles are made of."""
    return [text for article in load_articles() for text in article.paragraphs if len(text) > 30]


def an_article(number: int, count: int, words: list[str]) -> Article:
    """The *number*-th of *count* over fourteen years; the same in each run."""
    dice = random.Random(number)
    date = FIRST + number * (timedelta(days=14 * 365) / count)
    code = f"sz{dice.randrange(300_001, 301_000)}"
    paragraphs = [f"<p>　　{dice.choice(words)}{dice.choice(words)}</p>" for _ in range(10)]
    picture = PICTURE.format(hashlib.sha256(code.encode()).hexdigest()[:32])
    figure = f'<div class="img_wrapper"><img src="{picture}" alt="" referrerpolicy="no-referrer">'
    quote = f'<a href="https://finance.sina.com.cn/stock/{code}">{code}</a>'
    span = f'<span id="stock_{code}">{quote}</span><span id="quote_{code}"></span>'
    body = "\n".join((f"{figure}</div>", *paragraphs, f"<p>　　{span}{dice.choice(words)}</p>"))
    body += "\n<p class='article-editor'>责任编辑：某某 SF099</p>"
    doc_id = "k" + "".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=6)) + f"{number:07}"
    return Article(
        title=f"{dice.choice(words)[:24]}{number}",
        body=body,
        doc_id=doc_id,
        url=f"https://finance.sina.com.cn/china/{date:%Y-%m-%d}/doc-i{doc_id}.shtml",
        author="新浪财经",
        categories=["金融", "新浪财经", "新浪财经－国內"],
        headimg=picture,
        thumbnail=picture,
        date=clock.http_date(date),
        published_at=date,
        listed_at=date,
        first_seen_at=date,
        fetched_at=date,
        source="新华社",
        keywords=["冷链", "港口"],
        symbols=[code],
        layout="T4",
        channel=dice.choice(CHANNELS),
        raw_clocks={"published_at": f"{date:%Y年%m月%d日 %H:%M}"},
        digest=f"{number:064}",
    )


def build(folder: Path, count: int) -> None:
    """An archive of *count* articles, without the promises of durability that a crawl keeps."""
    words = sentences()
    with closing(Ledger(f"sqlite:///{folder / 'ledger.db'}")) as ledger:
        batch: list[dict[str, Any]] = []
        for number in range(count):
            article = an_article(number, count, words)
            date = clock.parse_http_date(article.date)
            assert date is not None
            article.path = naming.post_path(article.title, article.doc_id, date)
            data = document.write(article)
            target = folder / article.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            batch.append(rows.first(article, date, date, hashlib.sha256(data).hexdigest()))
            if len(batch) == 200 or number == count - 1:
                with ledger._transaction() as connection:
                    ledger._add(connection, schema.article, batch)
                batch = []


def written(folder: Path, target: Path, choice: Choice, count: int | None = None) -> None:
    """One export, as the command does it, by *count* processes beside this one, 0: by this one;
    None: as the command has it."""
    reader = export.Reader(reading.text, reading.exchange_form)
    with closing(Store.open(folder)) as store:
        asked = export.Asked(store.root, export.FIELDS, reader)
        known = partial(exporting.versions, store)
        tally = Tally()
        told = {"tally": tally, "broken": complain, "count": count}
        if target.suffix == ".jsonl":
            made = partial(exporting.made, asked, formats.jsonl, **told)
            with output.text(str(target)) as file:
                found = made(exporting.in_batches(known(choice)))
                file.writelines(packed.content for _, packed in found)
        else:
            made = partial(exporting.made, asked, parquet.pack, **told)
            with output.replacing(str(target)) as part, store.ledger.at_one_moment():
                months = exporting.months(store, store.ledger.as_kept(choice), known, choice)
                dataset.write(months, made, export.FIELDS, part, tally, "scrapy export", target)


def complain(path: str, error: Exception) -> None:
    raise SystemExit(f"{path}: {error}")


def measured(folder: Path, target: Path, count: int | None, choice: Choice = ALL) -> Result:
    """One export in a process of its own, so that its greatest resident size is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (folder, target, count, choice))


def _measured(folder: Path, target: Path, count: int | None, choice: Choice) -> Result:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun, cpu = time.perf_counter(), _cpu()
    written(folder, target, choice, count)
    seconds, cpu = time.perf_counter() - begun, _cpu() - cpu
    files = [target] if target.is_file() else [p for p in target.rglob("*") if p.is_file()]
    size = sum(path.stat().st_size for path in files)
    growth, other = (resource.getrusage(who).ru_maxrss for who in _WHOSE)
    return Result(seconds, cpu, (growth - before) * 1024, other * 1024, size)


def _cpu() -> float:
    return sum(
        resource.getrusage(who).ru_utime + resource.getrusage(who).ru_stime for who in _WHOSE
    )


def compare(folder: Path, count: int, rounds: int) -> None:
    """Prints what each export cost, Parquet where nothing has changed among them, in turn."""
    middle = FIRST + timedelta(days=7 * 365)
    parquets, lines = folder / "export", folder / "export.jsonl"
    runs: dict[str, tuple[Path, int | None]] = {
        "Parquet": (parquets, None),
        "again": (parquets, None),
        "Parquet by one": (parquets, 0),
        "JSON lines": (lines, None),
        "JSON lines by one": (lines, 0),
    }
    whole: dict[str, list[Result]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, (target, processes) in runs.items():
            if name != "again":
                shutil.rmtree(parquets, ignore_errors=True)  # nothing of it can be kept
            whole[name].append(measured(folder, target, processes))
    for name, (target, processes) in runs.items():
        if name != "again":
            shutil.rmtree(parquets, ignore_errors=True)
        half = measured(folder, target, processes, Choice(until=middle))
        seconds, cpu, growth, other, size = map(statistics.median, zip(*whole[name]))
        print(
            f"{name + ':':19}{count / seconds:>7,.0f} articles/s ({count / cpu:,.0f} of CPU)   "
            f"+{half.growth / 1e6:.0f} MB for half, +{growth / 1e6:.0f} MB for all, "
            f"{other / 1e6:.0f} MB each beside   {size / 1e6:,.1f} MB"
        )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--profile", action="store_true")
    return parser.parse_args()


def archive(folder: Path | None) -> Iterator[Path]:
    """*folder*, or one that is removed at the end."""
    if folder is not None:
        folder.mkdir(exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def main() -> None:
    told = arguments()
    for folder in archive(told.folder):
        if not (folder / "ledger.db").exists():
            build(folder, told.articles)
        posts = sum(path.stat().st_size for path in folder.glob("posts/*/*/*/*.html"))
        print(f"{told.articles:,} articles, {posts / told.articles:,.0f} bytes a post")
        if told.profile:
            with cProfile.Profile() as profile:
                written(folder, folder / "export", ALL, 0)
            pstats.Stats(profile).sort_stats("tottime").print_stats(30)
        else:
            compare(folder, told.articles, told.rounds)


if __name__ == "__main__":
    main()
