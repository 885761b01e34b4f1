"""`scrapy reindex`: a new index and new clusters of reprints, of the posts."""

from __future__ import annotations

import re
from pathlib import Path

from newsarchive.archive import lock
from tests.archive.small import EDITED, GONE
from tests.commands.archives import busy, command
from tests.running import scrapy, tree


def test_it_says_how_many_and_how_large(small: Path) -> None:
    for _ in range(2):
        done = command("reindex", archive=small)
        assert (done.code, done.err) == (0, "")
        assert re.fullmatch(
            r"5 articles indexed, 0 of them reprints of others, 0\.\d MB\.\n", done.out
        )
    assert EDITED in command("search", "第3版", archive=small).out


def test_nothing_else_is_touched(small: Path) -> None:
    before = tree(small)
    command("reindex", archive=small)
    after = tree(small)
    assert after.keys() - before.keys() == {
        "index.db",
        "index.lock",
        "reprints.db",
        "reprints.lock",
    }
    assert all(after[name] == data for name, data in before.items() if "ledger" not in name)
    assert command("verify", archive=small).code == 0


def test_damaged_posts_are_left_out_and_told(small: Path) -> None:
    post = next((small / "posts").rglob(f"*{GONE}.html"))
    post.write_bytes(b"rotten")
    done = scrapy("reindex", archive=small)
    assert (done.code, done.out[:20]) == (1, "4 articles indexed, ")
    (complaint,) = done.err.splitlines()
    assert post.name in complaint


def test_beside_a_crawl_but_not_beside_another(small: Path) -> None:
    with busy(small):
        assert command("reindex", archive=small).code == 0
    for name in ("index", "reprints"):
        held = lock.acquire(small, name)
        try:
            done = command("reindex", archive=small)
            assert (done.code, done.out) == (75, "")
        finally:
            held.release()


def test_no_archive_is_said(tmp_path: Path) -> None:
    done = command("reindex", archive=tmp_path / "archive")
    assert (done.code, done.out) == (3, "")
    assert list(tmp_path.iterdir()) == []
    assert command("reindex", "more", archive=tmp_path).code == 2
