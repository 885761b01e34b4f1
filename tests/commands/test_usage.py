"""Wrong arguments: exit code 2, one line that helps, no request, nothing made."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from newsarchive.sina import channels
from tests.running import Completed, Site, scrapy

CRAWLS = {
    "channels=nosuch": ["nosuch", *channels.BY_NAME],
    "channels=china,,nosuch,macro": ["no such channel: nosuch.", *channels.BY_NAME],
    "channels=": ["empty", *channels.BY_NAME],
    "channles=china": ["channles", "channels", "limit"],
    "limit=0": ["limit=0"],
    "limit=-3": ["limit=-3"],
    "limit=three": ["limit=three"],
}
LINES = {
    "crawl": [],
    "crawl nosuch": ["nosuch"],
    "crawl replay sina_finance": [],
    "crawl replay": ["path"],
    "crawl replay -a path=": ["path"],
    "crawl replay -a path=x -a urls=x": ["urls", "path, url"],
    "crawl replay -a path=x -a url=https://example.org/": ["url="],
    "crawl replay -a path": [],
    "demo more": ["more"],
    "demo -a channels=nosuch": ["nosuch"],
    "export more": ["more"],
    "export --format xml": ["xml", "jsonl"],
    "export --since 2021-02-30": ["2021-02-30"],
    "export --until tomorrow": ["tomorrow"],
    "export --since 20210806": ["20210806"],
    "export --channel nosuch": ["nosuch", "china"],
    "export --nosuch": ["--nosuch"],
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
    assert (done.code, done.out.split()) == (0, ["replay", "sina_finance"])
    done = scrapy("export", "--help", archive=tmp_path / "archive")
    assert done.code == 0
    for option in ("--format", "--output", "--since", "--until", "--channel", "--symbol"):
        assert option in done.out
    assert not (tmp_path / "archive").exists()
