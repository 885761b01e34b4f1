"""Where a replay reads: in the folder that was named, through no link, and never for ever."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from newsarchive.exceptions import BadInput
from newsarchive.spiders import files
from tests.fork import PATIENCE
from tests.running import posts, replay
from tests.security.names import POST


@pytest.fixture
def maze(tmp_path: Path) -> Path:
    """A folder whose links lead out of it, and round and round."""
    folder, outside = tmp_path / "in", tmp_path / "outside"
    for place in (folder / "a" / "b", outside / "b"):
        place.mkdir(parents=True)
    for place in (folder, folder / "a", folder / "a" / "b"):
        (place / "good.html").write_text("good")
    for place in (outside, outside / "b"):
        (place / "secret.html").write_text("secret")
    (folder / "file.html").symlink_to(outside / "secret.html")
    (folder / "near.html").symlink_to(folder / "good.html")
    (folder / "out").symlink_to(outside)
    for name in ("c1", "c2", "c3"):  # followed, these are 3**40 folders
        (folder / "a" / name).symlink_to(folder)
    (folder / "proc").symlink_to("/proc/self")
    os.mkfifo(folder / "pipe.html")
    return folder


GLOBS = {
    "": 3,
    "/": 3,
    "/**": 3,
    "/**/*": 3,
    "/**/*.html": 3,
    "/*": 1,
    "/*.html": 1,
    "/*/*.html": 1,
    "/*/*/*": 1,
    "/?/**/good.html": 2,
    "/[a-z]*/*": 1,
    "/**/../*.html": 0,
    "/*/../../outside/*.html": 0,
    "/*/b/*": 1,
    "/**b/*": 0,
    "/*.txt": 0,
}


@pytest.mark.parametrize("pattern", GLOBS)
def test_no_link_is_followed(maze: Path, pattern: str) -> None:
    root, found = files.named(f"{maze}{pattern}")
    texts = [files.read(path, root) for path in found]
    assert texts == [b"good"] * GLOBS[pattern]


def test_what_the_user_named_may_be_a_link(maze: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(maze)
    for path, count in {"link": 3, "link/*": 1, "in/near.html": 1, "*/good.html": 1}.items():
        root, found = files.named(str(tmp_path / path))
        assert [files.read(file, root) for file in found] == [b"good"] * count, path


def _becomes_a_link(folder: Path) -> None:
    (folder / "a" / "good.html").unlink()
    (folder / "a" / "good.html").symlink_to(folder.parent / "outside" / "secret.html")


def _folder_becomes_a_link(folder: Path) -> None:
    shutil.rmtree(folder / "a")
    (folder.parent / "outside" / "good.html").write_text("secret")
    (folder / "a").symlink_to(folder.parent / "outside")


def _becomes_a_pipe(folder: Path) -> None:
    (folder / "a" / "good.html").unlink()
    os.mkfifo(folder / "a" / "good.html")


def _becomes_a_folder(folder: Path) -> None:
    (folder / "a" / "good.html").unlink()
    (folder / "a" / "good.html").mkdir()


def _goes(folder: Path) -> None:
    shutil.rmtree(folder / "a")


def _becomes_huge(folder: Path) -> None:
    os.truncate(folder / "a" / "good.html", 2**40)


@pytest.mark.parametrize(
    "change",
    [
        _becomes_a_link,
        _folder_becomes_a_link,
        _becomes_a_pipe,
        _becomes_a_folder,
        _goes,
        _becomes_huge,
    ],
)
def test_what_changes_behind_the_listing_is_not_read(
    maze: Path, change: Callable[[Path], None]
) -> None:
    root, found = files.named(str(maze))
    path = next(path for path in found if path.parent.name == "a")
    change(maze)
    with pytest.raises((OSError, BadInput)):
        files.read(path, root)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="Linux has it")
@pytest.mark.parametrize("place", ["/proc/self/environ", "/proc/kmsg", "/proc/self/mem"])
def test_a_file_without_a_size_is_empty(place: str) -> None:
    root, found = files.named(place)
    for path in found:
        try:
            assert files.read(path, root) == b""
        except OSError:
            continue  # it may not even be opened


def test_a_folder_without_end_has_one(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1005):  # deeper than Python's stack, and than a path is long
        os.mkdir("12345", dir_fd=here)
        inner = os.open("12345", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    (tmp_path / "z.html").write_text("good")
    root, found = files.named(str(tmp_path))
    read = []
    for path in found:
        try:
            read.append(files.read(path, root))
        except (OSError, BadInput):
            continue
    assert read == [b"good"]
    top, below = tmp_path / "12345", tmp_path / "below"
    while (top / "12345").exists():  # what cleans up behind the tests gets lost in it, too
        (top / "12345").rename(below)
        top.rmdir()
        below.rename(top)


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/stdin", "x" * 5000, "[" * 300, "\udcff"])
def test_what_is_no_folder_or_file_has_none(path: str) -> None:
    _, found = files.named(path)
    assert list(found) == []


def test_a_replay_waits_for_nothing(maze: Path, tmp_path: Path) -> None:
    (maze / "post.html").write_text(POST, "utf-8")
    done = replay(tmp_path / "archive", f"{maze}/**", timeout=PATIENCE)
    assert list(posts(tmp_path / "archive").values()) == [POST.encode()]
    assert done.report["found"] == 4
    assert "secret" not in done.out + done.err
