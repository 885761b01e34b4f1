"""Running a command of the archive on the small one of `tests/archive/small.py`."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from scrapy import cmdline

from tests.conftest import ROOT
from tests.fork import PATIENCE
from tests.running import Completed, environment

_HOLD = """
import sys, time
from pathlib import Path
from newsarchive.archive import lock
held = lock.acquire(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def command(name: str, *args: str, archive: Path) -> Completed:
    """As `tests.running.scrapy`, in this process: many times faster."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="\n") for _ in range(2))
    line = ["scrapy", name, "-s", f"ARCHIVE_DIR={archive}", *args]
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as raised:
        cmdline.execute(line)
    for stream in (out, err):
        stream.seek(0)
    return Completed(int(raised.value.code or 0), out.read(), err.read(), {})


@contextmanager
def busy(archive: Path) -> Iterator[None]:
    """Another process holds the lock, as a run does."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(archive)],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"held\n"
        yield
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)
        process.stdout.close()
