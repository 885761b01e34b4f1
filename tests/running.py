"""Running the real thing: `scrapy …` in a process of its own, against a small Sina in this one."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import pytest

from newsarchive.archive import formats
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.store import Store
from newsarchive.demo import SmallSina, server
from newsarchive.demo.columns import COLUMN_PATH
from newsarchive.demo.feed import FEED_PATH
from newsarchive.demo.handler import LOOPBACK
from newsarchive.demo.lists import LIST_PATH
from newsarchive.demo.site import SPECIALS, Answer, load_articles, respond
from newsarchive.sina.channels import CHANNELS, Roll
from tests import fork
from tests.archive.exports import rows
from tests.conftest import ROOT
from tests.fork import PATIENCE

ARTICLES = {article.doc_id: article for article in load_articles() if article.paragraphs}
BY_DATE = list(ARTICLES)  # newest first
#: What differs from one crawl to the next: when it was, and where it was recorded.
CRAWL_CLOCKS = set("first_seen_at seen_at fetched_at served_at warc_file warc_offset".split())
#: What a whole crawl archives: the articles, and two pages that show something.
DOCUMENTS = ARTICLES.keys() | {SPECIALS[name].doc_id for name in ("slides", "video")}
LIDS = {channel.name: channel.place.lid for channel in CHANNELS if isinstance(channel.place, Roll)}
USUAL = [channel.name for channel in CHANNELS if channel.usual and channel.name in LIDS]


@dataclass(frozen=True)
class Completed:
    """How a command ended. `report`: what it wrote under reports/, {} for none."""

    code: int
    out: str
    err: str
    report: dict[str, Any]

    def misses(self) -> dict[str, str]:
        """The report's misses: subject -> reason."""
        return {miss["subject"]: miss["reason"] for miss in self.report["misses"]}


def command(name: str, *args: str, archive: Path, port: int | None = None) -> list[str]:
    """The command line; with *port* every host leads to the small Sina there."""
    line = [sys.executable, "-m", "scrapy", name, "-s", f"ARCHIVE_DIR={archive}"]
    if port is not None:
        for setting, value in (LOOPBACK | {"DEMO_PORT": port}).items():
            told = json.dumps(value) if isinstance(value, dict) else value
            line += ["-s", f"{setting}={told}"]
        line += ["-s", "DOWNLOAD_DELAY=0", "-s", "LIST_STALE_DAYS=0"]  # its lists stand still
    return [*line, *args]


def started(
    line: list[str], more: Mapping[str, str] = MappingProxyType({}), **options: Any
) -> fork.Process:
    """Begin such a command line; *more* comes into the environment, *options* are those of
    `fork.Process`."""
    return fork.Process(line[line.index("scrapy") + 1 :], environment() | dict(more), **options)


def environment() -> dict[str, str]:
    """Nothing of the caller's but where programs are, and the zone."""
    zone = {"TZ": os.environ["TZ"]} if "TZ" in os.environ else {}
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"} | zone


def scrapy(
    *args: str,
    archive: Path,
    port: int | None = None,
    timeout: float = PATIENCE,
    more: Mapping[str, str] = MappingProxyType({}),
    **options: Any,
) -> Completed:
    """Run `scrapy *args*` to its end.

    *more* comes into the environment; *options* are those of `subprocess.run`.
    """
    before = set(reports(archive))
    line, env = command(*args, archive=archive, port=port), {**environment(), **more}
    if options:  # what a fork cannot be given
        done = subprocess.run(
            line,
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            **options,
        )
    else:
        done = fork.run(line[line.index("scrapy") + 1 :], ROOT, env, timeout)
    return finished(done, archive, before)


def finished(
    done: subprocess.CompletedProcess[bytes], archive: Path, before: set[Path]
) -> Completed:
    """How a process ended, with the report that was not there *before*."""
    new = [path for path in reports(archive) if path not in before]
    report = json.loads(new[-1].read_bytes()) if new else {}
    return Completed(done.returncode, done.stdout.decode(), done.stderr.decode(), report)


def crawl(archive: Path, site: SmallSina, *args: str, **options: Any) -> Completed:
    """`scrapy crawl sina_finance` against *site*."""
    return scrapy("crawl", "sina_finance", *args, archive=archive, port=site.port, **options)


def replay(archive: Path, path: object, *args: str, **options: Any) -> Completed:
    """`scrapy crawl replay -a path=…`."""
    return scrapy("crawl", "replay", "-a", f"path={path}", *args, archive=archive, **options)


