"""The index follows the archive: what is new, revised, listed anew, damaged, lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from newsarchive.archive import atomic, indexing, lock, query
from newsarchive.archive.export import Reader
from newsarchive.archive.index import Index, Known, Wanted
from newsarchive.archive.indexing import Watcher, channel_facet, symbol_facet
from newsarchive.archive.store import Store
from newsarchive.exceptions import Locked, StorageError
from newsarchive.sina import reading
from tests.archive.small import (
    BACK,
    EDITED,
    GONE,
    HOUR,
    OTHER,
    T0,
    a_link,
    an_article,
    at,
    opened,
    sql,
    told,
)
from tests.conftest import ROOT
from tests.fork import PATIENCE
from tests.running import environment

READER = Reader(reading.text, reading.exchange_form)
#: What the small archive holds besides: a replayed post, whose id is of its body.
REPLAYED = 1


@dataclass
class Told:
    """What a watcher was told."""

    notes: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    begun: list[int] = field(default_factory=list)
    done: int = 0

    def watcher(self) -> Watcher:
        def count(number: int) -> None:
            self.done += number

        return Watcher(
            self.notes.append,
            lambda path, _: self.broken.append(path),
            self.missing.append,
            self.begun.append,
            count,
        )


@contextmanager
def refreshed(root: Path, *, anew: bool = False) -> Iterator[tuple[Index, Told]]:
    said = Told()
    with (
        opened(root) as store,
        closing(indexing.refresh(store, READER, said.watcher(), anew=anew)) as index,
    ):
        yield index, said


def found(index: Index, typed: str, *facets: str) -> list[str]:
    return index.find(query.parse(typed), Wanted(facets=frozenset(facets)), 99)


def read(root: Path, *, anew: bool = False) -> int:
    """How many posts were read; the index must then have all of them."""
    with refreshed(root, anew=anew) as (index, said):
        assert said == Told(begun=said.begun, done=sum(said.begun))
        assert set(found(index, "版")) >= {EDITED, OTHER, BACK, GONE}
        assert len(found(index, "版")) == 4 + REPLAYED
        return said.done


def test_it_is_made_where_there_is_none_and_then_kept(small: Path) -> None:
    assert read(small) == 5
    assert read(small) == 0
    assert read(small, anew=True) == 5
    assert read(small) == 0
    assert told(small) == []
    assert not list((small / atomic.TEMPORARY).iterdir())


def test_what_is_current_is_found(small: Path) -> None:
    with refreshed(small) as (index, _):
        assert found(index, "第3版") == [EDITED]
        assert found(index, "第2版") == [OTHER]
        assert found(index, f"题目 {EDITED}") == [EDITED]


def test_new_and_revised_articles_are_read_and_no_others(small: Path) -> None:
    read(small)
    with opened(small) as store, at(T0 + 9 * HOUR) as now:
        store.put(an_article(EDITED, 7, now), EDITED, None)
        store.put(an_article(OTHER, 2, now), OTHER, None)  # as it was
        store.put(an_article("kqteste0000509", 1, now), "", None)
    with refreshed(small) as (index, said):
        assert (said.begun, said.done) == ([2], 2)
        assert found(index, "第7版") == [EDITED]
        assert found(index, "第3版") == []
        assert "kqteste0000509" in found(index, "第1版")


def rest(root: Path) -> None:
    """Let the ledger's files look as if nobody had written to them for a while."""
    for path in root.glob("ledger.db*"):
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 60))


