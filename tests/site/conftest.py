"""An archive with one of everything, and its site without a network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("flask", reason="the extra `serve` is not installed")

from flask.templating import Environment
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache

from newsarchive.archive.export import Reader
from newsarchive.archive.store import Store
from newsarchive.sina import reading
from newsarchive.site import app as application
from newsarchive.site.app import create_app
from newsarchive.site.background import Background
from newsarchive.site.here import Site
from tests.archive.small import copied


class _Compiled(BytecodeCache):
    """Templates as they were compiled for another test's site: a site of its own compiles 18."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        known = self._known.get(f"{bucket.key}-{bucket.checksum}")
        if known is not None:
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[f"{bucket.key}-{bucket.checksum}"] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


class _Templates(Environment):
    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, bytecode_cache=_COMPILED, **options)


@pytest.fixture(autouse=True)
def compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application._Pages, "jinja_environment", _Templates)


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
