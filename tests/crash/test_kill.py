"""Runs that are killed or told to stop: the next one goes on, and nothing is lost or half there."""

from __future__ import annotations

import json
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from newsarchive.archive.ledger import Ledger
from newsarchive.clock import UTC
from newsarchive.demo.site import SPECIALS
from tests.faults import truth
from tests.fork import PATIENCE
from tests.running import (
    CRAWL_CLOCKS,
    DOCUMENTS,
    Crawled,
    Site,
    command,
    crawl,
    export,
    ledger,
    posts,
    replay,
    reports,
    started,
    tree,
    whole_crawl,
)

#: A little of the delay that a live crawl has: pages come one after another, as they do there.
PACE = ("-s", "DOWNLOAD_DELAY=0.015")
#: Pages that a killed run may have asked for, but not yet written to the ledger.
IN_HAND = 5


@pytest.fixture
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    return whole_crawl(tmp_path_factory)


def stop(
    line: list[str],
    number: signal.Signals,
    moment: Callable[[], bool],
    pause: float = 0,
    patience: float = 30,
    again: float | None = None,
) -> tuple[int, str]:
    """Start a command, send a signal at a moment; returns the exit code and standard error.

    *again*: seconds after which the signal is sent a second time.
    """
    with tempfile.NamedTemporaryFile() as err, started(line, err=err.fileno()) as process:
        end = time.monotonic() + PATIENCE
        while not moment() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.002)
        time.sleep(pause)
        process.send_signal(number)
        if again is not None:
            time.sleep(again)
            process.send_signal(number)
        code = process.wait(patience)
        return code, Path(err.name).read_text("utf-8")


def check_is_whole(archive: Path, crawled: Crawled) -> None:
    assert posts(archive) == posts(crawled.archive)
    states = Counter(ledger(archive, "SELECT state, reason FROM link"))
    assert states == {
        ("done", ""): len(DOCUMENTS),
        ("todo", "not_found"): 2,  # a page may come later than its row
        ("failed", "no_body"): 1,
    }
    rows = ledger(archive, "SELECT doc_id FROM article")
    assert len(rows) == len(set(rows)) == len(DOCUMENTS)
    assert ledger(archive, "SELECT count(*) FROM revision") == [(0,)]
    listed = "SELECT doc_id, channel, url, listed_at FROM listing ORDER BY 1, 2"
    assert ledger(archive, listed) == ledger(crawled.archive, listed)
    for row in export(archive):
        wanted = crawled.rows[row["doc_id"]]
        assert {name: row[name] for name in row if name not in CRAWL_CLOCKS} == (
            {name: wanted[name] for name in wanted if name not in CRAWL_CLOCKS}
        )


def test_crawls_killed_at_any_moment_end_as_one_that_was_left_alone(
    crawled: Crawled, tmp_path: Path
) -> None:
    archive, dice, whole = tmp_path / "archive", random.Random(20210806), crawled.archive / "posts"
    # After so many requests (lists, robots.txt and pages), and while posts are being written.
    moments = [("requests", count) for count in (1, 4, 14)]
    moments += [("posts", dice.randrange(low, low + 9)) for low in (1, 20, 45)]
    with Site(slow=0.02) as site:
        for what, count in moments:
            before = len(site.requests)

            def reached(what: str = what, count: int = count, before: int = before) -> bool:
                if what == "posts":
                    return len(list((archive / "posts").rglob("*.html"))) >= count
                return len(site.requests) - before >= count

            line = command("crawl", "sina_finance", *PACE, archive=archive, port=site.port)
            code, _ = stop(line, signal.SIGKILL, reached, dice.random() * 0.02)
            assert code == -signal.SIGKILL
            for path, data in tree(archive / "posts").items():
                assert data == (whole / path).read_bytes()
        assert reports(archive) == []
        # What a kill in the middle of a write leaves behind.
        (archive / ".newsarchive").mkdir(exist_ok=True)
        (archive / ".newsarchive" / "half-nhfrqva1035217.html.tmp").write_bytes(b"\n---\ntitle: '")
        done = crawl(archive, site)
    # 1 where the page without a body came last, 0 where a killed run had given it up.
    assert done.code in (0, 1)
    check_is_whole(archive, crawled)
    assert len(site.pages()) <= len(crawled.site.pages()) + len(moments) * IN_HAND


