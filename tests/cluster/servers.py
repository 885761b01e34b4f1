"""A PostgreSQL and a Redis of our own, on ports of their own: to be killed, and forgotten."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import pytest

_PLACES = "/usr/lib/postgresql"


class Unavailable(Exception):
    """There is no such server here."""


class Postgres:
    """A server in *folder*, which it makes."""

    def __init__(self) -> None:
        self._initdb, self._pg_ctl = _found("initdb"), _found("pg_ctl")
        self._as: Sequence[str] = []
        if os.geteuid() == 0:  # it does not run as root
            if shutil.which("runuser") is None or not _exists("postgres"):
                raise Unavailable("PostgreSQL does not run as root, and there is no user for it")
            self._as = ["runuser", "-u", "postgres", "--"]
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="newsarchive-pg-"))
        if self._as:
            shutil.chown(self.folder, "postgres", "postgres")
        self._run(self._initdb, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8")
        with open(self.folder / "data" / "postgresql.conf", "a") as file:
            file.write(
                f"port={self.port}\nlisten_addresses='127.0.0.1'\nmax_connections=100\n"
                f"unix_socket_directories='{self.folder}'\nshared_buffers=32MB\n"
            )
        self.start()

    @property
    def url(self) -> str:
        """Of its one database."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        self._run(self._pg_ctl, "-w", "-l", str(self.folder / "log"), "start")

    def restart(self) -> None:
        """As after a crash: no connection is told good-bye, nothing is written out."""
        self._run(self._pg_ctl, "-m", "immediate", "-w", "stop")
        self.start()

    def close(self) -> None:
        self._run(self._pg_ctl, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder)

    def _run(self, program: str, *arguments: str) -> None:
        line = [*self._as, program, "-D", str(self.folder / "data"), *arguments]
        done = subprocess.run(
            line,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=os.environ | {"LC_ALL": "C"},
        )
        if done.returncode:
            raise Unavailable(f"{program}: {done.stderr.decode()[-300:]}")


class Redis:
    """A server that keeps nothing, or, with *keeps*, everything."""

    def __init__(self, *, keeps: bool = False) -> None:
        program = shutil.which("redis-server") or shutil.which("valkey-server")
        if program is None:
            raise Unavailable("no redis-server and no valkey-server here")
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="newsarchive-redis-"))
        self._line = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._line += ["--dir", str(self.folder), "--loglevel", "warning"]
        if keeps:
            self._line += ["--appendonly", "yes", "--appendfsync", "always"]
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        wait_for(self.port)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def restart(self) -> None:
        """Killed, and back; with its data where it keeps them."""
        self.kill()
        self.start()

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.folder)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(port: int) -> None:
    """Until somebody listens there."""
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise Unavailable(f"nobody listens on {port}")


def _found(program: str) -> str:
    places = sorted(Path(_PLACES).glob("*/bin"), reverse=True)
    path = os.pathsep.join([*map(str, places), os.environ.get("PATH", os.defpath)])
    found = shutil.which(program, path=path)
    if found is None:
        raise Unavailable(f"no {program} here")
    return found


def _exists(user: str) -> bool:
    done = subprocess.run(["id", user], capture_output=True)
    return done.returncode == 0 and getpass.getuser() != user


_Server = TypeVar("_Server", Postgres, Redis)


def started(kind: type[_Server], client: str) -> Iterator[_Server]:
    """For fixtures: a server, until the test is over; a skip where it or its *client* is not."""
    pytest.importorskip(client, reason=f"no {client} here")
    try:
        server = kind()
    except Unavailable as error:
        pytest.skip(str(error))
    yield server
    server.close()
