"""What a run tells in the end."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from newsarchive import __version__, clock
from newsarchive.archive import report
from newsarchive.archive.report import Report
from newsarchive.clock import UTC
from newsarchive.exceptions import Reason
from newsarchive.items import Miss

START = datetime(2021, 8, 5, 7, 54, 29, 123456, tzinfo=UTC)


def ended() -> Report:
    done = Report(START, "replay", "scrapy crawl replay -a path=x")
    done.ended_at = START + timedelta(seconds=2.5)
    done.finish_reason, done.exit_code, done.found = "finished", 1, 7
    for outcome in ("new", "new", "new", "revised"):
        done.put("china", outcome)
    done.of("china").listed = 50
    done.gone = done.of("china").gone = 1
    done.rechecks = 2
    done.requests, done.retries, done.bytes = 9, 4, 1_234_567
    done.skews = [1.54, -3, 900]
    done.layouts.update({"generic": 1, "T4": 3})
    done.images["stored"] = 2
    done.images_failed["no_picture"] = 1
    done.replacements = 2
    done.walked("china", START, None, False)
    done.stale.append("macro")
    done.miss(Miss("https://sina.cn/a", Reason.NOT_FOUND, channel="china"))
    done.miss(Miss("坏.html", Reason.TRUNCATED, "缺 </div>", "kqtesta0000501", "china"))
    done.miss(Miss("b.html", Reason.TRUNCATED))
    return done


def test_misses_are_skips_or_failures() -> None:
    done = ended()
    assert done.skipped == {"not_found": 1}
    assert done.failed == {"truncated": 2}
    assert len(done.misses) == 3


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_counted_once(reason: Reason) -> None:
    one = Report(started_at=START)
    one.miss(Miss("x", reason))
    assert (one.failed.total(), one.skipped.total()) == ((1, 0) if reason.failure else (0, 1))


def test_the_first_thousand_are_named_the_rest_counted() -> None:
    many = Report(started_at=START)
    for number in range(report.NAMED + 5):
        many.miss(Miss(str(number), Reason.NETWORK))
    assert many.failed == {"network": 1005}
    assert [miss.subject for miss in many.misses][-1] == "999"
    assert len(many.misses) == 1000


@pytest.mark.parametrize("reasons", [("finished", "storageerror"), ("shutdown", "finished")])
def test_a_part_that_broke_off_says_why_the_run_did(reasons: tuple[str, str]) -> None:
    whole = Report(START)
    for number, reason in enumerate(reasons, 1):
        part = Report(START, finish_reason=reason, found=number)
        whole.add(part)
    assert whole.finish_reason in {*reasons} - {"finished"}
    assert whole.found == 3


def test_the_file(tmp_path: Path) -> None:
    done = ended()
    sha256 = done.write(tmp_path)
    assert done.path == "reports/20210805T075429.123456Z-replay.json"
    raw = (tmp_path / done.path).read_bytes()
    assert hashlib.sha256(raw).hexdigest() == sha256
    assert raw.endswith(b"}\n")
    assert "缺 </div>".encode() in raw
    assert json.loads(raw) == {
        "newsarchive": __version__,
        "spider": "replay",
        "command": "scrapy crawl replay -a path=x",
        "started_at": "2021-08-05T07:54:29.123Z",
        "ended_at": "2021-08-05T07:54:31.623Z",
        "finish_reason": "finished",
        "exit_code": 1,
        "found": 7,
        "archived": {"new": 3, "revised": 1},
        "gone": 1,
        "rechecks": 2,
        "skipped": {"not_found": 1},
        "failed": {"truncated": 2},
        "layouts": {"T4": 3, "generic": 1},
        "images": {"stored": 2, "known": 0, "failed": {"no_picture": 1}},
        "replacement_characters": 2,
        "channels": {
            "china": {
                "listed": 50,
                "new": 3,
                "revised": 1,
                "unchanged": 0,
                "gone": 1,
                "skipped": {"not_found": 1},
                "failed": {"truncated": 1},
                "newest": "2021-08-05T07:54:29.123Z",
                "oldest": None,
                "range_reached": False,
            }
        },
        "stale_lists": ["macro"],
        "requests": 9,
        "retries": 4,
        "bytes": 1234567,
        "clock_skew": 1.5,
        "misses": [
            {
                "subject": "https://sina.cn/a",
                "doc_id": None,
                "reason": "not_found",
                "failure": False,
                "detail": None,
            },
            {
                "subject": "坏.html",
                "doc_id": "kqtesta0000501",
                "reason": "truncated",
                "failure": True,
                "detail": "缺 </div>",
            },
            {
                "subject": "b.html",
                "doc_id": None,
                "reason": "truncated",
                "failure": True,
                "detail": None,
            },
        ],
    }


def test_two_runs_do_not_share_a_file(tmp_path: Path) -> None:
    first = Report(started_at=START, spider="replay")
    later = Report(started_at=START + timedelta(microseconds=1), spider="replay")
    assert first.path != later.path


def test_a_run_that_broke_off_is_written_too(tmp_path: Path) -> None:
    broken = Report(started_at=START, spider="x")
    broken.write(tmp_path)
    assert json.loads((tmp_path / broken.path).read_bytes())["ended_at"] is None


def test_a_file_name_that_is_no_unicode_is_no_crash(tmp_path: Path) -> None:
    broken = Report(started_at=START, spider="x")
    broken.miss(Miss("\udcff.html", Reason.UNREADABLE))
    broken.write(tmp_path)
    written = json.loads((tmp_path / broken.path).read_bytes())
    assert written["misses"][0]["subject"].endswith(".html")


def test_trouble_is_an_oserror(tmp_path: Path) -> None:
    (tmp_path / "reports").write_bytes(b"a file")
    with pytest.raises(OSError, match=r"\[Errno"):
        ended().write(tmp_path)


def test_the_line_a_person_reads() -> None:
    assert ended().summary() == (
        "7 found, 4 archived (new 3, revised 1), 1 skipped (not_found 1), "
        "2 failed (truncated 2), 1.2 MB in 2.5 s, 1 gone from the site, "
        "2 pictures stored, 1 pictures failed (no_picture 1), "
        "1 on a page template that is not known, stale lists: macro"
    )


def test_a_line_about_what_went_well_says_no_more() -> None:
    done = Report(started_at=START, ended_at=START, bytes=999_499)
    done.layouts.update({"T4": 3})
    done.walked("china", START, START, True)
    done.walked("macro", START, START, None)
    done.walked("us", None, None, False)  # an empty list: nothing can be said of it
    assert done.summary() == "0 found, 0 archived, 0 skipped, 0 failed, 999 kB in 0.0 s"


def test_a_list_that_does_not_reach_back_is_named() -> None:
    done = Report(started_at=START, ended_at=START)
    done.walked("china", START, START - timedelta(days=1), False)
    done.walked("us", START, START - timedelta(days=2), False)
    assert done.summary().endswith(
        ", oldest reachable: china 2021-08-04T07:54:29.123Z, us 2021-08-03T07:54:29.123Z"
    )
    assert done.channels["us"].oldest == START - timedelta(days=2)


def test_the_line_of_a_run_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: START + timedelta(seconds=61))
    assert Report(started_at=START, bytes=500).summary() == (
        "0 found, 0 archived, 0 skipped, 0 failed, 0 kB in 61.0 s"
    )


@pytest.mark.parametrize(("skew", "told"), [(3600, "-3600 s"), (-61, "+61 s")])
def test_a_clock_that_is_off_is_told(skew: float, told: str) -> None:
    done = Report(started_at=START, ended_at=START, skews=[skew])
    assert done.summary().endswith(f"this machine's clock is {told} off the site's")


def test_the_skew_is_the_sites_time_less_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: START)
    done = Report(started_at=START)
    assert done.clock_skew is None
    for seconds in (10, 11, 500):
        done.answered(START.replace(microsecond=0) + timedelta(seconds=seconds))
    assert done.clock_skew == 11.4  # 0.12 s of START are cut off, half a second is put back
    for _ in range(5000):
        done.answered(START)
    assert len(done.skews) < 5000
