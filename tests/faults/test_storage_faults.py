"""Every call of the store fails in turn, and it is killed at every step; nothing is lost."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.faults.shim import environment as armed
from tests.running import environment

ERRNOS = [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO]
#: `make chaos` tries every call with every errno, and kills an archive's first run, too; else each
#: call has its turn with one errno.
THOROUGH = int(os.environ.get("NEWSARCHIVE_CHAOS", "20")) >= 200


def trials(shim: Path, workload: str, **asked: Any) -> Any:
    """What the driver found: see there."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.driver"],
        input=json.dumps({"workload": workload, **asked}),
        cwd=ROOT,
        env=environment() | armed(shim, Path()),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def check(tried: Any) -> Counter[str]:
    """No trial broke a promise. Returns how they ended."""
    assert [trial for trial in tried if trial["problems"]] == []
    return Counter(trial["outcome"].partition(":")[0] for trial in tried)


@pytest.mark.parametrize("errnos", [[code] for code in ERRNOS] if THOROUGH else [ERRNOS], ids=str)
@pytest.mark.parametrize("workload", ["together", "grown", "new"][: 1 + 2 * THOROUGH])
def test_every_call_fails_in_turn(shim: Path, workload: str, errnos: list[int]) -> None:
    tried = trials(shim, workload, errnos=errnos)
    kinds = {trial["spec"].partition(":")[0] for trial in tried}
    assert kinds >= set("open write pwrite fsync fdatasync rename mkdir unlink close".split())
    ends = check(tried)
    # What SQLite can do without (to close well, to tidy up) does not stop a run.
    assert ends["stopped"] > ends["done"] > 0


@pytest.mark.parametrize("errnos", [[code] for code in ERRNOS] if THOROUGH else [ERRNOS], ids=str)
def test_every_kind_of_call_fails_from_some_use_on(shim: Path, errnos: list[int]) -> None:
    """As a disk that stays full, or was mounted read-only."""
    assert check(trials(shim, "grown", errnos=errnos, onward=True))["stopped"] > 100


@pytest.mark.parametrize("workload", ["together", "grown", "new"][: 1 + 2 * THOROUGH])
def test_killed_at_every_step(shim: Path, workload: str) -> None:
    tried = trials(shim, workload, halves=["write", "pwrite"] if THOROUGH else ["write"])
    assert check(tried) == {"killed": len(tried)}
    assert len(tried) > 50


@pytest.mark.parametrize("workload", ["new", "grown", "together"])
def test_nothing_counts_before_it_is_synced(shim: Path, workload: str) -> None:
    """What a kill cannot show, and a power cut would: content before name, name before ledger,
    ledger before the next."""
    unsynced: set[str] = set()
    log = False
    for kind, path in trials(shim, workload):
        folder, _, name = path.rpartition("/")
        if name == "ledger.db-wal":
            assert kind != "pwrite" or not unsynced
            log = (log or kind == "pwrite") and kind not in ("fdatasync", "unlink")
        elif kind == "write":
            assert not log
            unsynced.add(path)
        elif kind == "rename":
            root = path.partition("/archive/")[0]
            temporary = f"{root}/archive/.newsarchive/{name}-"  # and the process, and .tmp
            assert not [file for file in unsynced if file.startswith(temporary)]
            unsynced.add(folder)
        elif kind == "mkdir" and name != "archive":
            unsynced.add(folder)
        elif kind in ("fsync", "fdatasync"):
            unsynced.discard(path)
    assert not unsynced
