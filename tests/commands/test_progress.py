"""Long work shows how far it is, and how long it will take: on a terminal, and nowhere else."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import termios
from pathlib import Path
from typing import Any

import pytest
from tqdm import tqdm

from newsarchive import refresh
from newsarchive.commands import export, feed
from tests.commands import archives
from tests.fork import PATIENCE
from tests.running import Crawled, command, scrapy, started, whole_crawl

#: Done of how many, and the time left.
FAR = re.compile(r"\| (\d+)/(\d+) \[[\d:]+<([\d:]+|\?), ")


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    return whole_crawl(tmp_path_factory)


def on_terminal(*words: str, archive: Path) -> list[tuple[int, int]]:
    """What the bars of a command say on a terminal: done, of how many."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    process = started(command(*words, archive=archive), err=theirs)
    os.close(theirs)
    said = b""
    while True:
        try:
            said += os.read(ours, 10_000)
        except OSError:  # the last who could write there is gone
            break
    os.close(ours)
    process.wait(PATIENCE)
    return [(int(done), int(of_all)) for done, of_all, _ in FAR.findall(said.decode())]


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("saved", ["posts", "warc"])
def test_a_replay(crawled: Crawled, tmp_path: Path, workers: str, saved: str) -> None:
    words = ("crawl", "replay", "-a", f"path={crawled.archive / saved}", "-a", f"workers={workers}")
    far = on_terminal(*words, archive=tmp_path / "shown")
    assert max(far)[0] >= len(crawled.rows)
    assert far[0][0] < far[0][1] or far[1][0] < far[1][1]  # what is to come is known early
    if saved == "posts" and workers == "1":
        assert {of_all for _, of_all in far} == {len(crawled.rows)}
    assert scrapy(*words, "-s", "LOG_LEVEL=ERROR", archive=tmp_path / "piped").err == ""


def test_what_is_read_again(crawled: Crawled) -> None:
    far = on_terminal("reextract", "--dry-run", archive=crawled.archive)
    assert {of_all for _, of_all in far} == {len(crawled.rows)}
    assert scrapy("reextract", "--dry-run", archive=crawled.archive).err == ""


def test_what_is_verified(small: Path) -> None:
    far = on_terminal("verify", archive=small)
    done, of_all = far[-1]
    assert done == of_all > 0
    assert scrapy("verify", archive=small).err == ""


class _Eager(tqdm):  # type: ignore[misc]
    """A bar that is shown without a terminal, from the first row on."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options |= {"delay": 0, "mininterval": 0}
        if not _Eager.silent:
            options["disable"] = False
        super().__init__(*args, **options)

    silent = False


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize(
    ("line", "called"),
    [
        ("export -o out.jsonl", "exported"),
        ("export --versions -o out.jsonl", "exported"),
        ("export --format parquet -o out", "exported"),
        ("feed -o out", "written"),
        ("reindex", "indexed"),
        ("reindex", "compared"),
    ],
)
def test_the_others(
    small: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    line: str,
    called: str,
    silent: bool,
) -> None:
    if "parquet" in line:
        pytest.importorskip("pyarrow")
    for module in (export, feed, refresh):
        monkeypatch.setattr(module, "tqdm", _Eager)
    monkeypatch.setattr(_Eager, "silent", silent)
    name, *words = (word.replace("out", str(tmp_path / "out")) for word in line.split())
    done = archives.command(name, *words, archive=small)
    assert done.code == 0
    if silent:
        assert done.err == ""
    else:
        *_, last = re.findall(rf"{called}: +\d+%.*?(\d+)/(\d+) \[", done.err)
        assert last[0] == last[1] != "0"
