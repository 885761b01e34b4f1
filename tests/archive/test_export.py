"""Articles as rows for other tools."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from newsarchive import clock
from newsarchive.archive import export, exporting, formats
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.schema import tombstone
from newsarchive.archive.selection import Choice
from newsarchive.archive.store import Store
from newsarchive.clock import UTC
from newsarchive.exceptions import StorageError
from newsarchive.items import Article, Link
from newsarchive.sina import reading
from tests.archive.exports import READER, rows

T0 = datetime(2021, 8, 5, 7, 54, 29, tzinfo=UTC)
DAY = timedelta(days=1)
IDS = ["kqtesta0000501", "kqtesta0000502", "kqtesta0000503"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Three articles, a day apart, in the channels china, macro and us."""
    with closing(Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")) as ledger:
        opened = Store(tmp_path / "archive", ledger)
        for number, (doc_id, channel) in enumerate(zip(IDS, ("china", "macro", "us"))):
            opened.put(an_article(doc_id, number, channel=channel))
        ledger.add_links([Link(IDS[0], "https://sina.cn/", "", "macro")], T0)
        yield opened


def an_article(doc_id: str, day: int, **more: Any) -> Article:
    body = f"<p>　　正文{day}。</p><div class='appendQr_wrap'>广告</div>"
    values: dict[str, Any] = {
        "url": f"https://finance.sina.com.cn/{doc_id}.shtml",
        "author": "新浪财经",
        "categories": ["金融", "新浪财经", "新浪财经－国內"],
        "date": clock.http_date(T0 + day * DAY),
        "published_at": T0 + day * DAY,
        "first_seen_at": T0 + timedelta(milliseconds=5),
        "digest": f"{day:064}",
        "symbols": ["sz300059"] if day == 1 else [],
    }
    return Article(title=f"题目{day}", body=body, doc_id=doc_id, **(values | more))


def exported(
    store: Store, symbol: str | None = None, as_of: datetime | None = None, **choice: Any
) -> list[dict[str, Any]]:
    return list(map(formats.plain, rows(store, Choice(**choice), symbol, as_of)))


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["doc_id"] for row in rows]


def test_a_row(store: Store) -> None:
    row = exported(store)[0]
    assert list(row) == export.FIELDS
    sha256 = row.pop("sha256")
    assert len(sha256) == 64
    assert row.pop("seen_at") > "2026"  # when the test ran
    assert row == {
        "doc_id": IDS[0],
        "url": f"https://finance.sina.com.cn/{IDS[0]}.shtml",
        "title": "题目0",
        "published_at": "2021-08-05T07:54:29Z",
        "updated_at": None,
        "listed_at": None,
        "first_seen_at": "2021-08-05T07:54:29.005Z",
        "fetched_at": None,
        "served_at": None,
        "gone_at": None,
        "date": "2021-08-05T07:54:29Z",
        "raw_clocks": {},
        "source": None,
        "editor": None,
        "author": "新浪财经",
        "channel": "china",
        "categories": ["金融", "新浪财经", "新浪财经－国內"],
        "keywords": [],
        "symbols": [],
        "tickers": [],
        "original_title": None,
        "column_ids": [],
        "headimg": None,
        "body_text": "正文0。",
        "body_html": "<p>　　正文0。</p><div class='appendQr_wrap'>广告</div>",
        "layout": None,
        "origin": "crawl",
        "path": f"posts/2021/08/05/ti-mu-0-{IDS[0]}.html",
        "revision": 1,
        "cause": "site",
        "warc_file": None,
        "warc_offset": None,
        "cluster": None,  # not asked
        "duplicate_of": None,
    }


def test_its_place_among_reprints(store: Store) -> None:
    found = rows(store, duplicates={IDS[1]: IDS[0]})
    places = [(row["cluster"], row["duplicate_of"]) for row in found]
    assert places == [(IDS[0], None), (IDS[0], IDS[0]), (IDS[2], None)]


# By month


def made_of(
    store: Store,
    duplicates: dict[str, str] | None = None,
    as_of: datetime | None = None,
    every: bool = False,
    **choice: Any,
) -> dict[str, str]:
    chosen = Choice(**choice)
    kept = store.ledger.as_kept(chosen, as_of, every=every)
    found = exporting.months(store, kept, partial(exporting.versions, store), chosen, duplicates)
    return {month.name: month.made_of for month in found}


@pytest.mark.parametrize("since", [None, T0 + timedelta(seconds=1), T0 + DAY])
def test_months_have_all_rows_once(store: Store, since: datetime | None) -> None:
    edge = datetime(2021, 9, 1, tzinfo=clock.SHANGHAI).astimezone(UTC)
    for number, date in enumerate((edge - timedelta(seconds=1), edge, edge, edge + 40 * DAY), 4):
        told = {"date": clock.http_date(date), "published_at": date}
        store.put(an_article(f"kqtesta000050{number}", number, **told))
    choice = Choice(since, edge + 41 * DAY)
    found: list[dict[str, Any]] = []
    with store.ledger.at_one_moment():
        kept = store.ledger.as_kept(choice)
        for month in exporting.months(store, kept, partial(exporting.versions, store), choice):
            known = list(month.known())
            assert {export.month_of(row["date"]) for row in known} == {month.name}
            found += known
    assert found == list(exporting.versions(store, choice))
    assert len(found) == (7 if since is None else 6)


