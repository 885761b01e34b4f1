"""One run at a time: the second one is sent away, a dead one is in nobody's way."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from tests.conftest import FIXTURES
from tests.fork import PATIENCE
from tests.running import Site, command, replay, reports, scrapy, started


def test_a_second_run_is_sent_away_and_a_killed_one_blocks_nobody(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Site(slow=20) as site:
        line = command("crawl", "sina_finance", archive=archive, port=site.port)
        process = started(line)
        try:
            while not site.requests:
                assert process.poll() is None
                time.sleep(0.01)
            begin = time.monotonic()
            second = replay(archive, FIXTURES / "posts")
            assert time.monotonic() - begin < 10
            assert second.code == 75
            assert second.out == ""
            (complaint,) = second.err.splitlines()
            assert "another run" in complaint
            assert str(archive) in complaint
            assert reports(archive) == []
            assert replay(tmp_path / "other", FIXTURES / "posts").code == 0

            # Reading is no run.
            reading = scrapy("export", archive=archive)
            assert (reading.code, reading.err) == (0, "")
            assert process.poll() is None
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(PATIENCE)
        assert (archive / "run.lock").exists()
        assert replay(archive, FIXTURES / "posts").code == 0
