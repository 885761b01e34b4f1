"""What a run holds: the folder of its ledger; and what its report says of the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from scrapy.settings import Settings

from newsarchive.archive.store import Store
from newsarchive.exceptions import StorageError
from newsarchive.extensions.hold import Hold, _command
from tests.archive.small import T0, an_article


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("CLUSTER_URL=redis://:geheim@host", "CLUSTER_URL=redis://:***@host"),
        ("CLUSTER_URL=redis://:ge@heim@host", "CLUSTER_URL=redis://:***@host"),
        ("redis://host/0?password=geheim&db=1", "redis://host/0?password=***&db=1"),
        ("postgresql://me:ge heim@host/db", "postgresql://me:***@host/db"),
        ("postgresql:///db?user=me&password=geheim", "postgresql:///db?user=me&password=***"),
        ("postgresql://me@host:5432/db", "postgresql://me@host:5432/db"),
    ],
)
def test_no_password_is_kept(typed: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["scrapy", "-s", typed])
    assert _command().replace("'", "") == f"scrapy -s {told}"


def test_a_folder_without_the_posts_of_its_ledger_is_not_taken(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    store = Store.open(tmp_path / "archive", url, create=True)
    store.put(an_article("kqtesta0000501", 1, T0))
    store.close()
    settings = Settings({"ARCHIVE_DIR": str(tmp_path / "elsewhere"), "LEDGER_URL": url})
    with pytest.raises(StorageError, match=r"elsewhere has no posts, .* mounted\?"):
        Hold(settings, "replay", asks=False)
    settings["ARCHIVE_DIR"] = str(tmp_path / "archive")
    Hold(settings, "replay", asks=False).store.close()
