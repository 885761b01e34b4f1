"""What the archive's tests share: a ledger over SQLite, over PostgreSQL where there is one."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from newsarchive.archive.ledger import Ledger
from tests.archive.small import copied

#: Where a server is tried; user and password as libpq knows them (PGUSER, PGPASSWORD, pgpass).
POSTGRES = os.environ.get(
    "NEWSARCHIVE_TEST_POSTGRES", "postgresql+psycopg://127.0.0.1:5432/test?connect_timeout=2"
)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A URL that leads into a schema of its own, dropped at the end."""
    pytest.importorskip("psycopg", reason="no psycopg here")
    name = f"newsarchive_{uuid.uuid4().hex}"
    engine = sa.create_engine(POSTGRES)
    try:
        with engine.begin() as connection:
            connection.execute(sa.text(f"CREATE SCHEMA {name}"))
    except sa.exc.OperationalError:
        engine.dispose()
        pytest.skip(f"no PostgreSQL at {engine.url.host}:{engine.url.port}")
    # What a power cut would take is nobody's here.
    options = f"-csearch_path={name} -csynchronous_commit=off"
    url = engine.url.update_query_dict({"options": options})
    yield url.render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.execute(sa.text(f"DROP SCHEMA {name} CASCADE"))
    engine.dispose()


@pytest.fixture
def empty(postgres: str) -> str:
    """A PostgreSQL database without tables."""
    engine = sa.create_engine(postgres)
    with engine.begin() as connection:  # all at once: each table by itself takes a second query
        name = connection.scalar(sa.text("SELECT current_schema"))
        connection.execute(sa.text(f"DROP SCHEMA {name} CASCADE"))
        connection.execute(sa.text(f"CREATE SCHEMA {name}"))
    engine.dispose()
    return postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    url: str = request.getfixturevalue("empty")
    return url


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    with closing(Ledger(url)) as opened:
        yield opened


@pytest.fixture
def rows(url: str, ledger: Ledger) -> Iterator[Callable[[str], list[dict[str, Any]]]]:
    """What a table holds, read beside the ledger, as text."""
    engine = sa.create_engine(url)

    def read(statement: str) -> list[dict[str, Any]]:
        with engine.connect() as connection:
            return [dict(row) for row in connection.execute(sa.text(statement)).mappings()]

    yield read
    engine.dispose()


@pytest.fixture
def small(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """A copy of the small archive."""
    return copied(tmp_path_factory, tmp_path / "archive")
