"""How much memory a crawl took at its peak."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.conftest import ROOT
from tests.fork import PATIENCE
from tests.running import Completed, Site, command, environment, finished, reports

#: A small process in between: to a child counts what its parent held when it was born.
_LAUNCH = """
import os, sys
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(child, 0)
open(sys.argv[1], "w").write(str(used.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status))
"""


class Weighed(NamedTuple):
    """A crawl and its peak: MB of resident memory."""

    done: Completed
    peak: float


def weigh(archive: Path, site: Site, *args: str) -> Weighed:
    """`scrapy crawl sina_finance` against *site*, weighed."""
    before = set(reports(archive))
    peak = archive.parent / f"{archive.name}.peak"
    line = command("crawl", "sina_finance", *args, archive=archive, port=site.port)
    done = subprocess.run(
        [sys.executable, "-c", _LAUNCH, str(peak), *line],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
    )
    # Linux tells kilobytes, macOS bytes (getrusage(2)).
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return Weighed(finished(done, archive, before), int(peak.read_text()) / unit)
