"""A re-extraction by several workers: what comes of it is what one process makes, whatever happens.

NEWSARCHIVE_CLUSTER_CHAOS says how many rounds, as for the crawls."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from newsarchive.archive import schema, shared
from newsarchive.archive.ledger import Ledger
from tests.cluster.crowd import LEASE, Worker
from tests.cluster.servers import Postgres
from tests.commands.archives import command
from tests.faults import truth
from tests.fork import PATIENCE
from tests.rereading import read_badly
from tests.running import Site, crawl, ledger, scrapy

ROUNDS = max(3, int(os.environ.get("NEWSARCHIVE_CLUSTER_CHAOS", "1")) // 4)
#: Each is a run, and so a WARC file, of its own.
CHANNELS = ("hk", "us-china", "banking", "stock", "china")
#: For who must not be taken for silent, however slow the machine is.
LONG = ("-s", "CLUSTER_LEASE=60")
CAPTURED = "SELECT doc_id FROM article WHERE warc_file <> ''"


class Readers:
    """Workers that read one archive again; its ledger is in PostgreSQL."""

    def __init__(self, folder: Path, archive: Path, postgres: Postgres) -> None:
        self.archive, self.postgres = folder / "archive", postgres
        shutil.copytree(archive, self.archive)
        self._told = ("-s", f"LEDGER_URL={postgres.url}")
        self._log = folder / "log"
        self._engine = sa.create_engine(postgres.url, poolclass=sa.NullPool)
        for metadata in (schema.metadata, shared.metadata):
            metadata.drop_all(self._engine)
        assert command("ledger", "move", postgres.url, archive=self.archive).code == 0
        self.processes: list[Worker] = []

    def start(self, *arguments: str, words: tuple[str, ...] = ("reextract",)) -> Worker:
        line = [*words, "-s", f"ARCHIVE_DIR={self.archive}", *self._told]
        process = Worker([*line, "-s", f"CLUSTER_LEASE={LEASE}", *arguments], self._log)
        self.processes.append(process)
        return process

    def wait(self) -> list[int]:
        """Until all have ended; how each did."""
        codes = [process.wait(PATIENCE) for process in self.processes]
        self.processes = []
        return codes

    def finish(self) -> Counter[int]:
        """As `wait`; who died is started again, as a service manager does."""
        codes: Counter[int] = Counter()
        while self.processes:
            codes[code := self.processes.pop(0).wait(PATIENCE)] += 1
            if code in (3, -signal.SIGKILL):
                self.start()
        return codes

    def end(self) -> None:
        for process in self.processes:
            process.kill()
        self._engine.dispose()

    def rows(self, query: str) -> list[Any]:
        with self._engine.connect() as connection:
            return list(connection.execute(sa.text(query)).all())

    def await_rows(self, query: str, count: int = 1) -> None:
        """Until the ledger has so many."""
        ends = time.monotonic() + PATIENCE
        while len(self.rows(query)) < count:
            assert time.monotonic() < ends, self.log()
            time.sleep(0.005)

    def log(self) -> str:
        return self._log.read_text("utf-8")

    def look(self, wanted: dict[str, bytes]) -> None:
        """The archive is what one process makes of it, and nothing is left to do."""
        assert truth.posts(self.archive) == wanted
        assert self.rows("SELECT * FROM lease") == self.rows("SELECT * FROM task") == []
        assert "Traceback" not in self.log()
        with closing(Ledger(self.postgres.url)) as found:
            assert list(found.faults()) == []


#: Of the third version of an article, which is that of today's layouts.
READ = "SELECT 1 FROM article WHERE revision = 3"
#: Of a file that a worker has in hand.
HELD = "SELECT 1 FROM lease"


@pytest.fixture(scope="session")
def misread(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of several WARC files, all of whose articles were read badly."""
    archive = tmp_path_factory.mktemp("misread") / "archive"
    with Site(slow=0) as site:
        for channel in CHANNELS:
            assert crawl(archive, site, "-a", f"channels={channel}").code in (0, 1)
    read_badly(archive, *(doc_id for (doc_id,) in ledger(archive, CAPTURED)))
    return archive


