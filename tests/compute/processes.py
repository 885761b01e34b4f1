"""Other processes: whether one is there, and what one imports."""

from __future__ import annotations

import os
import subprocess
import sys
import time


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:  # where nobody takes orphans in, it stays as a zombie
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def ended(pid: int) -> bool:
    """Whether it ends within ten seconds."""
    for _ in range(200):
        if not runs(pid):
            return True
        time.sleep(0.05)
    return False


def orphan(code: str) -> int:
    """The process whose number a process that runs *code* prints, and which that leaves, killed."""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.kill()
    return pid


def imported(*statements: str) -> set[str]:
    """The modules that a process has imported after some `import …` and `from … import …`."""
    line = [sys.executable, "-c", "; ".join([*statements, "import sys", "print(*sys.modules)"])]
    return set(subprocess.run(line, capture_output=True, text=True, check=True).stdout.split())
