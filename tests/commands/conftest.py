"""What the tests of commands share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.archive.conftest import empty as empty  # a PostgreSQL database …
from tests.archive.conftest import postgres as postgres  # … where there is a server
from tests.archive.small import copied


@pytest.fixture
def small(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """A copy of the small archive."""
    return copied(tmp_path_factory, tmp_path / "archive")