@pytest.fixture(scope="session")
def wanted(misread: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one process makes of it."""
    archive = Path(shutil.copytree(misread, tmp_path_factory.mktemp("wanted") / "archive"))
    done = scrapy("reextract", archive=archive)
    assert set(done.report["archived"]) == {"revised"}
    return truth.posts(archive)


@pytest.fixture
def readers(tmp_path: Path, misread: Path, postgres_server: Postgres) -> Iterator[Readers]:
    made = Readers(tmp_path, misread, postgres_server)
    yield made
    made.end()


def test_several_workers_make_what_one_process_makes(
    readers: Readers, wanted: dict[str, bytes]
) -> None:
    for _ in range(2):
        readers.start(*LONG)
    assert readers.wait() == [0, 0], readers.log()
    readers.look(wanted)
    articles = len(readers.rows(CAPTURED))
    with closing(Ledger(readers.postgres.url)) as found:
        (told,) = found.crawls()
    assert told.ended_at is not None
    assert told.total("found") == told.by("archived")["revised"] == articles
    assert min(worker.counts["found"] for worker in told.workers) > 0


class Trouble:
    """What happens to workers."""

    def __init__(self, readers: Readers, dice: random.Random) -> None:
        self._readers, self._dice = readers, dice

    def kill(self) -> None:
        for process in self._dice.sample(self._readers.processes, 2):
            process.kill()

    def stall(self) -> None:
        process = self._dice.choice(self._readers.processes)
        with suppress(ProcessLookupError):  # it has come to its end
            os.kill(process.pid, signal.SIGSTOP)
            time.sleep(LEASE * 1.5)
            os.kill(process.pid, signal.SIGCONT)

    def restart(self) -> None:
        self._readers.postgres.restart()


@pytest.mark.parametrize("number", range(ROUNDS))
def test_whatever_happens_the_same_comes_of_it(
    readers: Readers, wanted: dict[str, bytes], number: int
) -> None:
    dice = random.Random(20210806 + number)
    for _ in range(3):
        readers.start()
    readers.await_rows(READ, dice.randrange(1, len(readers.rows(CAPTURED)) * 2 // 3))
    trouble = Trouble(readers, dice)
    (trouble.kill, trouble.stall, trouble.restart)[number % 3]()
    assert set(readers.finish()) <= {0, 3, -signal.SIGKILL}, readers.log()
    readers.look(wanted)


def test_a_worker_that_was_silent_writes_no_more(
    readers: Readers, wanted: dict[str, bytes]
) -> None:
    silent = readers.start()
    readers.await_rows(HELD)  # later it might have come to its end
    os.kill(silent.pid, signal.SIGSTOP)
    stored = len(readers.rows(READ))
    assert readers.start(*LONG).wait(PATIENCE) == 0, readers.log()
    readers.look(wanted)
    os.kill(silent.pid, signal.SIGCONT)
    assert silent.wait(PATIENCE) == 3
    readers.look(wanted)
    assert stored < len(readers.rows(CAPTURED))


def test_one_that_is_told_to_end_leaves_its_file_and_the_next_goes_on(
    readers: Readers, wanted: dict[str, bytes]
) -> None:
    first = readers.start(*LONG)
    readers.await_rows(HELD)
    os.kill(first.pid, signal.SIGTERM)
    assert first.wait(PATIENCE) == 0, readers.log()
    left = readers.rows("SELECT file, versions FROM task")
    assert len(left) > 0
    assert readers.rows("SELECT * FROM lease") == []
    (opened,) = readers.rows("SELECT opened_at FROM crawl WHERE ended_at IS NULL")
    told = command("status", *readers._told, archive=readers.archive)
    assert f"0 in hand, {len(left)} WARC files to do" in told.out
    assert "the crawl reextract is not over, and no worker is there" in told.out
    assert readers.start(*LONG).wait(PATIENCE) == 0, readers.log()
    readers.look(wanted)
    assert readers.rows("SELECT opened_at FROM crawl") == [opened]
    with closing(Ledger(readers.postgres.url)) as found:
        (whole,) = found.crawls()
    assert max(worker.counts["found"] for worker in whole.workers) == sum(n for _, n in left)


def test_who_joins_has_the_same_choice_and_no_single_run_joins(readers: Readers) -> None:
    first = readers.start(*LONG)
    readers.await_rows(HELD)
    os.kill(first.pid, signal.SIGSTOP)  # lest it comes to its end before
    other, dry = readers.start(*LONG, "--channel", "hk"), readers.start("--dry-run")
    single = readers.start(words=("crawl", "sina_finance"))
    pages = readers.start("--pages", "nowhere")
    assert other.wait(PATIENCE) == 2, readers.log()
    assert [each.wait(PATIENCE) for each in (dry, single, pages)] == [75] * 3, readers.log()
    assert (
        "the crawl reextract is at work as reextract without arguments: join it as that"
        in readers.log()
    )
    os.kill(first.pid, signal.SIGCONT)
    assert first.wait(PATIENCE) == 0, readers.log()
