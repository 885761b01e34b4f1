"""Commands in processes that are forked from one that has everything imported.

A start of Scrapy costs a second of CPU, most of it for imports; a fork of a server that has done
them costs a tenth. What runs is the same: `scrapy.cmdline.execute`, in a process of its own.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

#: Seconds after which whatever is waited for is taken to hang: far more than the slowest machine
#: needs, which runs other things beside.
PATIENCE = 180.0


def run(
    arguments: Sequence[str], cwd: Path, env: dict[str, str], timeout: float
) -> subprocess.CompletedProcess[bytes]:
    """`scrapy *arguments*` with nothing on standard input. Raises TimeoutExpired."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("out", "err")]
        process = start(arguments, cwd, env, *paths)
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(list(arguments), timeout)
        out, err = (Path(path).read_bytes() for path in paths)
        code = process.exitcode
        process.close()
    return subprocess.CompletedProcess(list(arguments), code, out, err)


def start(
    arguments: Sequence[str], cwd: Path, env: dict[str, str], out: str, err: str
) -> BaseProcess:
    """Begin `scrapy *arguments*`; what it says goes into the files *out* and *err*."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.preload"])
    # Not daemonic: those must not have children of their own.
    process = context.Process(target=_execute, args=(list(arguments), cwd, env, out, err))
    process.start()
    return process


def _execute(arguments: list[str], cwd: Path, env: dict[str, str], out: str, err: str) -> None:
    for number, path in enumerate((os.devnull, out, err)):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
        for number, mode in enumerate("rww")
    )
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    os.chdir(cwd)
    sys.argv = ["scrapy", *arguments]
    from scrapy.cmdline import execute

    execute(sys.argv)
