"""`scrapy status`: the last runs, what is to do, what needs attention."""

from __future__ import annotations

import json
import re
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from newsarchive import clock
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.report import Report
from tests.archive.small import FAILED, KILLED, TODO, a_link, opened, sql
from tests.archive.workers import CRAWL, SILENT, finish, share
from tests.commands.archives import busy, command
from tests.running import Completed, tree


def status(archive: Path, *args: str) -> Completed:
    return command("status", *args, archive=archive)


def attention(done: Completed) -> list[str]:
    lines = [line for line in done.out.splitlines() if line.startswith("attention: ")]
    assert done.code == (1 if lines else 0)
    assert done.err == ""
    return [line.removeprefix("attention: ") for line in lines]


@pytest.fixture
def tidy(small: Path) -> Path:
    """Nothing of it needs attention: a run ended just now."""
    sql(small, "DELETE FROM run")
    sql(small, "DELETE FROM link WHERE doc_id = ?", FAILED)
    add_run(small)
    return small


def add_run(root: Path, spider: str = "sina_finance", minutes: float = 0, **told: Any) -> str:
    """A run that ended now, or so many minutes ago."""
    ended = clock.now() - timedelta(minutes=minutes)
    report = Report(ended - timedelta(minutes=2), spider, ended_at=ended)
    for name, value in told.items():
        setattr(report, name, value)
    with opened(root) as store:
        store.ledger.begin_run(report.name, spider, report.started_at)
        sha256 = report.write(root)
        store.ledger.end_run(report.name, ended, report.exit_code, sha256)
    return report.name


def test_the_runs_newest_first_and_what_is_to_do(small: Path) -> None:
    before = tree(small)
    done = status(small)
    assert (done.code, done.err) == (1, "")
    first, second, third, fourth, links, *rest = done.out.splitlines()
    assert first.split()[:4] == ["2021-08-05T10:54:29.123Z", "sina_finance", "exit", "-"]
    assert "no end" in first
    assert second.split()[1:4] == ["sina_live", "exit", "0"]
    assert "1800 s" in second
    assert second.endswith("1 new, 0 revised, 0 unchanged, 0 gone, 0 failed")
    assert third.startswith("2021-08-05T08:54:29.123Z")
    assert fourth.startswith("2021-08-05T07:54:29.123Z")
    assert links == "links: 4 done, 1 failed, 1 skipped, 1 todo; re-checks due: 1"
    silence, killed = rest
    assert silence.startswith("attention: no run for ")
    assert killed == f"attention: {KILLED} was killed: the next run goes on where it was"
    assert tree(small).keys() - before.keys() <= {"run.lock"}


def test_nothing_needs_attention(tidy: Path) -> None:
    done = status(tidy)
    assert attention(done) == []
    assert len(done.out.splitlines()) == 2


def test_a_run_at_work_and_one_that_was_killed(tidy: Path) -> None:
    with opened(tidy) as store:
        store.ledger.begin_run("now", "sina_live", clock.now())
    with busy(tidy):
        assert attention(status(tidy)) == []
    assert attention(status(tidy)) == ["now was killed: the next run goes on where it was"]


def test_what_the_last_runs_told(tidy: Path) -> None:
    add_run(tidy, exit_code=4, stale=["china"], skews=[3600.0])
    assert attention(status(tidy)) == [
        "the last sina_finance ended with 4: the site refuses us",
        "lists that stand still: china",
        "this machine's clock is -3600 s off the site's",
    ]


def test_a_crawl_that_workers_share(small: Path, empty: str) -> None:
    """No worker that is at work is called killed."""
    with closing(Ledger(empty)) as ledger:
        ledger.add_links([a_link(TODO), a_link(FAILED)], clock.now())
    share(empty)
    done = status(small, "-s", f"LEDGER_URL={empty}")
    runs, lines = done.out.splitlines()[:3], done.out.splitlines()[3:]
    assert all("sina_finance" in run for run in runs)
    links, told, silent = lines
    assert links == "links: 2 todo; re-checks due: 0"
    assert told.startswith(f"crawl {CRAWL} since 20")
    assert "workers: 1 alive, 1 silent, 1 ended; 14 requests, " in told
    assert told.endswith("/s, 11 new, 1 failed, 2 in hand, 2 to do")
    assert re.fullmatch(
        rf"attention: {SILENT} is silent for 1\d\d s: others take over what it had in hand", silent
    )
    patient = status(small, "-s", f"LEDGER_URL={empty}", "-s", "CLUSTER_LEASE=300")
    assert "workers: 2 alive, 0 silent, 1 ended" in patient.out
    finish(empty)
    assert "was killed" not in status(small, "-s", f"LEDGER_URL={empty}").out


def test_fewer_runs_are_shown_and_no_less_looked_at(tidy: Path) -> None:
    add_run(tidy, exit_code=4)
    add_run(tidy, "sina_live")
    done = status(tidy, "--runs", "1")
    assert "sina_live" in done.out.splitlines()[0]
    assert done.out.splitlines()[1].startswith("links: ")
    assert attention(done) == ["the last sina_finance ended with 4: the site refuses us"]


@pytest.mark.parametrize("content", [None, b"\xff{", b"[1]"])
def test_a_report_that_is_lost_is_no_crash(tidy: Path, content: bytes | None) -> None:
    path = tidy / "reports" / f"{add_run(tidy, minutes=-1)}.json"
    assert json.loads(path.read_bytes())["exit_code"] == 0
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    assert attention(status(tidy)) == []


def test_no_archive_is_said_and_none_is_made(tmp_path: Path) -> None:
    done = status(tmp_path / "archive")
    assert (done.code, done.out) == (3, "")
    assert "no archive" in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5", "²", "9" * 20])
def test_a_number_of_runs_that_is_none_ends_with_2(small: Path, number: str) -> None:
    done = status(small, f"--runs={number}")
    assert (done.code, done.out) == (2, "")
    assert done.err == f"newsarchive: --runs {number}: not a number above zero\n"


@pytest.mark.parametrize(
    ("name", "args", "word"),
    [
        ("status", ["more"], "more"),
        ("verify", ["more"], "more"),
        ("history", [], "name one document id"),
        ("history", ["a", "b"], "b"),
    ],
)
def test_arguments_that_are_too_many_or_too_few(
    small: Path, name: str, args: list[str], word: str
) -> None:
    done = command(name, *args, archive=small)
    assert done.code == 2
    assert word in done.out + done.err