def test_a_ledger_that_has_not_changed_is_not_read(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []
    compare = Index.compare

    def counted(index: Index, known: Iterable[Known]) -> int:
        compared.append(1)
        return compare(index, known)

    monkeypatch.setattr(Index, "compare", counted)
    os.utime(small / "ledger.db")
    read(small)
    for times in (2, 3):  # it was written to just now: a change to come could look the same
        read(small)
        assert len(compared) == times
    rest(small)
    for _ in range(3):
        assert read(small) == 0
        assert len(compared) == 4
    with opened(small) as store:
        store.ledger.add_links([a_link(GONE, "us")], T0 + HOUR)
        rest(small)
        with refreshed(small) as (index, _):
            assert found(index, "版", channel_facet("us")) == [GONE]
    assert len(compared) == 5


def test_while_posts_are_damaged_they_are_tried_whether_the_ledger_changed_or_not(
    small: Path,
) -> None:
    post = next((small / "posts").rglob(f"*{GONE}.html"))
    post.unlink()
    rest(small)
    for _ in range(2):
        with refreshed(small) as (_index, said):
            assert len(said.broken) == 1


def test_a_list_that_names_an_article_later_is_heeded(small: Path) -> None:
    with refreshed(small) as (index, _):
        assert found(index, "版", channel_facet("us")) == []
        assert set(found(index, "版", channel_facet("china"))) == {EDITED, OTHER, BACK, GONE}
        assert found(index, "版", channel_facet("macro")) == [EDITED]
    with opened(small) as store:
        store.ledger.add_links([a_link(GONE, "us")], T0 + HOUR)
    with refreshed(small) as (index, said):
        assert said.done == 1
        assert found(index, "版", channel_facet("us")) == [GONE]
        assert found(index, "版", channel_facet("us"), channel_facet("macro")) == []


def test_symbols_are_known_in_both_forms(small: Path) -> None:
    with refreshed(small) as (index, _):
        for code in ("sz300059", "300059.SZ", "300059.sz"):
            assert len(found(index, "版", symbol_facet(code))) == 5
        assert found(index, "版", symbol_facet("300059")) == []
    with opened(small) as store, at(T0 + 9 * HOUR) as now:
        store.put(an_article(EDITED, 7, now, symbols=["fund:1"]), EDITED, None)
    with refreshed(small) as (index, _):
        assert found(index, "版", symbol_facet("fund:1")) == [EDITED]
        assert found(index, "版", symbol_facet("")) == []


def test_what_the_ledger_lost_is_forgotten(small: Path) -> None:
    read(small)
    sql(small, "DELETE FROM article WHERE doc_id = ?", GONE)
    with refreshed(small) as (index, _):
        assert GONE not in found(index, "版")


def test_damaged_posts_are_told_each_time_until_they_are_mended(small: Path) -> None:
    post = next((small / "posts").rglob(f"*{GONE}.html"))
    whole = post.read_bytes()
    post.write_bytes(b"rotten")
    for anew in (False, False, True, False):
        with refreshed(small, anew=anew) as (index, said):
            assert said.broken == [post.relative_to(small).as_posix()]
            assert GONE not in found(index, "版")
    post.write_bytes(whole)
    with refreshed(small) as (index, said):
        assert (said.broken, said.done) == ([], 1)
        assert GONE in found(index, "版")


def spoil(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE about SET value = value + 1 WHERE key = 'version'",
        "DROP TABLE about",
        "DROP TABLE doc",
        "DROP TABLE words",
        "DROP TABLE words_data",
    ],
)
def test_an_index_that_is_of_no_use_is_made_anew(small: Path, statement: str) -> None:
    read(small)
    spoil(small / "index.db", statement)
    with opened(small) as store, at(T0 + 9 * HOUR) as now:
        store.put(an_article(EDITED, 7, now), EDITED, None)
    with refreshed(small) as (index, said):
        assert len(said.notes) == 1
        assert "made anew" in said.notes[0]
        assert len(found(index, "版")) == 5
    assert read(small) == 0


@pytest.mark.parametrize("size", [0, 1, 100, 5000, 20000])
def test_a_file_that_is_no_index_is_made_anew(small: Path, size: int) -> None:
    read(small)
    data = (small / "index.db").read_bytes()
    (small / "index.db").write_bytes(data[:size] if size < 100 else b"x" * size)
    with refreshed(small) as (index, said):
        assert len(said.notes) == 1
        assert len(found(index, "版")) == 5
    assert told(small) == []


