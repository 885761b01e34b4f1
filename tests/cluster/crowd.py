"""Several workers of one crawl, each a process, against a small Sina in this one."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from newsarchive.archive import schema, shared
from tests import fork
from tests.cluster.servers import Postgres, Redis
from tests.faults import truth
from tests.fork import PATIENCE
from tests.running import Site, command, environment

#: Seconds that a lease lasts here.
LEASE = 3


class Worker(fork.Process):
    """A worker's process."""

    def __init__(self, arguments: list[str], log: Path) -> None:
        super().__init__(arguments, environment(), out=log, err=log)


class Crowd:
    """Workers on one archive. *rate*: seconds between two requests to a host."""

    def __init__(
        self, folder: Path, site: Site, postgres: Postgres, redis: Redis, *, rate: float = 0
    ) -> None:
        self.archive = folder / "archive"
        self.site, self.postgres, self.redis = site, postgres, redis
        self.rate = rate
        self._log = folder / "log"
        self.processes: list[Worker] = []
        self.clear()

    def clear(self) -> None:
        """An empty archive, an empty ledger."""
        shutil.rmtree(self.archive, ignore_errors=True)
        self._log.unlink(missing_ok=True)
        engine = sa.create_engine(self.postgres.url)
        for metadata in (schema.metadata, shared.metadata):
            metadata.drop_all(engine)
        engine.dispose()

    def start(
        self,
        *arguments: str,
        ledger: int = 0,
        redis: int = 0,
        words: tuple[str, ...] = ("crawl", "sina_finance"),
    ) -> Worker:
        """One more worker; *ledger* and *redis* are ports to reach them by, where not their own."""
        settings = {
            "CLUSTER_URL": self.redis.url.replace(
                str(self.redis.port), str(redis or self.redis.port)
            ),
            "LEDGER_URL": self.postgres.url.replace(
                str(self.postgres.port), str(ledger or self.postgres.port)
            ),
            "CLUSTER_LEASE": LEASE,
            "CLUSTER_PATIENCE": 20,
            "DOWNLOAD_DELAY": self.rate,
            "DOWNLOAD_DELAY_JITTER": 0,
        }
        told = [word for name, value in settings.items() for word in ("-s", f"{name}={value}")]
        line = command(*words, archive=self.archive, port=self.site.port)
        line = line[line.index("scrapy") + 1 :]
        process = Worker([*line, *told, *arguments], self._log)
        self.processes.append(process)
        return process

    def wait(self, seconds: float = 90) -> list[int]:
        """Until all have ended; how each did."""
        ends = time.monotonic() + seconds
        try:
            return [each.wait(max(0.1, ends - time.monotonic())) for each in self.processes]
        finally:
            self.end()

    def end(self) -> None:
        """Kill whoever is left."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait(PATIENCE)
        self.processes = []

    def log(self) -> str:
        return self._log.read_text("utf-8")

    def rows(self, query: str) -> list[Any]:
        """What the ledger answers to SQL."""
        engine = sa.create_engine(self.postgres.url)
        try:
            with engine.connect() as connection:
                return list(connection.execute(sa.text(query)).all())
        finally:
            engine.dispose()

    def files(self) -> dict[str, bytes]:
        """Posts and revisions."""
        return truth.posts(self.archive)

    def channels(self) -> dict[str, str]:
        """By document the channel that it belongs to."""
        return dict(self.rows("SELECT doc_id, channel FROM article"))

    def reports(self) -> list[dict[str, Any]]:
        paths = sorted((self.archive / "reports").glob("*.json"))
        return [json.loads(path.read_bytes()) for path in paths]
