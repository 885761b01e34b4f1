"""Names of files, as a replay meets them: none of them leads anywhere, and all are shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.running import Completed, ledger, posts, replay, reports
from tests.security.names import POST, TITLES, check_is_harmless, check_is_visible

FILES: list[str | bytes] = [
    "x\\..\\..\\y-kqtesta0000601.html",
    "CON",
    "nul.html",
    "COM1 .html",
    "x.html.",
    "x.html ",
    " x.html",
    f"{'x' * 235}-kqtesta0000602.html",
    "A-kqtesta0000603.html",
    "a-kqtesta0000603.html",
    "a-KQTESTA0000603.HTML",
    "caf\u00e9.html",
    "cafe\u0301.html",
    "gnp.\u202elmth",
    "\u2066x\u2069.html",
    "\x1b[2J\x1b]0;pwned\x07.html",
    "\x9b31m.html",
    "\x7f\x08\x08.html",
    "a\r\nb.html",
    "🏳️‍🌈.html",
    "%2e%2e%2fx.html",
    "-rf",
    b"\xff\xfe\x80.html",
]


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Completed]:
    """The archive of a folder with such files: posts with bad titles, each beside an empty file."""
    folder, archive = tmp_path_factory.mktemp("in"), tmp_path_factory.mktemp("out") / "archive"
    titles = [title.replace("'", " ") for title in TITLES[: len(FILES)]]
    for number, (name, title) in enumerate(zip(FILES, titles)):
        post = POST.replace("\ntitle: '", f"\ntitle: '{number} {title[:2000]} ", 1)
        place = os.fsencode(folder) + b"/" + os.fsencode(name)
        Path(os.fsdecode(place)).write_bytes(post.encode("utf-8", "replace"))
        (folder / f"{number:02}").mkdir()
        (folder / f"{number:02}" / os.fsdecode(os.fsencode(name))).write_bytes(b"")
    return archive, replay(archive, folder)


def test_replayed_files_have_harmless_names(replayed: tuple[Path, Completed]) -> None:
    archive, done = replayed
    assert done.code == 1
    paths = [f"posts/{path}" for path in posts(archive)]
    for path in paths:
        check_is_harmless(path, "posts")
    assert len({path.casefold() for path in paths}) == len(paths)
    # Titles with what YAML does not take, and empty files, are told; all others are there.
    told = done.misses().values()
    assert set(told) <= {"bad_front_matter", "unknown_format"}
    assert list(told).count("unknown_format") == len(FILES)
    # Two versions of a document that both names end in.
    twice = len(ledger(archive, "SELECT * FROM revision"))
    assert len(paths) + twice + len(told) == 2 * len(FILES)
    assert len(paths) >= 15
    assert {entry.name for entry in archive.parent.iterdir()} == {"archive"}


def test_a_report_and_a_log_show_them_harmlessly(replayed: tuple[Path, Completed]) -> None:
    archive, done = replayed
    check_is_visible(done.out + done.err)
    (report,) = reports(archive)
    check_is_visible(report.read_text("utf-8"))
    subjects = {Path(miss["subject"]).name for miss in done.report["misses"]}
    assert {name for name in FILES if isinstance(name, str)} <= subjects  # and as they are
