"""Commands in processes that are forked from one that has everything imported.

A start of Scrapy costs a second of CPU, most of it for imports; a fork of a server that has done
them costs a tenth. What runs is the same: `scrapy.cmdline.execute`, in a process of its own.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.forkserver import HEAD, WORD

#: Seconds after which whatever is waited for is taken to hang: far more than the slowest machine
#: needs, which runs other things beside.
PATIENCE = 180.0
_ROOT = Path(__file__).resolve().parent.parent


class Process:
    """`scrapy *arguments*`, begun; to be asked as a `subprocess.Popen` is.

    *out* and *err* are descriptors, files, or None: closed. Nothing is on standard input.
    *session*: in one of its own. With LD_PRELOAD in *env* the process is one of a server that was
    started so.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        env: Mapping[str, str],
        *,
        out: int | Path | None = Path(os.devnull),
        err: int | Path | None = Path(os.devnull),
        cwd: Path = _ROOT,
        session: bool = False,
    ) -> None:
        self.arguments = list(arguments)
        self.returncode: int | None = None
        job: dict[str, object] = {
            "arguments": self.arguments,
            "env": dict(env),
            "cwd": str(cwd),
            "session": session,
            "closed": [number for number, where in ((1, out), (2, err)) if where is None],
        }
        streams = [_opened(where) for where in (Path(os.devnull), out, err)]
        self._told, theirs = os.pipe()
        try:
            _server(env.get("LD_PRELOAD", "")).ask(job, [*streams, theirs])
        finally:
            for descriptor in (*streams, theirs):
                os.close(descriptor)
        self.pid = self._word()

    def poll(self) -> int | None:
        """How it ended; None while it is at work."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Until it has ended; how. Raises TimeoutExpired."""
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.arguments, timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it has ended, and the server is about to say so
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.wait()

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._told], [], [], timeout)[0]:
            self.returncode = self._word()
            os.close(self._told)
        return self.returncode

    def _word(self) -> int:
        said = os.read(self._told, WORD.size)
        assert said, "the server has died"
        word: int = WORD.unpack(said)[0]
        return word


def run(
    arguments: Sequence[str], cwd: Path, env: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[bytes]:
    """`scrapy *arguments*` to its end. Raises TimeoutExpired."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = (Path(folder) / name for name in ("out", "err"))
        with Process(arguments, env, out=out, err=err, cwd=cwd) as process:
            code = process.wait(timeout)
        said = out.read_bytes(), err.read_bytes()
    return subprocess.CompletedProcess(list(arguments), code, *said)


def _opened(where: int | Path | None) -> int:
    where = Path(os.devnull) if where is None else where
    if isinstance(where, int):
        return os.dup(where)
    return os.open(where, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)


class _Server:
    """Who forks; it ends with this process."""

    def __init__(self, preload: str) -> None:
        env = {name: value for name, value in os.environ.items() if name[:5] != "SHIM_"}
        # As the processes of the tests have it from their start on.
        env |= {"LC_ALL": "C.UTF-8"} | ({"LD_PRELOAD": preload} if preload else {})
        self._line, theirs = socket.socketpair()
        self._lock = threading.Lock()
        line = [sys.executable, "-m", "tests.forkserver"]
        self._process = subprocess.Popen(line, cwd=_ROOT, env=env, stdin=theirs.fileno())
        theirs.close()

    def ask(self, job: dict[str, object], descriptors: list[int]) -> None:
        text = json.dumps(job).encode()
        with self._lock:
            socket.send_fds(self._line, [HEAD.pack(len(text))], descriptors)
            self._line.sendall(text)

    def end(self) -> None:
        self._line.close()
        self._process.kill()
        self._process.wait()


_servers: dict[str, _Server] = {}
_starting = threading.Lock()


def _server(preload: str) -> _Server:
    with _starting:  # by two threads at once, one would be started in vain, and end in use
        if preload not in _servers:
            _servers[preload] = _Server(preload)
            atexit.register(_servers[preload].end)
    return _servers[preload]
