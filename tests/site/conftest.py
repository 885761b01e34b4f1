"""An archive with one of everything, and its site without a network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("flask", reason="the extra `serve` is not installed")

from flask.testing import FlaskClient

from newsarchive.archive.export import Reader
from newsarchive.archive.store import Store
from newsarchive.sina import reading
from newsarchive.site.app import create_app
from newsarchive.site.background import Background
from newsarchive.site.here import Site
from tests.archive.small import copied


class Client(FlaskClient):
    """Reads each answer to its end, so that no file of it stays open."""

    def open(self, *args: Any, **more: Any) -> Any:
        return super().open(*args, buffered=True, **more)


@pytest.fixture
def small(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """A copy of the small archive."""
    return copied(tmp_path_factory, tmp_path / "archive")


@pytest.fixture
def complaints() -> list[str]:
    """What the site told beside its pages."""
    return []


@pytest.fixture
def site(small: Path, complaints: list[str]) -> Iterator[Site]:
    """The site of the small archive, as it is once all was counted and indexed."""
    with closing(Store.open(small)) as store:
        reader = Reader(reading.text, reading.exchange_form)
        background = Background(store, reader, complaints.append)
        background.refresh()
        yield Site(store, background)


@pytest.fixture
def client(site: Site) -> FlaskClient:
    """A browser without a browser: Host is `localhost`."""
    app = create_app(site)
    app.test_client_class = Client
    return app.test_client()
