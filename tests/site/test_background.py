"""Counts and index follow the archive, whatever happens to it, and what goes wrong is told once."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from newsarchive.archive import indexing, lock
from newsarchive.archive.export import Reader
from newsarchive.archive.health import Health
from newsarchive.archive.index import Index
from newsarchive.exceptions import StorageError
from newsarchive.sina import reading
from newsarchive.site import background as module
from newsarchive.site import counts
from newsarchive.site.background import Background
from newsarchive.site.here import Site
from tests.archive.small import EDITED, GONE, T0, an_article, at
from tests.archive.test_indexing import rest
from tests.fork import PATIENCE


def test_counts(site: Site) -> None:
    told = site.background.counts
    assert told.total == 5
    assert told.by_day == {date(2021, 8, 5): 5}
    assert told.years == {2021: 5}
    assert told.months(2021) == {8: 5}
    assert told.months(2020) == {}
    assert told.channels == {"china": 4, "macro": 1}
    assert told.symbols == {"sz300059": 5}
    assert len(told.delays) == 4


@pytest.mark.parametrize(
    ("hour", "day"),
    [("2021-08-05T15", 5), ("2021-08-05T16", 6), ("2021-12-31T16", 1), ("2021-08-05T00", 5)],
)
def test_days_are_chinas(hour: str, day: int) -> None:
    assert counts._china_day(hour).day == day


def test_health(site: Site) -> None:
    told = site.background.health
    assert told.states == {"done": 4, "todo": 1, "skipped": 1, "failed": 1}
    assert len(told.runs) == 4
    assert any("was killed" in str(point) for point in told.points)
    reports = {"a": {"failed": {"no_body": 2}}, "b": {"failed": {"network": 5, "no_body": 1}}}
    counted = Health(told.at, [], {**reports, "c": {"failed": "x"}}, {}, 0, [])
    assert counted.failures == {"network": 5, "no_body": 3}


def test_storage_is_of_all_files(site: Site) -> None:
    root = site.store.root
    (root / "posts" / "link").symlink_to("/")
    told = counts.weigh(root)
    files = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
    assert sum(told.files.values()) == len(files)
    assert told.files["warc"] == 2
    assert told.bytes["ledger"] > 0 < told.bytes["index"]


def test_a_damaged_index_is_made_anew(client: FlaskClient, site: Site) -> None:
    (site.store.root / "index.db").write_bytes(b"garbage" * 1000)
    for beside in ("-wal", "-shm"):
        (site.store.root / f"index.db{beside}").unlink(missing_ok=True)
    assert "is damaged and is being made anew" in client.get("/search?q=版").text
    site.background.refresh()
    assert EDITED in client.get("/search?q=版").text


def test_another_process_may_write_the_index(
    client: FlaskClient, site: Site, small: Path, complaints: list[str]
) -> None:
    held = lock.acquire(small, "index")
    try:
        new = "kqtestn0000001"
        with at(T0 + timedelta(days=1)) as now:
            site.store.put(an_article(new, 1, now), new, None)
        site.background.refresh()
        assert "1 article is missing in the index" in client.get("/search?q=版").text
        (small / "index.db").unlink()
        site.background.refresh()
        assert "is being made" in client.get("/search?q=版").text
    finally:
        held.release()
    site.background.refresh()
    page = client.get("/search?q=版").text
    assert new in page
    assert "missing" not in page
    assert complaints == []


def test_what_another_process_kept_from_the_index_comes_though_nothing_changed_since(
    client: FlaskClient, site: Site, small: Path
) -> None:
    with at(T0 + timedelta(days=1)) as now:
        site.store.put(an_article("kqtestn0000001", 1, now), "", None)
    rest(small)
    held = lock.acquire(small, "index")
    try:
        site.background.refresh()
        assert site.background.index.missing == 1
    finally:
        held.release()
    site.background.refresh()
    assert site.background.index.missing == 0
    assert "kqtestn0000001" in client.get("/search?q=版").text


def test_an_end_does_not_wait_until_all_is_indexed(
    site: Site, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was indexed stays."""
    monkeypatch.setattr(indexing, "_BATCH", 1)
    for number in (1, 2, 3):
        with at(T0 + timedelta(days=number)) as now:
            site.store.put(an_article(f"kqtestn000000{number}", 1, now), "", None)
    site.background.stop()
    with pytest.raises(module._Stopped):
        site.background.refresh()
    assert site.background.index.done == 1
    with closing(Index(small / "index.db")) as index:
        assert index.counts() == (6, 0)


def test_what_cannot_be_indexed_is_told_once(
    client: FlaskClient, site: Site, small: Path, complaints: list[str]
) -> None:
    (small / "index.db").unlink()
    next((small / "posts").rglob(f"*{GONE}.html")).unlink()
    for _ in range(2):
        site.background.damaged()
        site.background.refresh()
    assert len(complaints) == 1
    assert complaints[0].startswith("not in the index: posts/2021/08/05/")
    assert "1 article is missing in the index" in client.get("/search?q=版").text


def test_the_thread_follows_and_ends(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSE", 0.01)
    monkeypatch.setattr(module, "_REST", 0)
    told: list[str] = []
    reader = Reader(reading.text, reading.exchange_form)
    background = Background(site.store, reader, told.append)
    background.start()
    with at(T0 + timedelta(days=1)) as now:
        site.store.put(an_article("kqtestn0000001", 1, now), "", None)
    deadline = time.monotonic() + PATIENCE
    while background.counts.total < 6 and time.monotonic() < deadline:
        time.sleep(0.01)
    background.stop()
    assert background.counts.total == 6
    assert not background._thread.is_alive()
    assert told == []


def test_an_index_that_is_removed_is_made_again(site: Site, client: FlaskClient) -> None:
    (site.store.root / "index.db").unlink()
    assert "is being made" in client.get("/search?q=题目").text
    site.background.refresh()
    assert "题目" in client.get("/search?q=题目").text.partition('class="articles"')[2]


def test_an_archive_that_is_gone_is_not_begun_anew(site: Site) -> None:
    root = site.store.root
    root.rename(root.with_name("elsewhere"))
    with pytest.raises(StorageError, match="is gone"):
        site.background.refresh()
    assert not root.exists()
