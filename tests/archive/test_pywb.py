"""pywb, the replay tool of others, shows the pages of our WARC files: `make test` installs it."""

from __future__ import annotations

import gzip
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from newsarchive.archive.warc import Capture
from newsarchive.clock import iso
from newsarchive.demo.site import respond
from tests.conftest import ROOT
from tests.fork import PATIENCE
from tests.running import ARTICLES, Site, crawl
from tests.spiders.answers import answer, list_of, listed, row
from tests.spiders.test_rechecks import ONE, PLAIN, due_now
from tests.warcs import files, read

#: Where `make test` puts it, where there is a pywb for this Python.
INSTALLED = Path(os.environ.get("NEWSARCHIVE_PYWB", ROOT / ".venv" / "pywb"))


def page(name: str, coding: str = "") -> tuple[str, bytes, bool]:
    """Of an article: its address, its page as the small Sina sends it, and whether that is gzip."""
    host, _, path = ARTICLES[name].url.removeprefix("https://").partition("/")
    served = respond(host, f"/{path}", "", {"Accept-Encoding": coding})
    return ARTICLES[name].url, served.body, "Content-Encoding" in served.headers


PACKED = next(name for name in PLAIN if page(name, "gzip")[2])
NAME = next(name for name in PLAIN if not page(name, "gzip")[2])


class Wayback(NamedTuple):
    """A server with one collection."""

    port: int

    def get(self, moment: str, modifier: str, url: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body; gzip is unpacked."""
        address = f"http://127.0.0.1:{self.port}/sina/{moment}{modifier}/{url}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(address, timeout=PATIENCE) as response:
                body, headers = response.read(), dict(response.headers)
                status = response.status
        except urllib.error.HTTPError as error:
            return error.code, {}, error.read()
        if headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return status, headers, body


@contextmanager
def wayback(folder: Path, warcs: list[Path]) -> Iterator[Wayback]:
    """pywb with *warcs*."""
    run = {"cwd": folder, "stdin": subprocess.DEVNULL, "timeout": 60, "capture_output": True}
    for line in (["init", "sina"], ["add", "sina", *map(str, warcs)]):
        done = subprocess.run([INSTALLED / "bin" / "wb-manager", *line], **run)  # type: ignore[call-overload]
        assert done.returncode == 0, done.stderr
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        open(folder / "log", "wb") as log,
        subprocess.Popen(
            [INSTALLED / "bin" / "wayback", "-p", str(port), "-b", "127.0.0.1", "-t", "2"],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        ) as process,
    ):  # fmt: skip
        try:
            end = time.monotonic() + PATIENCE
            while time.monotonic() < end and process.poll() is None:
                with socket.socket() as client:
                    if client.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield Wayback(port)
        finally:
            process.kill()


def test_pywb_shows_what_was_recorded(tmp_path: Path) -> None:
    if not (INSTALLED / "bin" / "wayback").exists():
        pytest.skip("no pywb here: `make test` installs it, where there is one for this Python")
    archive = tmp_path / "archive"

    def answers(host: str, path: str, query: str) -> object:
        if listed(host, path, query):
            return list_of([row(ARTICLES[name]) for name in (NAME, PACKED)])
        return changed if NAME in path else None

    changed = None
    with Site(answers) as site:  # type: ignore[arg-type]
        crawl(archive, site, *ONE)
        due_now(archive, NAME, PACKED)
        time.sleep(1)  # pywb tells captures apart by the second
        changed = answer(page(NAME)[1] + b"<!-- edited -->")
        crawl(archive, site, *ONE, "-s", "RECHECK_SHARE=0.9")
    first, second = files(archive)
    moments = {
        (found.url, found.revisit, path): "".join(filter(str.isdigit, str(iso(found.at))))
        for path in (first, second)
        for found in read(path)
        if isinstance(found, Capture)
    }
    assert (ARTICLES[NAME].url, True, second) not in moments
    (tmp_path / "pywb").mkdir()
    with wayback(tmp_path / "pywb", [first, second]) as shown:
        for name in (NAME, PACKED):
            url, served, _ = page(name)
            status, headers, body = shown.get(moments[url, False, first], "id_", url)
            assert (status, body) == (200, served)
            assert headers["Content-Type"].startswith("text/html")
        # The later look: of one page its edit, of the other the payload that it refers to.
        url = ARTICLES[PACKED].url
        assert shown.get(moments[url, True, second], "id_", url)[2] == page(PACKED)[1]
        url = ARTICLES[NAME].url
        assert shown.get(moments[url, False, second], "id_", url)[2] == (
            page(NAME)[1] + b"<!-- edited -->"
        )
        # As a reader sees it: links lead into the collection, the text is there.
        status, _, body = shown.get("2026", "mp_", ARTICLES[PACKED].url)
        assert (status, ARTICLES[PACKED].title in body.decode()) == (200, True)
        assert shown.get("2026", "id_", "https://finance.sina.com.cn/nothing")[0] == 404
