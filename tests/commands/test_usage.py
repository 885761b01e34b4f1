"""Wrong arguments: exit code 2, one line that helps, no request, nothing made."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from newsarchive.archive import lock, sqlite_file
from newsarchive.exceptions import StorageError
from newsarchive.sina import reading
from newsarchive.sina.channels import CHANNELS, Live
from tests.commands import archives
from tests.conftest import ROOT
from tests.fork import PATIENCE
from tests.running import Completed, Site, command, environment, scrapy, started, tree

LISTS = [channel.name for channel in CHANNELS if not isinstance(channel.place, Live)]
FEEDS = [channel.name for channel in CHANNELS if isinstance(channel.place, Live)]
CRAWLS = {
    "channels=nosuch": ["nosuch", *LISTS],
    "channels=": ["empty", *LISTS],
    "channles=china": ["channles", "channels", "limit"],
    "limit=0": ["limit=0"],
    "since=2021-02-30": ["2021-02-30"],
    "until=2021-08-06": ["since="],
    "since=2021-08-07 -a until=2021-08-06": ["2021-08-07", "2021-08-06"],
    "urls=/nowhere/urls.txt": ["/nowhere/urls.txt"],
    "urls=/dev/null -a channels=china": ["urls=", "channels="],
    "channels=live": ["no such channel: live."],
    "limit=1 -s RECHECK_SHARE=1": ["RECHECK_SHARE=1"],
    "limit=1 -s RECHECK_AGES=1,x": ["RECHECK_AGES", "not a number"],
    "limit=1 -s RECHECK_AGES=1,nan": ["RECHECK_AGES"],
    "limit=1 -s GONE_INTERVAL=inf": ["GONE_INTERVAL"],
    "limit=1 -s LIST_PAGE_SIZE=-1": ["LIST_PAGE_SIZE=-1", "at least 1"],
    "limit=1 -s BLOCK_WAIT=-5": ["BLOCK_WAIT=-5"],
    "limit=1 -s GONE_SIGHTINGS=often": ["GONE_SIGHTINGS", "not a number"],
    "limit=1 -s WARC_ENABLED=maybe": ["WARC_ENABLED=maybe", "True or False"],
    "limit=1 -s CLUSTER_LEASE=86401": ["CLUSTER_LEASE", "at most 86400"],
    f"limit=1 -s CLUSTER_NAME={'x' * 81}": ["CLUSTER_NAME", "at most 80"],
    "limit=1 -s DOWNLOAD_DELAY=abc": ["DOWNLOAD_DELAY", "not a number"],
    "limit=1 -s DOWNLOAD_DELAY=-3": ["DOWNLOAD_DELAY=-3", "seconds from 0"],
    "limit=1 -s WARC_SIZE_MAX=0": ["WARC_SIZE_MAX=0", "at least 1"],
}
LINES = {
    "crawl": [],
    "crawl nosuch": ["nosuch"],
    "crawl replay sina_finance": [],
    "crawl replay": ["path"],
    "crawl replay -a path=x -a urls=x": ["urls", "path, url"],
    "crawl replay -a path=x -a url=https://example.org/": ["url="],
    "crawl replay -a path": [],
    "crawl sina_live -a channels=china": ["china", *FEEDS],
    "crawl sina_live -a since=2021-08-06": ["since", "channels, limit"],
    "channels more": ["more"],
    "channels -s LIST_STALE_DAYS=x": ["LIST_STALE_DAYS", "not a number"],
    "channels --check --only china,nosuch": ["no such channel: nosuch."],
    "demo more": ["more"],
    "export more": ["more"],
    "export --format xml": ["xml", "jsonl, csv"],
    "export --since 2021-02-30": ["2021-02-30"],
    "export --until tomorrow": ["tomorrow"],
    "export --channel nosuch": ["nosuch", "china"],
    "export -s CLUSTER_LEASE=abc": ["CLUSTER_LEASE", "not a number"],
    "export --nosuch": ["--nosuch"],
    "search": ["nothing to look for"],
    "search 茅台 --nosuch": ["--nosuch"],
    "search 茅台 --channel nosuch": ["nosuch", "china"],
    "search 茅台 --limit 0": ["--limit=0"],
    "serve more": ["more"],
    "serve --port x": ["--port x", "not a port"],
    "reindex more": ["more"],
}


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Completed]:
    """What every line answered; two at a time, for there are many."""
    folder = tmp_path_factory.mktemp("usage")
    lines = [*LINES, *(f"crawl sina_finance -a {argument}" for argument in CRAWLS)]

    def run(line: str) -> Completed:
        return scrapy(*line.split(), archive=folder / "archive", port=site.port)

    with Site() as site, ThreadPoolExecutor(2) as pool:
        answers = dict(zip(lines, pool.map(run, lines)))
    assert site.requests == []
    assert list(folder.iterdir()) == []
    return answers


def check_is_refused(done: Completed, words: list[str]) -> None:
    assert done.code == 2
    told = done.out + done.err
    assert "Traceback" not in told
    for word in words:
        assert word in told


@pytest.mark.parametrize("argument", CRAWLS)
def test_bad_arguments_of_a_crawl(refused: dict[str, Completed], argument: str) -> None:
    done = refused[f"crawl sina_finance -a {argument}"]
    check_is_refused(done, CRAWLS[argument])
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize("line", LINES)
def test_bad_command_lines(refused: dict[str, Completed], line: str) -> None:
    check_is_refused(refused[line], LINES[line])


def test_the_commands_say_what_they_are_for(tmp_path: Path) -> None:
    done = scrapy("list", archive=tmp_path / "archive")
    assert (done.code, done.out.split()) == (0, ["replay", "sina_finance", "sina_live"])
    done = scrapy("export", "--help", archive=tmp_path / "archive")
    assert done.code == 0
    for option in ("--format", "--output", "--since", "--until", "--channel", "--symbol"):
        assert option in done.out
    assert not (tmp_path / "archive").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk")
@pytest.mark.parametrize(
    "line", ["export", "status", "feed", "verify", "reindex", "search 版", "reextract --dry-run"]
)
def test_what_cannot_be_printed_is_told(small: Path, tmp_path: Path, line: str) -> None:
    words, err = line.split(), tmp_path / "err"
    whole = [*command(words[0], archive=small), *words[1:]]
    with started(whole, out=Path("/dev/full"), err=err) as process:
        assert process.wait(PATIENCE) == 3
    told = err.read_bytes()
    assert b"standard output: No space left on device" in told
    assert b"Traceback" not in told


@pytest.mark.parametrize("line", ["export", "reindex", "search 版", "verify"])
@pytest.mark.parametrize("closed", [{1}, {2}, {1, 2}], ids=str)
def test_streams_may_be_closed(small: Path, tmp_path: Path, line: str, closed: set[int]) -> None:
    words, said = line.split(), tmp_path / "said"
    out, err = (None if number in closed else said for number in (1, 2))
    with started([*command(words[0], archive=small), *words[1:]], out=out, err=err) as process:
        assert process.wait(PATIENCE) == 0
    assert closed == {1, 2} or b"Traceback" not in said.read_bytes()


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_streams_may_be_closed_when_python_starts(small: Path, closed: str) -> None:
    shell = ["sh", "-c", f'"$@" {closed}', "sh", *command("export", archive=small)]
    done = subprocess.run(shell, cwd=ROOT, env=environment(), capture_output=True)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


def test_who_interrupts_is_told_no_more_than_that(
    small: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(reading, "text", interrupted)
    done = archives.command("export", "-o", str(tmp_path / "out.jsonl"), archive=small)
    assert (done.code, done.out, done.err) == (130, "", "newsarchive: interrupted\n")
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]


def test_what_can_only_be_read_is_read(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(root: Path, _name: str = "") -> None:
        raise StorageError(f"{root}: Read-only file system")

    lines = ("search 版", "export", "export --versions", "status", "history kqtesta0000501")

    def said() -> list[tuple[int, str]]:
        found = (archives.command(*line.split(), archive=small) for line in lines)
        return [(done.code, done.out) for done in found]

    before, files = said(), tree(small)
    monkeypatch.setattr(sqlite_file, "may_write", lambda _: False)
    monkeypatch.setattr(lock, "acquire", refused)
    assert said() == before
    assert archives.command("reindex", archive=small).code == 3
    assert tree(small) == files
