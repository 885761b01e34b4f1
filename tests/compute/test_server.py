"""Where the processes that compute import from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(os.name != "posix", reason="no other processes on Windows")

SCRIPT = """
import sys
sys.path.insert(0, {folder!r})
from functions import twice
from newsarchive.compute.abreast import in_order
print([result for _, result in in_order(twice, range(3), 1, 0)])
"""


def test_from_where_the_first_one_does_and_not_from_where_it_is_called(tmp_path: Path) -> None:
    folder, here = tmp_path / "with: a colon", tmp_path / "here"
    for path in (folder, here):
        path.mkdir()
    (folder / "functions.py").write_text("def twice(number): return 2 * number")
    for name in ("socket", "signal", "pickle", "yaml"):
        (here / f"{name}.py").write_text("raise SystemExit('of the folder that it is called in')")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(folder=str(folder)))
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=here,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("[0, 2, 4]\n", "")