def test_a_post_without_its_ledger_row_is_written_again_the_same(
    crawled: Crawled, tmp_path: Path
) -> None:
    """The moment between the rename and the commit."""
    archive = tmp_path / "archive"
    name, row = next(iter(crawled.rows.items()))
    archive.mkdir()
    with closing(Ledger(f"sqlite:///{archive / 'ledger.db'}")) as opened:
        opened.begin_run("killed", "sina_finance", datetime(2021, 8, 6, tzinfo=UTC))
    orphan = archive / row["path"]
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes((crawled.archive / row["path"]).read_bytes())
    with Site() as site:
        assert crawl(archive, site, "-a", f"channels={row['channel']}").code in (0, 1)
    assert ledger(archive, f"SELECT revision FROM article WHERE doc_id = '{name}'") == [(1,)]
    assert orphan.read_bytes() == (crawled.archive / row["path"]).read_bytes()


def test_signals_end_a_run_cleanly_and_the_next_one_goes_on(
    crawled: Crawled, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    with Site() as site:
        for run, number in enumerate((signal.SIGINT, signal.SIGTERM), 1):
            line = command("crawl", "sina_finance", *PACE, archive=archive, port=site.port)
            goal = len(site.pages()) + 8
            code, err = stop(line, number, lambda goal=goal: len(site.pages()) >= goal)  # type: ignore[misc]
            # Nothing failed: what is left is done by the next run.
            assert (code, err) == (0, "")
            assert len(reports(archive)) == run
            assert json.loads(reports(archive)[-1].read_bytes())["finish_reason"] == "shutdown"
            count = len(posts(archive))
            assert 0 < count < len(DOCUMENTS)
            done = ledger(archive, "SELECT count(*) FROM link WHERE state = 'done'")
            assert done == [(count,)]
        crawl(archive, site)
    assert posts(archive) == posts(crawled.archive)
    # What was under way when the signal came was finished, not thrown away. Only pages that were
    # not there are asked for in each run.
    again = Counter(site.pages()) - Counter(crawled.site.pages())
    gone = [SPECIALS[name].doc_id for name in ("gone", "not_found_page")]
    assert all(any(name in page for name in gone) for page in again)


@pytest.mark.parametrize(("number", "pause"), [(signal.SIGINT, 0.05), (signal.SIGTERM, 0)])
def test_a_second_signal_loses_nothing(
    crawled: Crawled, tmp_path: Path, number: signal.Signals, pause: float
) -> None:
    archive = tmp_path / "archive"
    with Site() as site:
        line = command("crawl", "sina_finance", *PACE, archive=archive, port=site.port)
        code, err = stop(line, number, lambda: len(site.pages()) >= 8, again=pause)
    # A second one that comes when all is done ends the process as it ends any other.
    assert (code, err) == (0, "") or code == -number
    assert truth.leftovers(archive) == truth.untrue(archive) == []
    found = posts(archive)
    assert 0 < len(found) < len(DOCUMENTS)
    assert found.items() <= posts(crawled.archive).items()
    [report] = reports(archive)
    assert json.loads(report.read_bytes())["archived"] == {"new": len(found)}
    todo = ledger(archive, "SELECT count(*) FROM link WHERE state = 'todo'")
    assert todo[0][0] > 0


def test_a_killed_replay_goes_on(crawled: Crawled, tmp_path: Path) -> None:
    archive, path = tmp_path / "archive", crawled.archive / "posts"
    line = command("crawl", "replay", "-a", f"path={path}", archive=archive)
    code, _ = stop(line, signal.SIGKILL, lambda: len(tree(archive / "posts")) >= 10)
    assert code == -signal.SIGKILL
    assert len(tree(archive / "posts")) < len(DOCUMENTS)
    assert replay(archive, path).code == 0
    assert posts(archive) == posts(crawled.archive)


def test_a_signal_ends_a_replay(crawled: Crawled, tmp_path: Path) -> None:
    archive, path = tmp_path / "archive", crawled.archive / "posts"
    line = command("crawl", "replay", "-a", f"path={path}", archive=archive)
    code, err = stop(line, signal.SIGTERM, lambda: len(tree(archive / "posts")) >= 10)
    assert (code, err) == (0, "")