@pytest.mark.parametrize(
    "asked", [{}, {"every": True}, {"as_of": clock.now() + 9 * DAY}], ids=["now", "every", "as of"]
)
def test_a_month_is_made_of_all_that_its_rows_say(store: Store, asked: dict[str, Any]) -> None:
    before = made_of(store, **asked)
    assert made_of(store, **asked) == before
    assert list(before) == ["2021-08"]
    seen = [before]

    def changed(**options: Any) -> None:
        seen.append(made_of(store, **asked, **options))

    changed(duplicates={IDS[1]: IDS[0]})
    changed(since=T0 + DAY)
    store.put(an_article("kqtesta0000504", 3))
    changed()
    store.put(an_article(IDS[0], 7, date=clock.http_date(T0)))  # another digest: a new version
    changed()
    path = store.root / exported(store)[0]["path"]
    os.utime(path, (1, 1))
    changed()
    path.unlink()
    changed()
    with store.ledger._transaction() as connection:
        stone = {"doc_id": IDS[1], "gone_at": T0, "confirmed_at": T0, "detail": ""}
        store.ledger._add(connection, tombstone, [stone])
    changed()
    with store.ledger._transaction() as connection:
        store.ledger._put(connection, tombstone, stone | {"returned_at": T0 + DAY})
    if "every" in asked:
        changed()
    else:  # it is as if it had never been gone
        assert made_of(store, **asked) == seen[-2]
    assert len({digest for found in seen for digest in found.values()}) == len(seen)


def test_what_the_readme_promises_is_there() -> None:
    promised = (
        "doc_id url title published_at updated_at first_seen_at fetched_at source editor author "
        "channel categories keywords symbols tickers original_title column_ids headimg body_text "
        "body_html layout path revision"
    ).split()
    assert set(promised) <= set(export.FIELDS)
    assert len(set(export.FIELDS)) == len(export.FIELDS)


def test_a_row_is_json(store: Store) -> None:
    for row in exported(store):
        assert json.loads(json.dumps(row)) == row


def test_by_date(store: Store) -> None:
    assert ids(exported(store)) == IDS
    assert ids(exported(store, since=T0 + DAY)) == IDS[1:]
    assert ids(exported(store, until=T0 + DAY)) == IDS[:1]
    assert ids(exported(store, since=T0 + DAY, until=T0 + 2 * DAY)) == [IDS[1]]
    assert ids(exported(store, since=T0 + timedelta(seconds=1))) == IDS[1:]
    assert ids(exported(store, since=T0 + DAY, until=T0 + DAY)) == []
    shanghai = (T0 + DAY).astimezone(clock.SHANGHAI)
    assert ids(exported(store, since=shanghai)) == IDS[1:]


def test_by_channel(store: Store) -> None:
    assert ids(exported(store, channel="china")) == [IDS[0]]
    assert ids(exported(store, channel="macro")) == IDS[:2]  # its own, and one that it names too
    assert ids(exported(store, channel="nosuch")) == []
    assert ids(exported(store, channel="' OR 1=1 --")) == []


def test_by_symbol(store: Store) -> None:
    assert ids(exported(store, symbol="sz300059")) == [IDS[1]]
    assert ids(exported(store, symbol="sz30005")) == []
    assert ids(exported(store, symbol="300059.SZ")) == [IDS[1]]  # the exchange's form
    assert ids(exported(store, symbol="300059")) == []
    assert ids(exported(store, symbol="")) == []


def test_a_symbol_without_a_ticker_is_found_by_itself_alone(store: Store) -> None:
    symbols = ["fund:519901", "usstock:JPM", "sh600519"]
    store.put(an_article("kqtesta0000504", 3, symbols=symbols))
    row = exported(store)[-1]
    assert (row["symbols"], row["tickers"]) == (symbols, ["JPM.US", "600519.SH"])
    for symbol in (*symbols, *row["tickers"]):
        assert ids(exported(store, symbol=symbol)) == ["kqtesta0000504"]
    assert ids(exported(store, symbol="")) == []  # what has no ticker has not that of nothing


def test_what_only_new_posts_have(store: Store) -> None:
    store.put(an_article("kqtesta0000504", 3, original_title="旧题", column_ids=["57043", "1"]))
    row = exported(store)[-1]
    assert (row["original_title"], row["column_ids"]) == ("旧题", ["57043", "1"])


def test_all_filters_hold_together(store: Store) -> None:
    assert ids(exported(store, channel="macro", since=T0 + DAY, symbol="sz300059")) == [IDS[1]]
    assert ids(exported(store, channel="macro", until=T0 + DAY, symbol="sz300059")) == []


def test_broken_posts_are_told_and_left_out(store: Store) -> None:
    paths = [row["path"] for row in exported(store)]
    (store.root / paths[0]).unlink()
    (store.root / paths[1]).write_bytes(b"\n---\ntitle: 'x")
    broken: list[tuple[str, type]] = []
    found = rows(store, broken=lambda path, error: broken.append((path, type(error))))
    assert ids(list(found)) == [IDS[2]]
    assert broken == [(paths[0], StorageError), (paths[1], StorageError)]


def test_rows_come_as_they_are_asked_for(store: Store) -> None:
    read: list[str] = []

    def text(body: str) -> str:
        read.append(body)
        return reading.text(body)

    found = rows(store, reader=READER._replace(text=text))
    next(found)
    assert len(read) == 1
    found.close()  # type: ignore[attr-defined]


def test_a_ledger_that_fails_is_no_broken_post(store: Store) -> None:
    with store.ledger._transaction() as connection:
        connection.exec_driver_sql("DROP TABLE tombstone")
    with pytest.raises(StorageError):
        list(rows(store))
