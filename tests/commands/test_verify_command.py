"""`scrapy verify`: what it says, what it ends with, what it mends."""

from __future__ import annotations

from pathlib import Path

from tests.archive.small import EDITED, sql, told
from tests.commands.archives import busy, command
from tests.running import Completed, scrapy, tree

POST = f"posts/2021/08/05/ti-mu-1-{EDITED}.html"
REVISION = f"revisions/{EDITED}/0001.html"


def verify(archive: Path, *args: str) -> Completed:
    return command("verify", *args, archive=archive)


def test_a_sound_archive(small: Path) -> None:
    before = tree(small)
    for args in ((), ("--repair",)):
        done = verify(small, *args)
        assert (done.code, done.err) == (0, "")
        mended = ", 0 mended" if args else ""
        assert done.out == f"15 files looked at, 0 damaged, 0 loose ends{mended}.\n"
    after = tree(small)
    assert after.keys() - before.keys() <= {"run.lock"}


def test_in_a_process_of_its_own_as_cron_runs_it(small: Path) -> None:
    (small / POST).unlink()
    done = scrapy("verify", archive=small)
    assert (done.code, done.err) == (3, "")
    assert done.out == f"missing: {POST}\n15 files looked at, 1 damaged, 0 loose ends.\n"


def test_loose_ends_end_with_1(small: Path) -> None:
    (small / "posts/a\x1b[31m\nb.txt").touch()
    (small / ".newsarchive/x.html.tmp").write_bytes(b"half")
    done = verify(small)
    assert (done.code, done.err) == (1, "")
    assert done.out.splitlines() == [
        r"stray: posts/a\x1b[31m\nb.txt",
        "leftover: .newsarchive/x.html.tmp",
        "15 files looked at, 0 damaged, 2 loose ends.",
    ]
    done = verify(small, "--repair")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        r"stray: posts/a\x1b[31m\nb.txt: moved to strays/posts/a\x1b[31m\nb.txt",
        "leftover: .newsarchive/x.html.tmp: removed",
        "15 files looked at, 0 damaged, 0 loose ends, 2 mended.",
    ]
    assert verify(small).code == 0


def test_damage_ends_with_3_until_it_is_mended(small: Path) -> None:
    sql(small, "UPDATE walk SET finished_at = 'x' WHERE channel = 'china'")
    (small / POST).write_bytes(b"rotten")
    (small / REVISION).unlink()
    (small / "posts/x").touch()
    done = verify(small)
    assert (done.code, done.err) == (3, "")
    assert done.out.splitlines() == [
        "ledger: walk (china)",
        f"changed: {POST}",
        f"missing: {REVISION}",
        "stray: posts/x",
        "15 files looked at, 3 damaged, 1 loose ends.",
    ]
    done = verify(small, "--repair")
    assert (done.code, done.err) == (3, "")
    assert done.out.splitlines() == [
        "ledger: walk (china): made anew",
        f"changed: {POST}: no copy of it; the next crawl fetches it again",
        f"missing: {REVISION}: an earlier version that is lost; the ledger has its clocks and "
        "digest",
        "stray: posts/x: moved to strays/posts/x",
        "15 files looked at, 2 damaged, 0 loose ends, 2 mended.",
    ]
    assert (small / "damaged" / POST).read_bytes() == b"rotten"
    assert told(small) == [("missing", POST)]


def test_one_repair_that_fails_leaves_the_others_to_be_done(small: Path) -> None:
    (small / POST).write_bytes(b"rotten")
    (small / "damaged").touch()  # no folder can be made there
    (small / "posts/x").touch()
    done = verify(small, "--repair")
    assert (done.code, done.err) == (3, "")
    first, second, last = done.out.splitlines()
    assert first.startswith(f"changed: {POST}: ")
    assert second == "stray: posts/x: moved to strays/posts/x"
    assert last == "15 files looked at, 1 damaged, 0 loose ends, 1 mended."
    assert (small / POST).read_bytes() == b"rotten"


def test_a_stray_without_a_date_or_a_title_is_no_crash(small: Path) -> None:
    for number, front in ((1, "title: x"), (2, "date: Thu, 05 Aug 2021 07:54:29 GMT")):
        post = f"\n---\n{front}\n---\n\n<div>   \n<p>x</p>  \n</div>\n            "
        (small / f"posts/2021/08/05/kqtesta000090{number}.html").write_text(post)
    done = verify(small, "--repair")
    assert (done.code, done.err) == (0, "")
    assert done.out.count(": moved to strays/posts/2021/08/05/kqtesta000090") == 2


def test_a_run_at_work_is_not_disturbed(small: Path) -> None:
    with busy(small):
        for args in ((), ("--repair",)):
            done = verify(small, *args)
            assert (done.code, done.out) == (75, "")
            (complaint,) = done.err.splitlines()
            assert "another run" in complaint
    assert verify(small).code == 0


def test_no_archive_is_said_and_none_is_made(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in ("nosuch", "empty"):
        for args in ((), ("--repair",)):
            done = verify(tmp_path / folder, *args)
            assert (done.code, done.out) == (3, "")
            (complaint,) = done.err.splitlines()
            assert "no archive" in complaint
    assert {name for name in tree(tmp_path) if not name.endswith("run.lock")} == set()


def test_a_ledger_that_is_lost_is_made_anew(small: Path) -> None:
    (small / "ledger.db").unlink()
    done = verify(small)
    assert (done.code, done.out) == (3, "")
    assert "verify --repair" in done.err
    assert not (small / "ledger.db").exists()
    done = verify(small, "--repair")
    assert (done.code, done.err) == (0, "")
    *lines, last = done.out.splitlines()
    assert all(line.endswith(": taken into the ledger") for line in lines)
    assert (len(lines), last) == (13, "1 files looked at, 0 damaged, 0 loose ends, 13 mended.")
    assert verify(small).out == "14 files looked at, 0 damaged, 0 loose ends.\n"


def test_a_ledger_that_is_none(small: Path) -> None:
    (small / "ledger.db").write_bytes(b"garbage " * 1000)
    for args in ((), ("--repair",)):
        done = verify(small, *args)
        assert (done.code, done.out) == (3, "")
        assert len(done.err.splitlines()) == 1
    assert (small / "ledger.db").read_bytes() == b"garbage " * 1000
