"""After a block the site is left alone for a while; a dead network uses nothing up."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from newsarchive.clock import UTC
from newsarchive.demo.site import Answer
from tests.conftest import FIXTURES
from tests.faults_network.listed import PLAIN, archived_whole, links, list_with
from tests.fork import PATIENCE
from tests.running import Site, command, crawl, ledger, replay, reports, scrapy, started
from tests.spiders.answers import answer

CAPTCHA = answer((FIXTURES / "pages" / "blocked_captcha" / "page.html").read_bytes())

#: Requests that are on their way when a run ends: three times CONCURRENT_REQUESTS, without a delay.
AFTER = 12


def waits_until(archive: Path) -> datetime:
    ((until,),) = ledger(archive, "SELECT value FROM about WHERE key = 'wait_until'")
    return datetime.fromisoformat(until[:-1]).replace(tzinfo=UTC)


def change(archive: Path, statement: str) -> None:
    """The hand of a clock, moved."""
    with closing(sqlite3.connect(archive / "ledger.db")) as connection, connection:
        connection.execute(statement)


def test_a_block_is_remembered_and_kept_to(tmp_path: Path) -> None:
    names, archive = PLAIN[:30], tmp_path / "archive"
    with Site(list_with(names, dict.fromkeys(names, CAPTCHA))) as site:
        begin = datetime.now(UTC)
        done = crawl(archive, site, "-a", "channels=china", "-s", "BLOCK_WAIT=1800")
    assert done.code == 4
    assert 3 <= len(site.pages()) < 3 + AFTER  # BLOCKS_MAX
    assert len(done.report["misses"]) == len(site.pages())
    wait = waits_until(archive) - begin
    assert timedelta(minutes=30) <= wait < timedelta(minutes=31)
    assert {link[::2] for link in links(archive).values()} == {("todo", 0)}
    before, until = reports(archive), f"{waits_until(archive):%Y-%m-%d %H:%M:%S} UTC"

    with Site(list_with(names)) as well:
        for run in ("crawl sina_finance", "crawl sina_live", "channels --check"):
            early = scrapy(*run.split(), archive=archive, port=well.port)
            assert (early.code, early.out) == (4, "")
            assert early.err == (
                f"newsarchive: the site refused us: it is not asked again before {until}\n"
            )
        assert well.requests == []
        assert reports(archive) == before
        assert replay(archive, next((FIXTURES / "posts").glob("*.html"))).code == 0  # asks nobody
        change(
            archive, "UPDATE about SET value = '2021-01-01T00:00:00.000Z' WHERE key = 'wait_until'"
        )
        later = crawl(archive, well, "-a", "channels=china")
    assert (later.code, later.report["archived"]) == (0, {"new": len(names)})


def test_failures_in_a_row_end_the_run(tmp_path: Path) -> None:
    names, archive = PLAIN[:40], tmp_path / "archive"
    dead = dict.fromkeys(names, answer("oops", 500))
    with Site(list_with(names, dead)) as site:
        done = crawl(archive, site, "-a", "channels=china", "-s", "RETRY_TIMES=0")
    assert (done.code, done.report["finish_reason"]) == (1, "unreachable")
    tried = len(site.pages())
    assert 20 <= tried < 20 + AFTER  # FAILURES_MAX
    assert done.report["failed"] == {"http_error": tried}
    assert "20 failures in a row" in done.err
    assert "Traceback" not in done.err
    found = list(links(archive).values())
    assert found.count(("todo", "http_error", 1)) == tried
    assert found.count(("todo", "", 0)) == len(names) - tried


def test_a_network_that_is_down_uses_no_link_up(tmp_path: Path) -> None:
    names, archive = PLAIN[:3], tmp_path / "archive"
    pages: dict[str, Answer] = dict.fromkeys(names, answer("oops", 500))
    options = ("-a", "channels=china", "-s", "RETRY_TIMES=0", "-s", "LINK_ATTEMPTS_MAX=3")
    with Site(list_with(names, pages)) as site:
        counts = []
        for _ in range(3):
            crawl(archive, site, *options)
            counts.append(len(site.pages()))
    assert counts == [3, 6, 6]  # after the second try nothing is due for an hour
    assert set(links(archive).values()) == {("todo", "http_error", 2)}
    dues = ledger(archive, "SELECT due_at FROM link")
    pauses = [datetime.fromisoformat(due[:-1]).replace(tzinfo=UTC) for (due,) in dues]
    rests = [due - datetime.now(UTC) for due in pauses]
    assert all(timedelta(minutes=58) < rest < timedelta(hours=1) for rest in rests)

    with Site(list_with(names)) as well:
        # By hand a link may be tried at once.
        file = tmp_path / "urls.txt"
        file.write_text(f"https://finance.sina.com.cn/china/2021-08-06/doc-i{names[0]}.shtml\n")
        assert crawl(archive, well, "-a", f"urls={file}").code == 0
        archived_whole(archive, names[:1])
        change(archive, "UPDATE link SET due_at = '2021-01-01T00:00:00.000Z'")
        assert crawl(archive, well, "-a", "channels=china").code == 0
    archived_whole(archive, names)


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_ctrl_c_does_not_wait_for_a_pause(tmp_path: Path) -> None:
    names, archive = PLAIN[:8], tmp_path / "archive"
    later = Answer(503, {"Retry-After": "60"}, b"later")
    with Site(list_with(names, dict.fromkeys(names, later))) as site:
        arguments = ("sina_finance", "-a", "channels=china")
        line = command("crawl", *arguments, archive=archive, port=site.port)
        process = started(line)
        try:
            while not site.pages():
                assert process.poll() is None
                time.sleep(0.02)
            time.sleep(0.5)  # now all of them wait
            sent = time.monotonic()
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)
            assert time.monotonic() - sent < 45
        finally:
            process.kill()
            process.wait()
    assert {state for state, _, _ in links(archive).values()} == {"todo"}
    assert len(site.pages()) <= 4
