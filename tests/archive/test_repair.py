"""Every repair does what it says, loses nothing, and leaves what a second verify accepts: files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.archive.mending import NAME, NOW, POST, REPORT, REVISION, mended, rewrite, rotted
from tests.archive.small import EDITED, OTHER, an_article, at, dump, opened, sql, told
from tests.running import tree


def test_there_is_nothing_to_mend_in_a_sound_archive(small: Path) -> None:
    before, rows = tree(small), dump(small)
    assert mended(small) == []
    assert dump(small) == rows
    assert tree(small).keys() == before.keys()


@pytest.mark.parametrize("path", [POST, REVISION])
@pytest.mark.parametrize("place", ["strays", "damaged", "revisions"])
def test_a_file_is_restored_from_a_copy(small: Path, path: str, place: str) -> None:
    data, rows = rotted(small, path), dump(small)
    copy = small / f"revisions/{EDITED}/0009.html"
    if place != "revisions":
        copy = small / place / path
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(data)
    first = mended(small)[0]
    assert first.endswith(f": restored from {copy.relative_to(small).as_posix()}")
    assert (small / path).read_bytes() == data
    assert any((small / "damaged" / path).parent.iterdir())
    assert (told(small), dump(small)) == ([], rows)


@pytest.mark.parametrize("harm", ["missing", "changed"])
def test_a_post_without_a_copy_is_fetched_again(small: Path, harm: str) -> None:
    data = rotted(small, POST)
    if harm == "missing":
        (small / POST).unlink()
    wanted = [f"{harm}: {POST}: LOSS no copy of it; the next crawl fetches it again"]
    assert mended(small) == wanted
    assert sql(small, "SELECT state FROM link WHERE doc_id = ?", EDITED) == [("todo",)]
    assert (small / "damaged" / POST).exists() == (harm == "changed")
    assert told(small) == [("missing", POST)]
    with opened(small) as store, at(NOW):
        store.put(an_article(EDITED, 3, NOW), EDITED)
    assert (small / POST).read_bytes() == data
    assert told(small) == []


def test_a_post_that_a_list_called_otherwise_is_fetched_again(small: Path) -> None:
    path = f"posts/2021/08/05/ti-mu-2-{OTHER}.html"
    (small / path).unlink()
    assert mended(small) == [
        f"missing: {path}: LOSS no copy of it; the next crawl fetches it again"
    ]
    with opened(small) as store:
        assert OTHER in [link.doc_id for link in store.ledger.todo()]


def test_a_post_without_a_copy_and_an_address(small: Path) -> None:
    (path,) = (name for name in tree(small) if "ti-mu-" in name and "kqtest" not in name)
    (small / path).unlink()
    assert mended(small) == [
        f"missing: {path}: LOSS no copy of it, and no address to fetch it from"
    ]
    assert told(small) == [("missing", path)]


def test_an_earlier_version_that_is_lost_is_found_again_when_put_back(small: Path) -> None:
    data, rows = rotted(small, REVISION), dump(small)
    (said,) = mended(small)
    assert said.startswith(f"changed: {REVISION}: LOSS an earlier version that is lost")
    assert sql(small, "SELECT path FROM revision WHERE doc_id = ? AND revision = 1", EDITED) == [
        ("",)
    ]
    assert told(small) == []
    (small / REVISION).write_bytes(data)  # from a backup
    assert mended(small) == [f"stray: {REVISION}: found again"]
    assert (told(small), dump(small)) == ([], rows)


@pytest.mark.parametrize("harm", ["missing", "changed"])
def test_a_report_that_is_lost(small: Path, harm: str) -> None:
    rotted(small, REPORT)
    if harm == "missing":
        (small / REPORT).unlink()
    (said,) = mended(small)
    assert said.startswith(f"{harm}: {REPORT}: LOSS a report that is lost")
    assert told(small) == []
    row = sql(small, "SELECT ended_at, exit_code, sha256 FROM run WHERE name = ?", NAME)
    assert row == [("2021-08-05T08:24:29.123Z", 0, "")]


def test_a_post_that_was_written_in_another_format_is_only_told(small: Path) -> None:
    data = (small / POST).read_bytes().replace(b"author: ", b"author:  ")
    (small / POST).write_bytes(data)
    rewrite(small, "sha256", hashlib.sha256(data).hexdigest())
    for _ in range(2):
        assert mended(small) == [f"format: {POST}: LOSS cannot be mended: it was written so"]
    assert (small / POST).read_bytes() == data
