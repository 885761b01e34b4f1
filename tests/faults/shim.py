"""The shim of shim.c: built, put before libc, armed."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).with_name("shim.c")


class Unavailable(Exception):
    """There is no shim here; the text says why."""


def build(folder: Path) -> Path:
    """Compile the shim into *folder*. Raises Unavailable."""
    compiler = shutil.which("cc")
    if sys.platform != "linux" or compiler is None:
        raise Unavailable("the shim needs Linux and cc")
    library = folder / "shim.so"
    line = [compiler, *"-std=gnu11 -O2 -shared -fPIC -o".split(), str(library), str(SOURCE), "-ldl"]
    done = subprocess.run(line, capture_output=True, text=True)
    if done.returncode:
        raise Unavailable(f"cc: {done.stderr.splitlines()[0] if done.stderr else 'failed'}")
    return library


def environment(
    library: Path, root: Path, spec: str = "", trace: Path | None = None
) -> dict[str, str]:
    """What arms the shim in a process of its own: see shim.c."""
    return {
        "LD_PRELOAD": str(library),
        "SHIM_ROOT": str(root),
        "SHIM_SPEC": spec,
        "SHIM_TRACE": str(trace or ""),
    }


def arm(root: Path | None, spec: str = "", trace: Path | None = None) -> None:
    """Arm the shim that this process was started with; None: disarm it."""
    ctypes.CDLL(None).shim_arm(os.fsencode(root or ""), spec.encode(), os.fsencode(trace or ""))


def calls(trace: Path) -> list[tuple[str, str]]:
    """What the shim counted: (kind, path)."""
    lines = trace.read_text().splitlines() if trace.exists() else []
    return [(kind, path) for kind, _, path in (line.partition(" ") for line in lines)]