def test_too_many_rows_of_what_was_replaced(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read(small)
    with opened(small) as store, at(T0 + 9 * HOUR) as now:
        store.put(an_article(EDITED, 7, now), EDITED, None)
    with refreshed(small) as (index, _):
        assert index.counts() == (5, 1)
    monkeypatch.setattr(indexing, "_DEAD", 0)
    monkeypatch.setattr(indexing, "_DEAD_SHARE", 0.1)
    with refreshed(small) as (index, _):
        assert index.counts() == (5, 0)
        assert found(index, "第7版") == [EDITED]


def test_what_lay_beside_an_old_index_does_not_get_into_the_new_one(small: Path) -> None:
    read(small)
    with closing(sqlite3.connect(small / "index.db")) as connection:
        with connection:
            connection.execute("DELETE FROM doc")
        log = (small / "index.db-wal").read_bytes()
    (small / "index.db-wal").write_bytes(log)
    for ending in ("-shm", "-journal"):
        (small / f"index.db{ending}").write_bytes(b"of another file")
    assert read(small, anew=True) == 5
    assert [path.name for path in small.glob("index.db*")] == ["index.db"]


def test_where_another_run_writes_the_index(small: Path) -> None:
    held = lock.acquire(small, "index")
    try:
        with pytest.raises(Locked), refreshed(small):
            pass
        held.release()
        read(small)
        with opened(small) as store, at(T0 + 9 * HOUR) as now:
            store.put(an_article(EDITED, 7, now), EDITED, None)
        held.acquire()
        with refreshed(small) as (index, said):
            assert said == Told(missing=[1])
            assert found(index, "第3版") == [EDITED]
        with pytest.raises(Locked), refreshed(small, anew=True):
            pass
    finally:
        held.release()
    assert read(small) == 1


def test_a_new_index_that_fails_leaves_the_old_one(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(small)
    before = (small / "index.db").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"), refreshed(small, anew=True):
        pass
    assert (small / "index.db").read_bytes() == before
    assert not list((small / atomic.TEMPORARY).iterdir())


_MAKE = """
import sys
from pathlib import Path
from newsarchive.archive import indexing
from newsarchive.archive.export import Reader
from newsarchive.archive.store import Store
from newsarchive.sina import reading

def begun(count):
    print("begun", flush=True)

def text(body):
    sys.stdin.readline()
    return reading.text(body)

quiet = lambda *_: None
watcher = indexing.Watcher(quiet, quiet, quiet, begun, quiet)
store = Store.open(Path(sys.argv[1]))
indexing.refresh(store, Reader(text, reading.exchange_form), watcher, anew=sys.argv[2] == "anew")
"""


@pytest.mark.parametrize("lines", [0, 2, 4])
@pytest.mark.parametrize("how", ["anew", "update"])
def test_a_kill_leaves_the_old_index_or_none(small: Path, how: str, lines: int) -> None:
    if how == "anew":
        read(small)
    process = subprocess.Popen(
        [sys.executable, "-c", _MAKE, str(small), how],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    process.stdin.write(b"\n" * lines)
    process.stdin.flush()
    os.kill(process.pid, signal.SIGKILL)
    process.wait(PATIENCE)
    process.stdin.close()
    process.stdout.close()
    assert told(small) == []
    assert (small / "index.db").exists() == (how == "anew")
    assert read(small) == (0 if how == "anew" else 5)
    assert read(small, anew=True) == 5
    assert not list((small / atomic.TEMPORARY).iterdir())


def test_nothing_is_missed_of_a_run_at_work(small: Path) -> None:
    written: list[str] = []

    def run() -> None:
        with opened(small) as store:
            for number in range(60):
                doc_id = f"kqtestz{number % 40:07d}"
                store.put(an_article(doc_id, number, T0), "", None)
                written.append(doc_id)

    thread = threading.Thread(target=run)
    thread.start()
    rounds = 0
    while thread.is_alive() or not rounds:
        wanted = set(written)
        with refreshed(small) as (index, said):
            assert said.broken == []
            assert wanted <= set(found(index, "版"))
        rounds += 1
    thread.join()
    with refreshed(small) as (index, _):
        assert len(found(index, "版")) == 5 + 40
        assert index.counts()[0] == 5 + 40
        assert len(found(index, "第59版")) == 1


def test_a_store_without_articles(tmp_path: Path) -> None:
    with closing(Store.open(tmp_path, create=True)) as store:
        said = Told()
        with closing(indexing.refresh(store, READER, said.watcher())) as index:
            assert found(index, "版") == []
