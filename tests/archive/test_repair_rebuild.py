"""A ledger that is lost is made anew of the posts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from newsarchive.archive.repair import repair
from newsarchive.archive.store import Store
from newsarchive.archive.verify import findings
from newsarchive.commands.verify import described
from newsarchive.exceptions import StorageError
from tests.archive.mending import NOW, POST, REVISION, mended
from tests.archive.small import EDITED, HOUR, OTHER, T0, an_article, at, opened, told
from tests.running import tree


def test_a_ledger_is_made_anew_of_the_posts(small: Path) -> None:
    (small / "ledger.db").unlink()
    before = tree(small)
    said = mended(small, rebuild=True)
    assert len(said) == 13
    assert all(line.endswith(": taken into the ledger") for line in said)
    assert told(small) == []
    after = tree(small)
    assert {name: after[name] for name in before} == before
    with opened(small) as store:
        assert [
            (row["doc_id"], row["revision"], row["path"])
            for doc_id in (EDITED, OTHER)
            for row in store.ledger.history(doc_id)
        ] == [
            (EDITED, 1, REVISION),
            (EDITED, 2, f"revisions/{EDITED}/0002.html"),
            (EDITED, 3, POST),
            (OTHER, 1, f"revisions/{OTHER}/0001.html"),
            (OTHER, 2, f"posts/2021/08/05/ti-mu-2-{OTHER}.html"),
        ]
        assert len(store.ledger.runs()) == 3
        articles = list(store.ledger.articles())
        assert [row["title"] for row in articles if row["doc_id"] == EDITED] == ["题目1"]
        assert {row["seen_at"] for row in articles} == {NOW}
        # What was known before is not guessed.
        for moment in (T0 + HOUR, T0 + 5 * HOUR, NOW - timedelta(milliseconds=1)):
            assert list(store.ledger.articles(as_of=moment)) == []
        known = list(store.ledger.articles(as_of=NOW))
        assert [row["doc_id"] for row in known] == [row["doc_id"] for row in articles]
        # It goes on from there.
        with at(NOW + HOUR):
            store.put(an_article(EDITED, 4, NOW + HOUR))
        assert [row["revision"] for row in store.ledger.history(EDITED)] == [1, 2, 3, 4]
    assert told(small) == []


def test_a_version_that_is_missing_leaves_its_number_free(small: Path) -> None:
    (small / "ledger.db").unlink()
    (small / REVISION).unlink()
    mended(small, rebuild=True)
    with opened(small) as store:
        assert [row["revision"] for row in store.ledger.history(EDITED)] == [2, 3]
    assert told(small) == []


def test_a_rebuild_that_was_cut_off_goes_on(small: Path) -> None:
    (small / "ledger.db").unlink()
    with at(NOW):
        store = Store.open(small, rebuild=True)
        for finding, _ in zip(findings(store), range(3)):
            repair(store, finding, described)
        store.ledger.close()
    assert len(mended(small)) == 10
    assert told(small) == []


def test_two_posts_of_one_document_are_no_two_articles(small: Path) -> None:
    (small / "ledger.db").unlink()
    second = f"posts/2021/08/06/{EDITED}.html"
    (small / second).parent.mkdir()
    (small / second).write_bytes((small / REVISION).read_bytes())
    said = mended(small, rebuild=True)
    assert f"stray: {second}: moved to strays/{second}" in said
    assert told(small) == []


def _nothing(_: Path) -> None:
    return


def _emptied(root: Path) -> None:
    (root / "ledger.db").touch()


@pytest.mark.parametrize("harm", [_nothing, _emptied])
def test_posts_without_a_ledger_are_no_new_archive(
    small: Path, harm: Callable[[Path], None]
) -> None:
    (small / "ledger.db").unlink()
    harm(small)
    for create in (False, True):
        with pytest.raises(StorageError, match="verify --repair"):
            Store.open(small, create=create)
    assert len(mended(small, rebuild=True)) == 13


def test_a_folder_without_posts_is_not_made_an_archive(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no archive"):
        Store.open(tmp_path, rebuild=True)
    assert list(tmp_path.iterdir()) == []
