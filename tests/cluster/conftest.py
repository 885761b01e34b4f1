"""What the tests of several workers share: servers of their own, where they can be started."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from newsarchive.archive import schema, shared
from tests.cluster.servers import Postgres, Redis, started


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    yield from started(Postgres, "psycopg")


@pytest.fixture
def database(postgres_server: Postgres) -> str:
    """The URL of an empty database."""
    engine = sa.create_engine(postgres_server.url)
    for metadata in (schema.metadata, shared.metadata):
        metadata.drop_all(engine)
    engine.dispose()
    return postgres_server.url


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    yield from started(Redis, "redis")


@pytest.fixture
def make(database: str) -> Iterator[Callable[[str], None]]:
    """Change what the ledger says, past the workers."""
    engine = sa.create_engine(database)

    def execute(statement: str) -> None:
        with engine.begin() as connection:
            connection.execute(sa.text(statement))

    yield execute
    engine.dispose()


@pytest.fixture
def passed(make: Callable[[str], None]) -> Callable[[float], None]:
    """Let so many seconds pass, for what was said of leases and beats until now."""

    def age(seconds: float) -> None:
        make(f"UPDATE lease SET until = until - {seconds}")
        make(f"UPDATE worker SET beat = beat - {seconds}")

    return age
