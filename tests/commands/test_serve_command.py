"""`scrapy serve`: what it says, that it answers, that it ends, and what it refuses."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO
from urllib.request import urlopen

import pytest

pytest.importorskip("flask", reason="the extra `serve` is not installed")

from tests.archive.small import EDITED, T0, an_article, at, dump, opened
from tests.commands.archives import busy, command
from tests.fork import PATIENCE, Process
from tests.running import command as line
from tests.running import started


class Served(NamedTuple):
    """The command at work."""

    process: Process
    out: TextIO
    err: Path

    def end(self, number: signal.Signals) -> tuple[int, str, str]:
        """Tell it to; its exit code, what it said since, and what it complained of."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE), self.out.read(), self.err.read_text("utf-8")


@contextmanager
def served(archive: Path, *args: str) -> Iterator[tuple[Served, str]]:
    """The running command, and the address that it says."""
    whole = line("serve", "--port", "0", *args, archive=archive)
    ours, theirs = os.pipe()
    with open(ours, encoding="utf-8") as out, tempfile.NamedTemporaryFile() as err:
        process = started(whole, out=theirs, err=err.fileno())
        os.close(theirs)
        with process:
            said = out.readline()
            told = re.fullmatch(
                r"The archive is at (http://\S+:[0-9]+/) \(Ctrl-C ends it\)\n", said
            )
            assert told, said + Path(err.name).read_text("utf-8")
            yield Served(process, out, Path(err.name)), told[1]


def get(address: str) -> str:
    with urlopen(address, timeout=PATIENCE) as answer:
        return str(answer.read().decode())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_until_it_is_told_to_end(small: Path, number: signal.Signals) -> None:
    before = dump(small)
    with served(small) as (running, address):
        assert address.startswith("http://127.0.0.1:")
        assert EDITED in get(address)
        assert "<html" in get(f"{address}articles/{EDITED}/3/body")
        assert running.end(number) == (0, "", "")
    assert dump(small) == before


def test_it_works_beside_a_run(small: Path) -> None:
    with busy(small), served(small) as (_, address), opened(small) as store:
        new = "kqtestn0000001"
        with at(T0) as now:
            store.put(an_article(new, 1, now), new, None)
        assert new in get(address)


def test_only_the_bound_name_is_answered(small: Path) -> None:
    with served(small) as (_, address):
        host, port = address[7:-1].split(":")
        with closing(http.client.HTTPConnection(host, int(port), timeout=PATIENCE)) as connection:
            connection.request("GET", "/", headers={"Host": "evil.example"})
            assert connection.getresponse().status == 421
        with closing(http.client.HTTPConnection(host, int(port), timeout=PATIENCE)) as connection:
            connection.request("POST", "/", body="x" * 100_000)
            assert connection.getresponse().status in (405, 413)


def test_another_host_is_warned_of(small: Path) -> None:
    with served(small, "--host", "0.0.0.0") as (running, address):
        assert EDITED in get(address)
        _, _, err = running.end(signal.SIGINT)
    assert err == "newsarchive: --host 0.0.0.0: whoever reaches it reads the archive\n"


def test_a_port_that_is_in_use(small: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = str(other.getsockname()[1])
        done = command("serve", "--port", port, archive=small)
    assert (done.code, done.out) == (2, "")
    (told,) = done.err.splitlines()
    assert told.startswith(f"newsarchive: --host 127.0.0.1 --port {port}: ")


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("--port", "65536"), "--port 65536: not a port"),
        (("--port", "-1"), "--port -1: not a port"),
        (("--port", "http"), "--port http: not a port"),
        (("--host", "nosuch.invalid"), "--host nosuch.invalid: "),
        (("--host", "192.0.2.1"), "--host 192.0.2.1 --port 8000: "),
        (("more",), "unknown argument: more"),
    ],
)
def test_refusals(small: Path, args: tuple[str, ...], told: str) -> None:
    done = command("serve", *args, archive=small)
    assert done.code == 2
    assert told in done.err + done.out


def test_no_archive_is_said_and_none_is_made(tmp_path: Path) -> None:
    done = command("serve", archive=tmp_path / "archive")
    assert (done.code, done.out) == (3, "")
    assert "no archive" in done.err
    assert list(tmp_path.iterdir()) == []


def test_without_the_extra_it_says_how_to_get_it(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("newsarchive.site")]:
        monkeypatch.delitem(sys.modules, name)
    for missing in ("flask", "waitress"):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, missing, None)
            done = command("serve", archive=small)
        assert (done.code, done.out) == (2, "")
        (told,) = done.err.splitlines()
        assert "pip install -e '.[serve]'" in told
