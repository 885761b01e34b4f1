"""What goes wrong on the wire: each page meets one fault, all of them in one crawl."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from newsarchive.demo.faults import FAULTS
from tests.conftest import ROOT
from tests.faults_network.listed import PLAIN, archived_whole, asked, links, list_with, reasons
from tests.running import Completed, Site, crawl, ledger

#: fault -> requests (one and RETRY_TIMES=1 more, or just one), reason, what the detail says.
#: A kept connection that was hung up is no try: Twisted asks once more over a new one.
MET = {
    "hang": ({2}, "network", "DownloadTimeoutError"),
    "stall": ({2}, "network", "DownloadTimeoutError"),
    "drip": ({2}, "network", "DownloadTimeoutError"),
    "hang_up": ({2, 3, 4}, "network", "DownloadFailedError"),
    "cut_head": ({2}, "network", "DownloadFailedError"),
    "cut_body": ({2}, "network", "the body ends early"),
    "long_length": ({2}, "network", "the body ends early"),
    "short_length": ({1}, "truncated", "the page ends"),
    "bad_chunks": ({2}, "network", "bad chunks"),
    "cut_chunks": ({2}, "network", "bad chunks"),
    "no_http": ({2}, "network", "ParseError"),
    "endless_body": ({1}, "network", "larger than DOWNLOAD_MAXSIZE"),
    "endless_chunks": ({1}, "network", "larger than DOWNLOAD_MAXSIZE"),
    "endless_head": ({2}, "network", "HeadTooLongError"),
    "endless_line": ({2}, "network", "DownloadFailedError"),
}
PLAN = dict(zip(PLAIN, MET))
#: Its second answer, on the same connection, is nobody's.
TWICE, *GOOD = PLAIN[len(PLAN) : len(PLAN) + 5]


@dataclass(frozen=True)
class Ran:
    """The crawl that met the faults, and one after it that met none."""

    archive: Path
    done: Completed
    site: Site
    links: dict[str, tuple[str, str, int]]
    asked: dict[str, int]
    again: Completed


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    archive = tmp_path_factory.mktemp("wire") / "archive"
    with Site(list_with([*PLAN, TWICE, *GOOD])) as site:
        once = {"lid=1686": ["cut_body"], "robots.txt": ["hang_up"]}
        site.faults = {**PLAN, TWICE: "two_answers", **once}
        options = ("-s", "RETRY_TIMES=1", "-s", "DOWNLOAD_TIMEOUT=1")
        done = crawl(archive, site, "-a", "channels=china", *options)
        archived_whole(archive, [TWICE, *GOOD])
        first, counts = links(archive), {name: asked(site, name) for name in [*PLAN, TWICE, *GOOD]}
        site.faults = {}
        again = crawl(archive, site, "-a", "channels=china")
    return Ran(archive, done, site, first, counts, again)


def test_all_faults_are_met() -> None:
    assert FAULTS.keys() == MET.keys() | {"two_answers"}


def test_the_faults_are_documented_as_they_are() -> None:
    text = (ROOT / "docs" / "network.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \|.*\| (1[^|]*) \| `?(\w+)`? \|$", text, re.M)
    told = {name: (tries.startswith("1 + RETRY_TIMES"), reason) for name, tries, reason in rows}
    assert told.pop("two_answers") == (False, "archived")
    assert told == {name: (tries != {1}, reason) for name, (tries, reason, _) in MET.items()}


@pytest.mark.parametrize("fault", MET)
def test_a_fault_is_tried_again_and_told(ran: Ran, fault: str) -> None:
    (name,) = (name for name, met in PLAN.items() if met == fault)
    tries, reason, detail = MET[fault]
    assert ran.asked[name] in tries
    (miss,) = (miss for miss in ran.done.report["misses"] if miss["doc_id"] == name)
    assert miss["reason"] == reason
    assert detail in miss["detail"]
    assert ran.links[name] == ("todo", reason, 1)


def test_the_other_pages_are_archived(ran: Ran) -> None:
    assert (ran.done.code, len(reasons(ran.done.report))) == (1, len(PLAN))
    assert {ran.links[name] for name in (TWICE, *GOOD)} == {("done", "", 0)}
    assert {ran.asked[name] for name in (TWICE, *GOOD)} == {1}
    assert "Traceback" not in ran.done.err


def test_a_list_and_a_robots_txt_are_asked_again(ran: Ran) -> None:
    assert ran.site.lists()[:2] == [(1686, 1), (1686, 1)]
    assert ledger(ran.archive, "SELECT channel FROM walk") == [("china",)]


def test_a_later_run_archives_what_failed(ran: Ran) -> None:
    assert (ran.again.code, ran.again.report["archived"]) == (0, {"new": len(PLAN)})
    archived_whole(ran.archive, [*PLAN, TWICE, *GOOD])
