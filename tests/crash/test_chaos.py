"""Killed again and again: NEWSARCHIVE_CHAOS says how often (`make chaos`: 200 times)."""

from __future__ import annotations

import os
from pathlib import Path

from tests.crash.chaos import Chaos
from tests.running import Site

KILLS = int(os.environ.get("NEWSARCHIVE_CHAOS", "20"))
#: Three lists with some sixty articles.
CHANNELS = "china,stock,banking"


def test_nothing_is_lost_twice_or_torn_however_often_a_run_is_killed(
    shim: Path, tmp_path: Path
) -> None:
    with Site(slow=0.02) as site:
        chaos = Chaos(shim, tmp_path, site, CHANNELS, seed=20210806 + KILLS)
        while (left := KILLS - chaos.tally.kills.total()) > 0:
            chaos.round(left)
            print(f"\n{chaos.tally}", flush=True)
    assert chaos.tally.faults() == {}
    assert chaos.tally.kills.total() == KILLS