def export(archive: Path) -> list[dict[str, Any]]:
    """The rows of `scrapy export`, without a process of its own."""
    store = Store(archive, Ledger(f"sqlite:///{archive / 'ledger.db'}"))
    with closing(store.ledger):
        return list(map(formats.plain, rows(store)))


def told(done: Completed) -> list[str]:
    """The lines on standard error with which a run names what failed."""
    return [line for line in done.err.splitlines() if "newsarchive.extensions.run" in line]


def reports(archive: Path) -> list[Path]:
    """The reports, oldest first."""
    return sorted((archive / "reports").glob("*.json")) if archive.is_dir() else []


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below *folder*: its relative path and its bytes."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def posts(archive: Path) -> dict[str, bytes]:
    """The archive's posts, which are all that may lie beside a clean temporary folder."""
    assert not list(archive.rglob("*.tmp"))
    return tree(archive / "posts")


def ledger(archive: Path, query: str) -> list[tuple[Any, ...]]:
    """What the ledger answers to SQL."""
    with closing(sqlite3.connect(archive / "ledger.db")) as connection:
        return connection.execute(query).fetchall()


class Asked(NamedTuple):
    """One request as the site saw it."""

    host: str
    path: str
    headers: dict[str, str]


_S = TypeVar("_S", bound="Site")
Hook = Callable[[str, str, str], "Answer | None"]


class Site(SmallSina):
    """A small Sina that remembers headers, where *answer* is asked first.

    *answer* takes host, path and query; None: as the small Sina answers. `cut`: paths whose
    answers promise more than they send, and hang up.
    """

    def __init__(
        self, answer: Hook | None = None, *, slow: float = 0.1, cut: Iterable[str] = ()
    ) -> None:
        super().__init__(slow=slow)
        self.asked: list[Asked] = []
        self.cut = frozenset(cut)
        self._answer = answer
        self._patches = ExitStack()

    def __enter__(self: _S) -> _S:
        self.start()
        return self

    def start(self) -> None:
        site = self

        class Handler(server._Handler):
            def _answer(self, *, with_body: bool) -> None:
                super()._answer(with_body=with_body)
                self.close_connection |= self.path in site.cut

        self._patches.enter_context(patch.object(server, "respond", self.respond))
        self._patches.enter_context(patch.object(server, "_Handler", Handler))
        super().start()

    def stop(self) -> None:
        super().stop()
        self._patches.close()

    def respond(self, host: str, path: str, query: str, headers: Mapping[str, str]) -> Answer:
        """What `newsarchive.demo.site.respond` answers, unless the test has an answer."""
        self.asked.append(Asked(host, path, dict(headers)))
        own = self._answer(host, path, query) if self._answer else None
        answer = own or respond(host, path, query, headers)
        if path in self.cut:
            return Answer(answer.status, answer.headers, _Cut(answer.body))
        return answer

    def pages(self) -> list[str]:
        """The URLs asked that are neither lists nor robots.txt, without scheme."""
        common = ("/robots.txt", LIST_PATH, COLUMN_PATH, FEED_PATH)
        return [host + path for host, path in self.requests if not path.startswith(common)]

    def lists(self) -> list[tuple[int, int]]:
        """(lid, page) of the list requests, in order of arrival."""
        asked = [parse_qs(urlsplit(path).query) for _, path in self.requests if LIST_PATH in path]
        return [(int(query["lid"][0]), int(query["page"][0])) for query in asked]


class _Cut(bytes):
    """A body whose length is given too large."""

    def __len__(self) -> int:
        return super().__len__() + 1000


@dataclass(frozen=True)
class Crawled:
    """A finished crawl of the whole small Sina. To be looked at, never to be changed."""

    archive: Path
    done: Completed
    site: Site
    rows: dict[str, dict[str, Any]]  #: by doc_id, as exported


def whole_crawl(factory: pytest.TempPathFactory) -> Crawled:
    """The one full crawl that all tests of a session share."""
    return _whole_crawl(factory.getbasetemp() / "whole_crawl")


@cache
def _whole_crawl(archive: Path) -> Crawled:
    with Site() as site:
        done = crawl(archive, site)
    rows = export(archive)
    assert len({row["doc_id"] for row in rows}) == len(rows)
    return Crawled(archive, done, site, {row["doc_id"]: row for row in rows})
