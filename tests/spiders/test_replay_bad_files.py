"""Files that become no post: each is named under its reason, and the others are archived."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.conftest import FIXTURES
from tests.fork import PATIENCE
from tests.running import posts, replay, told

GOOD = FIXTURES / "posts" / "plain.html"
BAD_POSTS = {
    "bad_yaml.html": "bad_front_matter",
    "binary.html": "unknown_format",
    "empty.html": "unknown_format",
    "invalid_utf8.html": "bad_encoding",
    "no_date.html": "no_date",
    "no_front_matter.html": "unknown_format",
    "no_title.html": "no_title",
    "truncated_body.html": "truncated",
    "truncated_front_matter.html": "truncated",
}
STRANGE = [
    "新\nline.html",
    "emoji 🚢 “引号”.html",
    "-rf.html",
    "a;b&c$(d)`e`.html",
    "*?[x].html",
    "posts-nhfrqva1035217.html.bak",
]


def test_there_is_a_reason_for_every_bad_post() -> None:
    assert {path.name for path in (FIXTURES / "bad_posts").iterdir()} == set(BAD_POSTS)


def test_bad_posts_are_named_and_the_good_ones_beside_them_archived(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    shutil.copytree(FIXTURES / "bad_posts", folder)
    shutil.copy(GOOD, folder / "a_good_one.html")
    shutil.copy(FIXTURES / "posts" / "table.html", folder / "z_good_one.html")
    done = replay(tmp_path / "archive", folder)
    assert done.code == 1
    missed = {Path(subject).name: reason for subject, reason in done.misses().items()}
    assert missed == BAD_POSTS
    assert sum(done.report["failed"].values()) == len(BAD_POSTS)
    assert done.report["archived"] == {"new": 2}
    lines = done.err.splitlines()
    assert lines == told(done)
    assert len(lines) == len(BAD_POSTS)
    for name, reason in BAD_POSTS.items():
        (line,) = [line for line in lines if name in line]
        assert reason in line
    wanted = [(folder / f"{name}_good_one.html").read_bytes() for name in "az"]
    assert sorted(posts(tmp_path / "archive").values()) == sorted(wanted)
    assert f"{len(BAD_POSTS)} failed" in done.out


def test_every_prefix_of_a_post_is_whole_or_refused(tmp_path: Path) -> None:
    folder, data = tmp_path / "in", GOOD.read_bytes()
    folder.mkdir()
    cuts = [*range(0, len(data) - 40, 61), *range(len(data) - 40, len(data))]
    for cut in cuts:
        (folder / f"{cut:05}.html").write_bytes(data[:cut])
    done = replay(tmp_path / "archive", folder)
    assert done.code == 1
    assert "internal" not in done.report["failed"]
    # Cut in the blanks after the closing tag it is the same post, and nothing else ever is.
    assert set(posts(tmp_path / "archive").values()) == {data}
    end = data.rindex(b"</div>") + len(b"</div>")
    whole = sum(cut >= end for cut in cuts)
    assert sum(done.report["archived"].values()) == whole
    assert sum(done.report["failed"].values()) == len(cuts) - whole


@pytest.mark.parametrize("kind", ["nothing", "empty folder", "pipe", "folders only"])
def test_a_path_without_files(tmp_path: Path, kind: str) -> None:
    path: Path = tmp_path / "in"
    if kind == "empty folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folders only":
        (path / "a" / "b").mkdir(parents=True)
        path = path / "*"
    done = replay(tmp_path / "archive", path, timeout=PATIENCE)
    assert (done.code, done.misses()) == (1, {str(path): "unreadable"})
    assert len(told(done)) == len(done.err.splitlines()) == 1


def test_what_is_no_plain_file_is_left_alone(tmp_path: Path) -> None:
    folder, outside = tmp_path / "in", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    shutil.copy(GOOD, folder / "good.html")
    shutil.copy(FIXTURES / "posts" / "table.html", outside / "table.html")
    (folder / "link.html").symlink_to(outside / "table.html")
    (folder / "linked").symlink_to(outside)
    (folder / "circle").symlink_to(folder)
    (folder / "nowhere.html").symlink_to(tmp_path / "nothing")
    os.mkfifo(folder / "pipe.html")
    with (folder / "huge.html").open("wb") as file:
        file.write(b"\n---\ntitle: 'x'\n")
        file.truncate(8 * 1024 * 1024 + 1)
    done = replay(tmp_path / "archive", folder, timeout=PATIENCE)
    assert (done.code, done.misses()) == (1, {str(folder / "huge.html"): "too_large"})
    assert list(posts(tmp_path / "archive").values()) == [GOOD.read_bytes()]
    assert done.report["found"] == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_files_that_may_not_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.copy(GOOD, folder / "good.html")
    shutil.copy(GOOD, folder / "secret.html")
    (folder / "secret.html").chmod(0)
    done = replay(tmp_path / "archive", folder)
    assert (done.code, done.misses()) == (1, {str(folder / "secret.html"): "unreadable"})
    assert len(posts(tmp_path / "archive")) == 1


def test_strange_names_are_names(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number, name in enumerate(STRANGE):
        text = GOOD.read_text("utf-8").replace("\ntitle: '", f"\ntitle: '{number} ", 1)
        (folder / name).write_text(text, "utf-8", newline="")
    with open(os.fsencode(folder) + b"/not-utf8-\xff.html", "wb") as file:
        file.write(GOOD.read_bytes())
    done = replay(tmp_path / "archive", folder)
    assert (done.code, done.err) == (0, "")
    assert len(posts(tmp_path / "archive")) == len(STRANGE) + 1


def test_a_bad_file_is_told_in_one_line_whatever_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a\nWARNING: all is well \x1b[2J.html").write_bytes(b"")
    done = replay(tmp_path / "archive", folder)
    assert done.code == 1
    assert len(done.err.splitlines()) == 1
    assert "\x1b" not in done.err


def test_saved_verification_pages_do_not_end_a_replay(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(4):
        page = FIXTURES / "pages" / "blocked_captcha" / "page.html"
        shutil.copy(page, folder / f"{number}.html")
    shutil.copy(GOOD, folder / "good.html")
    done = replay(tmp_path / "archive", folder, timeout=PATIENCE)
    assert (done.code, done.report["failed"]) == (1, {"blocked": 4})
    assert len(posts(tmp_path / "archive")) == 1
