"""What a report says of the command line."""

from __future__ import annotations

import sys

import pytest

from newsarchive.extensions.hold import _command


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
