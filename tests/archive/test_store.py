"""What a post is to the archive: new, unchanged or revised; and nothing is ever lost."""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newsarchive import clock
from newsarchive.archive.entry import Outcome
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.store import Store
from newsarchive.clock import UTC
from newsarchive.exceptions import BadInput, Reason, StorageError
from newsarchive.items import Article, Link
from newsarchive.post import document
from newsarchive.sina import reading

ID, OTHER = "kqtesta0000501", "kqtesta0000502"
SEEN = datetime(2021, 8, 5, 8, 0, tzinfo=UTC)
NOW = datetime(2021, 8, 7, 12, 0, tzinfo=UTC)
ONE, TWO, THREE = "<p>第一版。</p>", "<p>第二版。</p>", "<p>第三版。</p>"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")) as opened:
        yield opened


@pytest.fixture
def store(tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return Store(tmp_path / "archive", ledger)


def an_article(body: str = ONE, title: str = "样港口岸", doc_id: str = ID, **more: Any) -> Article:
    values: dict[str, Any] = {
        "date": "Thu, 05 Aug 2021 07:54:29 GMT",
        "author": "新浪财经",
        "categories": ["金融", "新浪财经", "新浪财经－国內"],
        "digest": reading.digest(title, body),
        "first_seen_at": SEEN,
        "channel": "china",
    }
    return Article(title=title, body=body, doc_id=doc_id, **(values | more))


def files(store: Store) -> dict[str, bytes]:
    return {
        path.relative_to(store.root).as_posix(): path.read_bytes()
        for path in sorted(store.root.rglob("*"))
        if path.is_file()
    }


def row(store: Store, doc_id: str = ID) -> dict[str, Any]:
    found = store.ledger.article(doc_id)
    assert found is not None
    return dict(found)


PATH = f"posts/2021/08/05/yang-gang-kou-an-{ID}.html"


def test_a_new_article(store: Store) -> None:
    article = an_article()
    assert store.put(article) is Outcome.NEW
    assert article.path == PATH
    assert files(store) == {PATH: document.write(an_article())}
    kept = row(store)
    assert kept["sha256"] == hashlib.sha256((store.root / PATH).read_bytes()).hexdigest()
    assert (kept["path"], kept["revision"], kept["first_seen_at"]) == (PATH, 1, SEEN)
    assert kept["date"] == datetime(2021, 8, 5, 7, 54, 29, tzinfo=UTC)


def test_every_clock_is_kept(store: Store) -> None:
    names = "published_at updated_at listed_at list_ctime list_mtime fetched_at".split()
    clocks: dict[str, Any] = {name: SEEN + timedelta(hours=hour) for hour, name in enumerate(names)}
    store.put(an_article(**clocks, raw_clocks={"published_at": "2021年08月05日 15:54"}))
    kept = row(store)
    assert {name: kept[name] for name in names} == clocks
    assert kept["raw_clocks"] == {"published_at": "2021年08月05日 15:54"}


def test_what_no_list_named_is_first_seen_now(store: Store) -> None:
    store.put(an_article(first_seen_at=None))
    assert row(store)["first_seen_at"] == NOW


def test_the_same_again_changes_nothing(store: Store) -> None:
    store.put(an_article())
    before, kept = files(store), row(store)
    again = an_article(first_seen_at=NOW, path="elsewhere.html")
    assert store.put(again) is Outcome.UNCHANGED
    assert again.path == PATH
    assert (files(store), row(store)) == (before, kept)


def test_an_advertisement_is_no_new_version(store: Store) -> None:
    """The digest is the same, the bytes are not: what is there stays."""
    store.put(an_article())
    before = files(store)
    again = an_article(ONE + "<div class=appendQr_wrap>广告</div>")
    assert again.digest == reading.digest(again.title, ONE)
    assert store.put(again) is Outcome.UNCHANGED
    assert files(store) == before
    assert row(store)["revision"] == 1


def test_an_edit_keeps_the_old_version(store: Store) -> None:
    store.put(an_article(ONE, fetched_at=SEEN))
    old = (store.root / PATH).read_bytes()
    edited = an_article(TWO, title="新的题目", first_seen_at=NOW, fetched_at=NOW)
    assert store.put(edited) is Outcome.REVISED
    assert edited.path == PATH  # where it is known, it stays
    assert files(store) == {
        PATH: document.write(edited),
        f"revisions/{ID}/0001.html": old,
    }
    kept = row(store)
    assert (kept["revision"], kept["title"], kept["fetched_at"]) == (2, "新的题目", NOW)
    assert kept["first_seen_at"] == SEEN  # set once


@pytest.mark.parametrize(("layout", "kept"), [("T4", []), ("", ["sz309903"])])
def test_what_an_edited_page_no_longer_says(store: Store, layout: str, kept: list[str]) -> None:
    """It is gone; a replayed post is no page: it never says it. What a list said stays."""
    store.put(an_article(layout="T4", symbols=["sz309903"], list_ctime=SEEN))
    assert store.put(an_article(TWO, layout=layout, channel="")) is Outcome.REVISED
    found = row(store)
    assert (found["symbols"], found["list_ctime"], found["channel"]) == (kept, SEEN, "china")
    assert found["layout"] == "T4"


def test_every_version_is_kept(store: Store) -> None:
    versions = [an_article(body) for body in (ONE, TWO, THREE, ONE)]
    outcomes = [store.put(article) for article in versions]
    assert outcomes == [Outcome.NEW, *[Outcome.REVISED] * 3]
    written = files(store)
    assert [document.read(written[f"revisions/{ID}/{n:04}.html"]).body for n in (1, 2, 3)] == [
        ONE,
        TWO,
        THREE,
    ]
    assert document.read(written[PATH]).body == ONE
    assert row(store)["revision"] == 4


def test_what_is_read_anew_takes_the_place_of_the_version_that_was_read(store: Store) -> None:
    """Another worker may have written one meanwhile."""
    store.put(an_article(ONE))
    store.put(an_article(TWO, fetched_at=NOW))
    before = files(store)
    anew = an_article(THREE, cause="extraction", replaces={"revision": 1})
    with pytest.raises(BadInput) as raised:
        store.put(anew)
    assert raised.value.reason is Reason.OUTDATED
    assert files(store) == before
    anew.replaces = {"revision": 2}
    assert store.put(anew) is Outcome.REVISED


def test_a_post_that_somebody_removed_is_written_again(store: Store) -> None:
    store.put(an_article())
    before = files(store)
    (store.root / PATH).unlink()
    assert store.put(an_article()) is Outcome.NEW
    assert files(store) == before
    assert row(store)["revision"] == 1


def test_a_removed_post_that_changed_meanwhile(store: Store) -> None:
    store.put(an_article(ONE))
    (store.root / PATH).unlink()
    store.put(an_article(TWO))
    assert document.read((store.root / PATH).read_bytes()).body == TWO
    kept = row(store)
    assert kept["sha256"] == hashlib.sha256((store.root / PATH).read_bytes()).hexdigest()


@pytest.mark.parametrize("body", [ONE, TWO], ids=["unchanged", "revised"])
def test_the_link_is_closed_however_it_ends(store: Store, body: str) -> None:
    store.put(an_article(ONE))
    links = [Link(doc_id, f"https://sina.cn/{doc_id}", "", "china") for doc_id in (ID, OTHER)]
    store.ledger.add_links(links, SEEN)
    store.put(an_article(body), linked_as=OTHER)
    assert store.ledger.todo() == []


# Documents without an id


def content_id(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def test_the_id_of_a_post_without_one(store: Store) -> None:
    article = an_article(doc_id="")
    assert store.put(article) is Outcome.NEW
    assert article.doc_id == content_id(ONE)
    assert article.path == f"posts/2021/08/05/yang-gang-kou-an-{content_id(ONE)}.html"


def twins() -> list[Article]:
    return [
        an_article(doc_id="", title="甲"),
        an_article(doc_id="", title="乙"),
        an_article(doc_id="", title="甲", date="Fri, 06 Aug 2021 07:54:29 GMT"),
    ]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_one_body_under_several_titles_and_dates(store: Store, order: tuple[int, ...]) -> None:
    for number in order:
        assert store.put(twins()[number]) is Outcome.NEW
    before = files(store)
    assert len(before) == 3
    assert set(before.values()) == {document.write(article) for article in twins()}
    for again in itertools.permutations(range(3)):
        for number in again:
            assert store.put(twins()[number]) is Outcome.UNCHANGED
    assert files(store) == before


def in_another_archive(tmp_path: Path, articles: list[Article]) -> dict[str, bytes]:
    with closing(Ledger(f"sqlite:///{tmp_path / 'other.db'}")) as ledger:
        other = Store(tmp_path / "other", ledger)
        for article in articles:
            other.put(article)
        return files(other)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_posts_of_an_archive_keep_their_names_in_the_next(
    store: Store, tmp_path: Path, order: tuple[int, ...]
) -> None:
    """Replayed in any order: also the twin that is named by its whole file."""
    written = in_another_archive(tmp_path, twins())
    assert len(written) == 3
    for number in order:
        path = list(written)[number]
        again = document.read(written[path])
        again.path, again.digest = path, reading.digest(again.title, again.body)
        assert store.put(again) is Outcome.NEW
        assert again.path == path
    assert files(store) == written


@pytest.mark.parametrize("name", ["jia-0123456789abcdef.html", "0123456789abcdef.html", "jia.html"])
def test_a_name_that_is_not_its_own_is_not_believed(store: Store, name: str) -> None:
    article = an_article(doc_id="", path=f"somewhere/{name}")
    store.put(article)
    assert article.doc_id == content_id(ONE)


# Hostile and broken input


@pytest.mark.parametrize(
    "doc_id",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "..",
        f"{ID}/../../x",
        f"{ID}\x00",
        f"{ID}\n",
        ID.upper(),
        "a b",
        "x" * 300,
    ],
)
def test_a_hostile_id_writes_nothing(store: Store, doc_id: str) -> None:
    with pytest.raises(ValueError, match="no document id"):
        store.put(an_article(doc_id=doc_id))
    assert files(store) == {}
    assert list(store.ledger.articles()) == []


def test_a_post_that_does_not_survive_reading_is_not_written(store: Store) -> None:
    with pytest.raises(BadInput) as raised:
        store.put(an_article(comments="false\nevil: true"))
    assert raised.value.reason is Reason.BAD_FRONT_MATTER
    assert files(store) == {}


@pytest.mark.parametrize("date", ["Fri, 31 Dec 9999 23:00:00 GMT", "Sat, 01 Jan 0001 00:00:00 GMT"])
def test_a_date_at_the_end_of_time(store: Store, date: str) -> None:
    """A date that a post can say has a path, or the post is refused: it is no crash."""
    try:
        store.put(an_article(date=date))
    except BadInput:
        assert files(store) == {}
    else:
        assert len(files(store)) == 1


# Trouble with the storage


def full(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("call", ["replace", "fsync", "open"])
def test_a_full_disk_leaves_no_row(
    store: Store, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    store.ledger.add_links([Link(ID, "https://sina.cn/", "", "china")], SEEN)
    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(StorageError, match="No space left"):
            store.put(an_article())
    assert files(store) == {}
    assert store.ledger.article(ID) is None
    assert [link.doc_id for link in store.ledger.todo()] == [ID]
    assert store.put(an_article()) is Outcome.NEW


@pytest.mark.parametrize("at", [1, 2])
def test_a_disk_that_fills_during_a_revision(
    store: Store, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    store.put(an_article(ONE))
    kept = row(store)
    count = 0
    real = os.replace

    def fills(*args: Any) -> None:
        nonlocal count
        count += 1
        if count == at:
            full()
        real(*args)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fills)
        with pytest.raises(StorageError):
            store.put(an_article(TWO))
    assert document.read((store.root / PATH).read_bytes()).body == ONE
    assert row(store) == kept
    assert store.put(an_article(TWO)) is Outcome.REVISED
    check_both_versions(store)


def check_both_versions(store: Store) -> None:
    """ONE in revisions/, TWO in posts/, both as their rows say."""
    written = files(store)
    assert document.read(written[PATH]).body == TWO
    assert document.read(written[f"revisions/{ID}/0001.html"]).body == ONE
    assert hashlib.sha256(written[PATH]).hexdigest() == row(store)["sha256"]


def crash(*_: Any, **__: Any) -> Any:
    raise StorageError("killed here")


def test_a_kill_between_post_and_ledger(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(store.ledger, "add", crash)
        with pytest.raises(StorageError):
            store.put(an_article())
    assert list(files(store)) == [PATH]
    assert store.put(an_article()) is Outcome.NEW
    assert list(files(store)) == [PATH]
    assert row(store)["revision"] == 1


def test_a_kill_between_revision_and_ledger_keeps_the_old_version(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new post is in place, the ledger still says the old one: that must not become the old."""
    store.put(an_article(ONE))
    with monkeypatch.context() as patch:
        patch.setattr(store.ledger, "add", crash)
        with pytest.raises(StorageError):
            store.put(an_article(TWO))
    store.put(an_article(TWO))
    check_both_versions(store)


def test_a_third_version_after_such_a_kill_loses_none(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(an_article(ONE))
    with monkeypatch.context() as patch:
        patch.setattr(store.ledger, "add", crash)
        with pytest.raises(StorageError):
            store.put(an_article(TWO))
    store.put(an_article(THREE))
    store.sweep()
    kept = {name: document.read(data).body for name, data in files(store).items()}
    assert kept == {PATH: THREE, f"revisions/{ID}/0001.html": ONE}


def test_a_root_that_is_a_file(tmp_path: Path, ledger: Ledger) -> None:
    (tmp_path / "root").write_bytes(b"")
    opened = Store(tmp_path / "root", ledger)
    with pytest.raises(StorageError, match="root"):
        opened.put(an_article())
    opened.sweep()  # nothing lies there
    assert ledger.article(ID) is None


def test_leftovers_are_swept_when_asked(tmp_path: Path, ledger: Ledger) -> None:
    """By a run that holds the lock: an export beside it would sweep away what is being written."""
    half = tmp_path / "root" / ".newsarchive" / "a.html.tmp"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half")
    opened = Store(tmp_path / "root", ledger)
    assert half.exists()
    opened.put(an_article())
    half.write_bytes(b"half")
    opened.sweep()
    assert list(files(opened)) == [PATH]


def test_opening_creates_nothing(tmp_path: Path, ledger: Ledger) -> None:
    opened = Store(tmp_path / "root", ledger)
    assert not opened.root.exists()
    assert opened.ledger.article(ID) is None
    assert not opened.root.exists()


# Reading


@pytest.mark.parametrize("name", ["财经 output", "what?", "a%20b", "50%", "#1", "a:b@c"])
def test_the_ledger_is_in_the_archive_whatever_that_is_called(tmp_path: Path, name: str) -> None:
    root = tmp_path / name
    root.mkdir()
    for _ in range(2):
        with closing(Store.open(root, create=True)) as store:
            store.put(an_article())
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (root / "ledger.db").stat().st_size > 0


def test_reading_a_version(store: Store) -> None:
    store.put(an_article(ONE))
    first = row(store)
    found = store.read(first)
    assert (found.title, found.body, found.date) == (
        "样港口岸",
        ONE,
        "Thu, 05 Aug 2021 07:54:29 GMT",
    )
    store.put(an_article(TWO))
    assert store.read(row(store)).body == TWO
    assert store.read(first).body == ONE  # as a reader sees it that began before


@pytest.mark.parametrize(
    "broken",
    [lambda data: data[:-40], lambda data: b"\xff" + data, lambda _: b"", None],
    ids=["cut", "bytes", "empty", "gone"],
)
def test_nothing_but_what_was_archived_is_read(
    store: Store, broken: Callable[[bytes], bytes] | None
) -> None:
    store.put(an_article())
    if broken is None:
        (store.root / PATH).unlink()
    else:
        (store.root / PATH).write_bytes(broken((store.root / PATH).read_bytes()))
    with pytest.raises(StorageError, match="not as it was written"):
        store.read(row(store))
    with pytest.raises(StorageError, match="lost"):
        store.read(row(store) | {"path": ""})


# Clocks


def test_a_clock_that_was_set_back_makes_no_two_versions_current(store: Store) -> None:
    hours = [SEEN + timedelta(hours=hour) for hour in (5, 6, 5.5)]
    for body, moment in zip((ONE, TWO, THREE), hours):
        store.put(an_article(body, fetched_at=moment))
    for moment in (*hours, SEEN + timedelta(hours=5.7), SEEN + timedelta(hours=7)):
        assert len(list(store.ledger.articles(as_of=moment))) == 1
    assert row(store)["fetched_at"] == hours[2]  # as the clock said
    assert store.read(row(store)).body == THREE


def test_a_stranger_brings_no_clocks_of_lists(store: Store) -> None:
    """Another document's address leads here: what its list said is not of this one."""
    store.put(an_article(ONE, layout="T4", listed_at=SEEN, channel="china"))
    edited = an_article(TWO, layout="T4", listed_at=NOW, channel="macro")
    assert store.put(edited, linked_as=OTHER) is Outcome.REVISED
    assert (row(store)["listed_at"], row(store)["channel"]) == (SEEN, "china")
