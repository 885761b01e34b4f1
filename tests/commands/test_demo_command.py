"""`scrapy demo`: the main job on the bundled site, as a newcomer meets it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import termios
from pathlib import Path

import pytest

from tests.fork import PATIENCE
from tests.running import DOCUMENTS, Crawled, command, posts, scrapy, started, whole_crawl


@pytest.fixture
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    return whole_crawl(tmp_path_factory)


@pytest.mark.parametrize("told", [(), ("-s", "SECOND_PROCESS=1")], ids=["alone", "two processes"])
def test_the_demo_archives_says_where_and_is_quiet(
    crawled: Crawled, tmp_path: Path, told: tuple[str, ...]
) -> None:
    archive = tmp_path / "my archive"
    done = scrapy("demo", *told, archive=archive)
    assert (done.code, done.err) == (0, "")
    summary = done.out.splitlines()[0]
    for word in ("found", f"{len(DOCUMENTS)} archived", "3 skipped", "1 failed", "no_body"):
        assert word in summary
    assert str(archive / "posts") in done.out
    assert "broken on purpose" in done.out
    assert posts(archive) == posts(crawled.archive)
    assert (archive / re.findall(r"reports/\S+\.json", summary)[0]).is_file()
    again = scrapy("demo", archive=archive)
    assert (again.code, again.err) == (0, "")
    assert "0 archived" in again.out
    assert posts(archive) == posts(crawled.archive)


def test_the_replay_that_the_demo_proposes_works(tmp_path: Path) -> None:
    done = scrapy("demo", "-a", "channels=forex", archive=tmp_path / "archive")
    proposed = re.findall(r"crawl replay -a (path=\S+)", done.out)
    assert len(proposed) == 1
    replayed = scrapy("crawl", "replay", "-a", proposed[0], archive=tmp_path / "replayed")
    assert replayed.code == 0
    assert posts(tmp_path / "replayed") == posts(tmp_path / "archive") != {}


def on_a_terminal(line: list[str]) -> tuple[int, str]:
    """Run a command whose standard error is a terminal; its exit code and what that showed."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, 100, 0, 0))
    process = started(line, err=theirs)
    os.close(theirs)
    shown = b""
    while select.select([ours], [], [], 30)[0]:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux: the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    return process.wait(PATIENCE), shown.decode()


def test_a_terminal_sees_a_bar(tmp_path: Path) -> None:
    code, shown = on_a_terminal(command("demo", archive=tmp_path / "archive"))
    assert code == 0
    assert "archived" in shown
    assert "articles/s" in shown
    assert "\r" in shown
    assert "failed=1" in shown
    last = re.findall(r"(\d+)/(\d+)", shown)[-1]
    assert int(last[0]) == int(last[1]) >= len(DOCUMENTS)


def test_a_bar_can_be_switched_off(tmp_path: Path) -> None:
    line = command("demo", "-s", "PROGRESS_ENABLED=0", archive=tmp_path / "archive")
    assert on_a_terminal([*line, "-a", "channels=forex"]) == (0, "")
