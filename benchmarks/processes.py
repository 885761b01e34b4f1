"""Commands as processes of their own, and what each of them took."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

#: The project's folder.
ROOT = Path(__file__).parent.parent
#: What commands are run under: a profiler, say.
UNDER: list[str] = []


class Took(NamedTuple):
    """What a command took: seconds, seconds of CPU, and bytes of memory at its height.

    Its memory begins with what the benchmark itself had when it was started: so servers and pages
    are a process of their own (`origin.py`).
    """

    wall: float
    cpu: float
    memory: int
    told: str  #: on standard error


def scrapy(*words: str, cwd: Path = ROOT, **settings: Any) -> Took:
    """Run `scrapy` with *words* and *settings*. Ends the benchmark where it fails."""
    line = [*UNDER, sys.executable, "-m", "scrapy", *words]
    for name, value in settings.items():
        plain = json.dumps(value) if isinstance(value, Mapping) else value
        line += ["-s", f"{name}={plain}"]
    return run(line, cwd)


def run(line: list[str], cwd: Path) -> Took:
    """Run a command. Ends the benchmark where it fails."""
    begun = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603
        line, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    told = process.stderr.read().decode(errors="replace")
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(line)}\n{told[-3000:]}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Took(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * unit, told)
