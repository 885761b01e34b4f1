"""A small archive that holds one of everything: made once, copied for each test."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import sqlalchemy as sa

from newsarchive import clock
from newsarchive.archive import schema
from newsarchive.archive.finding import Finding
from newsarchive.archive.images import Images
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.recorder import Recorder
from newsarchive.archive.report import Report
from newsarchive.archive.store import Store
from newsarchive.archive.verify import findings
from newsarchive.archive.warc import Position
from newsarchive.clock import UTC
from newsarchive.demo.pictures import png
from newsarchive.exceptions import Reason
from newsarchive.items import Article, Link
from newsarchive.post.body import with_images
from newsarchive.sina import reading
from newsarchive.spiders.context import of_link
from tests.archive.recordings import PAGE

T0 = datetime(2021, 8, 5, 7, 54, 29, 123000, tzinfo=UTC)
HOUR = timedelta(hours=1)
#: Three versions; archived under another id than the list's, with two; gone and back; gone, with
#: a picture.
EDITED, OTHER, BACK, GONE = (f"kqtesta000050{number}" for number in range(1, 5))
LISTED = "kqtestb0000502"  # what the list called OTHER
PICTURE = "https://n.sinaimg.cn/finance/demo/one.png"
TODO, SKIPPED, FAILED = (f"kqtestc000050{number}" for number in range(1, 4))
KILLED = "20210805T105429.123000Z-sina_finance"  # a run without an end


def an_article(doc_id: str, version: int, at: datetime | None, **more: Any) -> Article:
    """A version of an article, fetched *at*; None: replayed."""
    title, body = f"题目{doc_id[-1:]}", f"<p>　　第{version}版，{doc_id}。</p>{more.pop('end', '')}"
    told: dict[str, Any] = {
        "url": f"https://finance.sina.com.cn/{doc_id}.shtml",
        "author": "新浪财经",
        "categories": ["金融", "新浪财经", "新浪财经－国內"],
        "date": "Thu, 05 Aug 2021 07:54:29 GMT",
        "published_at": T0.replace(microsecond=0),
        "keywords": ["冷链", "港口"],
        "symbols": ["sz300059"],
        "layout": "T4",
        "channel": "china",
        "raw_clocks": {"published_at": "2021年08月05日 15:54"},
        "fetched_at": at,
        "served_at": at and at.replace(microsecond=0),
        "digest": reading.digest(title, body),
    }
    if at is None:
        told |= {"url": "", "layout": "", "channel": "", "raw_clocks": {}, "origin": "replay"}
        told |= {"keywords": [], "published_at": None}
    return Article(title=title, body=body, doc_id=doc_id, **(told | more))


def a_link(doc_id: str, channel: str = "china") -> Link:
    return Link(doc_id, f"https://finance.sina.com.cn/{doc_id}.shtml", "题目", channel)


@contextmanager
def at(moment: datetime) -> Iterator[datetime]:
    """A time at which things happen."""
    with patch.object(clock, "now", lambda: moment):
        yield moment


def fill(store: Store) -> None:
    """Several runs, with all that can happen to an article and a link."""
    ledger = store.ledger
    with at(T0):
        _run(store, "sina_finance", T0)
        captured = {doc_id: _record(store, doc_id, T0) for doc_id in (EDITED, BACK)}
        ids = (EDITED, LISTED, BACK, GONE, TODO, SKIPPED, FAILED)
        ledger.add_links([a_link(doc_id) for doc_id in ids], T0)
        ledger.add_links([a_link(EDITED, "macro")], T0)
        ledger.finish_walk("china", T0, T0)
        ledger.finish_walk("macro", T0, None)
        ledger.missed(SKIPPED, Reason.NOT_ARTICLE, "video", 5, now=clock.now())
        ledger.missed(FAILED, Reason.NO_BODY, "", 5, now=clock.now())
        for doc_id, linked_as in ((EDITED,) * 2, (OTHER, LISTED), (BACK,) * 2, (GONE,) * 2):
            of = captured.get(doc_id, Position())
            told: dict[str, Any] = {"warc_file": of.file, "warc_offset": of.offset}
            told |= {"end": _picture(store)} if doc_id == GONE else {}
            store.put(an_article(doc_id, 1, T0, **told), linked_as, T0 + HOUR)
        store.put(an_article("", 1, None))
    for number in (1, 2):
        with at(T0 + number * HOUR) as now:
            _run(store, "sina_live", now)
            store.put(an_article(EDITED, 1 + number, now), EDITED, now + HOUR)
            for doc_id in (BACK, GONE):
                ledger.missing(doc_id, now, "404", 2, pause=timedelta(), due_at=None)
    with at(T0 + 3 * HOUR) as now:
        ledger.begin_run(KILLED, "sina_finance", now)
        store.put(an_article(OTHER, 2, now), LISTED, None)
        store.put(an_article(BACK, 1, now), BACK, None)


def _picture(store: Store) -> str:
    """An `<img>` whose picture is stored, and known under another address, too."""
    images = Images(store.root, store.ledger)
    path = images.put(PICTURE, png("一"))
    assert images.put(f"{PICTURE}?2", png("一")) == path
    image = f'<img src="{PICTURE}" referrerpolicy="no-referrer">'
    return with_images(image, {PICTURE: path})


def _record(store: Store, doc_id: str, moment: datetime) -> Position:
    """The capture of an article, in a WARC file of its own."""
    recorder = Recorder(store.root, f"{moment:%Y%m%dT%H%M%S.%f}Z-{doc_id}", 1, {})
    link = a_link(doc_id)
    body = "<p>　　第1版。</p>".encode()
    page = replace(PAGE, url=link.url, at=moment, body=body, context=of_link(link))
    position = recorder.record(page)
    store.ledger.add_warc_files(recorder.close())
    return position


def _run(store: Store, spider: str, moment: datetime) -> None:
    report = Report(moment, spider, f"scrapy crawl {spider}", ended_at=moment + HOUR / 2)
    report.put("china", "new")
    store.ledger.begin_run(report.name, spider, moment)
    sha256 = report.write(store.root)
    store.ledger.end_run(report.name, moment + HOUR / 2, 0, sha256)


@cache
def _made(folder: Path) -> Path:
    with closing(Ledger(_url(folder))) as ledger:
        fill(Store(folder, ledger))
    return folder


def _url(folder: Path) -> str:
    folder.mkdir(exist_ok=True)
    return f"sqlite:///{folder / 'ledger.db'}"


def copied(factory: pytest.TempPathFactory, target: Path) -> Path:
    """The small archive in *target*."""
    made = _made(factory.getbasetemp() / "small_archive")
    return Path(shutil.copytree(made, target))


@contextmanager
def opened(root: Path) -> Iterator[Store]:
    store = Store.open(root)
    with closing(store.ledger):
        yield store


def found(root: Path) -> list[Finding]:
    """What verify finds."""
    with opened(root) as store:
        return list(findings(store))


def told(root: Path) -> list[tuple[str, str]]:
    """What verify finds, by label and subject."""
    return [(finding.trouble.label, finding.subject) for finding in found(root)]


def dump(root: Path) -> dict[str, list[str]]:
    """What the ledger says: all rows of all tables, read past this package's own types."""
    told = {}
    for table in schema.metadata.sorted_tables:
        json_at = {n for n, column in enumerate(table.columns) if isinstance(column.type, sa.JSON)}
        names = ", ".join(column.name for column in table.columns)
        rows = sql(root, f"SELECT {names} FROM {table.name}")
        plain = [[json.loads(v) if n in json_at else v for n, v in enumerate(row)] for row in rows]
        told[table.name] = sorted(map(repr, plain))
    return told


def sql(root: Path, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """What SQLite answers; what it changes stays, seals or not."""
    with closing(sqlite3.connect(root / "ledger.db")) as connection, connection:
        return connection.execute(statement, values).fetchall()
