"""Retry-After: short pauses are kept to, long ones end the run."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from newsarchive.clock import UTC
from newsarchive.demo.site import Answer
from tests.faults_network.listed import PLAIN, archived_whole, asked, links, list_with, reasons
from tests.running import Site, crawl, ledger, scrapy
from tests.spiders.answers import listed


def refusal(status: int, told: str) -> Answer:
    return Answer(status, {"Content-Type": "text/plain", "Retry-After": told}, b"later")


def whole_second(later: float) -> datetime:
    return datetime.fromtimestamp(int(time.time() + later), UTC)


#: form -> status, seconds until the moment that is told (down to a whole one), how it is told.
FORMS: dict[str, tuple[int, float, Callable[[datetime], str]]] = {
    "IMF-fixdate": (429, 1.5, lambda moment: format_datetime(moment, usegmt=True)),
    "RFC 850 date": (503, 1.5, lambda moment: f"{moment:%A, %d-%b-%y %H:%M:%S GMT}"),
    "asctime date": (
        429,
        1.5,
        lambda moment: f"{moment:%a %b} {moment.day:2} {moment:%H:%M:%S %Y}",
    ),
    "past date": (503, -5000, lambda moment: format_datetime(moment, usegmt=True)),
    "seconds": (429, 0, lambda moment: "1"),
}


def test_the_host_is_not_asked_before_the_moment_it_names(tmp_path: Path) -> None:
    forms = dict(zip(PLAIN, FORMS))
    good = PLAIN[len(forms) :][:6]
    begun: list[tuple[float, str]] = []  # when each request for a page came, and its path
    told: list[tuple[float, float]] = []  # when a pause was asked for, and until when

    def answers(host: str, path: str, query: str) -> Answer | None:
        if found := list_with([*forms, *good])(host, path, query):
            return found
        if path == "/robots.txt":
            return None
        begun.append((time.time(), path))
        name = next((name for name in forms if name in path), "")
        if name and sum(name in before for _, before in begun) == 1:
            status, later, write = FORMS[forms[name]]
            moment = whole_second(later)
            seconds = forms[name] == "seconds"
            told.append((time.time(), time.time() + 1 if seconds else moment.timestamp()))
            return refusal(status, write(moment))
        return None

    archive = tmp_path / "archive"
    with Site(answers) as site:
        done = crawl(archive, site, "-a", "channels=china", "-s", "CONCURRENT_REQUESTS=1")
    assert (done.code, done.report["failed"], len(told)) == (0, {}, len(forms))
    assert {asked(site, name) for name in forms} == {2}
    assert {asked(site, name) for name in good} == {1}
    for since, until in told:
        assert not [path for moment, path in begun if since < moment < until - 0.01]
    archived_whole(archive, [*forms, *good])


@pytest.mark.parametrize(("delay", "on_their_way"), [("0", 3), ("0.05", 0)])
def test_what_waits_for_the_host_waits_on(tmp_path: Path, delay: str, on_their_way: int) -> None:
    """Others are already in the downloader's queue for it, or with it on their way."""
    first, *others = PLAIN[:8]
    times: list[float] = []

    def answers(host: str, path: str, query: str) -> Answer | None:
        if found := list_with([*others, first])(host, path, query):
            return found
        if path != "/robots.txt":
            times.append(time.time())
            if len(times) == 1:
                return refusal(503, "1")
        return None

    with Site(answers) as site:
        options = ("-a", "channels=china", "-s", f"DOWNLOAD_DELAY={delay}")
        done = crawl(tmp_path / "archive", site, *options)
    assert (done.code, done.report["archived"]) == (0, {"new": 8})
    early = [moment for moment in times[1:] if moment < times[0] + 1]
    assert len(early) <= on_their_way  # CONCURRENT_REQUESTS are four
    assert not [moment for moment in early if moment > times[0] + 0.5]


def test_a_pause_after_the_last_try_is_a_block(tmp_path: Path) -> None:
    name, archive = PLAIN[0], tmp_path / "archive"
    with Site(list_with(PLAIN[:1], {name: refusal(503, "0")})) as site:
        done = crawl(archive, site, "-a", "channels=china")
    assert (done.code, done.report["finish_reason"]) == (4, "blocked")
    assert asked(site, name) == 3  # and RETRY_TIMES
    assert links(archive) == {name: ("todo", "blocked", 0)}


def test_a_long_pause_ends_the_run_and_is_remembered(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Site(list_with(PLAIN[:40], dict.fromkeys(PLAIN[:40], refusal(503, "7200")))) as site:
        begin = datetime.now(UTC)
        done = crawl(archive, site, "-a", "channels=china")
    assert (done.code, done.report["exit_code"]) == (4, 4)
    assert len(site.pages()) <= 4  # CONCURRENT_REQUESTS: those that were on their way
    assert set(reasons(done.report).values()) == {"blocked"}
    assert {link[::2] for link in links(archive).values()} == {("todo", 0)}
    ((kept,),) = ledger(archive, "SELECT value FROM about WHERE key = 'wait_until'")
    until = datetime.fromisoformat(kept[:-1]).replace(tzinfo=UTC)
    assert timedelta(hours=2) <= until - begin < timedelta(hours=2, seconds=30)
    # The first refusal is told; those that were on their way may put it off a little further.
    (told,) = set(re.findall("not asked again before (.+) UTC", done.err))
    told_until = datetime.strptime(told, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    assert timedelta() <= until - told_until < timedelta(seconds=30)
    assert "Traceback" not in done.err


def test_a_robots_txt_that_asks_for_a_long_pause(tmp_path: Path) -> None:
    def answers(host: str, path: str, query: str) -> Answer | None:
        return refusal(503, "7200") if path == "/robots.txt" else None

    with Site(answers) as site:
        done = crawl(tmp_path / "archive", site)
    assert done.code == 4
    assert {path for _, path in site.requests} == {"/robots.txt"}
    assert "Traceback" not in done.err


def test_a_check_of_the_channels_stops_too(tmp_path: Path) -> None:
    def answers(host: str, path: str, query: str) -> Answer | None:
        return refusal(429, "7200") if listed(host, path, query) else None

    with Site(answers) as site:
        done = scrapy("channels", "--check", archive=tmp_path / "archive", port=site.port)
    assert done.code == 1
    assert len(site.lists()) <= 4
    assert "refused" in done.out
