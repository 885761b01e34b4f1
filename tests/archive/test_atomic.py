"""A file is there whole, old or new, whatever fails when."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from newsarchive.archive import atomic

TARGET = "posts/2021/08/05/a.html"
OLD, NEW = b"old" * 1000, b"new" * 2000


def temporaries(root: Path) -> list[Path]:
    return list((root / ".newsarchive").iterdir()) if (root / ".newsarchive").is_dir() else []


def test_a_new_file_in_new_folders(tmp_path: Path) -> None:
    atomic.write(tmp_path, TARGET, NEW)
    assert (tmp_path / TARGET).read_bytes() == NEW
    assert temporaries(tmp_path) == []


def test_an_old_file_is_replaced(tmp_path: Path) -> None:
    atomic.write(tmp_path, TARGET, OLD)
    atomic.write(tmp_path, TARGET, NEW)
    assert (tmp_path / TARGET).read_bytes() == NEW
    assert temporaries(tmp_path) == []


def test_an_empty_file(tmp_path: Path) -> None:
    atomic.write(tmp_path, TARGET, b"")
    assert (tmp_path / TARGET).read_bytes() == b""


def test_an_open_reader_keeps_the_old_content(tmp_path: Path) -> None:
    atomic.write(tmp_path, TARGET, OLD)
    with (tmp_path / TARGET).open("rb") as reader:
        atomic.write(tmp_path, TARGET, NEW)
        assert reader.read() == OLD


def failing(call: Callable[..., Any], at: int, code: int) -> Callable[..., Any]:
    """*call*, its *at*-th use raising."""
    count = 0

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        nonlocal count
        count += 1
        if count == at:
            raise OSError(code, os.strerror(code))
        return call(*args, **kwargs)

    return wrapped


def uses(call: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often writing uses `os.<call>`."""
    count = 0
    real = getattr(os, call)

    def counted(*args: Any, **kwargs: Any) -> Any:
        nonlocal count
        count += 1
        return real(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(os, call, counted)
        atomic.write(root, TARGET, OLD)
    return count


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT])
@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace", "close", "mkdir"])
@pytest.mark.parametrize("there", [True, False], ids=["replacing", "new"])
def test_a_failure_leaves_the_old_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int, there: bool
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    if there:
        atomic.write(scratch, TARGET, OLD)
    for at in range(1, uses(call, scratch, monkeypatch) + 1):
        root = tmp_path / f"{at}"
        root.mkdir()
        if there:
            atomic.write(root, TARGET, OLD)
        with monkeypatch.context() as patch:
            patch.setattr(os, call, failing(getattr(os, call), at, code))
            with pytest.raises(OSError, match=r"\[Errno") as raised:
                atomic.write(root, TARGET, NEW)
        assert raised.value.errno == code
        target = root / TARGET
        found = target.read_bytes() if target.exists() else None
        assert found in ((OLD, NEW) if there else (None, NEW))
        assert atomic.sweep(root) <= 1
        atomic.write(root, TARGET, NEW)
        assert target.read_bytes() == NEW


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failed_write_leaves_no_temporary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    atomic.write(tmp_path, TARGET, OLD)
    with monkeypatch.context() as patch:
        patch.setattr(os, call, failing(getattr(os, call), 1, errno.ENOSPC))
        with pytest.raises(OSError, match="No space left"):
            atomic.write(tmp_path, TARGET, NEW)
    assert temporaries(tmp_path) == []
    assert (tmp_path / TARGET).read_bytes() == OLD


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_no_file_stays_open(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    atomic.write_all(tmp_path, [(f"a/{number}", NEW) for number in range(9)])
    with pytest.raises(OSError, match="Is a directory"):
        atomic.write_all(tmp_path, [("b", NEW), ("a", NEW)])
    assert len(os.listdir("/proc/self/fd")) == before
    assert temporaries(tmp_path) == []


def test_a_disk_that_fills_while_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    atomic.write(tmp_path, TARGET, OLD)
    real = os.write

    def half(descriptor: int, data: bytes) -> int:
        """Take half of the first, and nothing more."""
        if len(data) < len(NEW):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, data[: len(data) // 2])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", half)
        with pytest.raises(OSError, match="No space left"):
            atomic.write(tmp_path, TARGET, NEW)
    assert (tmp_path / TARGET).read_bytes() == OLD
    assert temporaries(tmp_path) == []


def test_file_then_folder_are_synced_around_the_rename(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order that survives a power cut: content, name, folder."""
    (tmp_path / ".newsarchive").mkdir()
    (tmp_path / TARGET).parent.mkdir(parents=True)
    order: list[str] = []
    sync, replace = os.fsync, os.replace

    def noted_sync(descriptor: int) -> None:
        order.append("folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file")
        sync(descriptor)

    def noted_replace(source: Path, target: Path) -> None:
        assert source.read_bytes() == NEW
        order.append("rename")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(os, "replace", noted_replace)
    atomic.write(tmp_path, TARGET, NEW)
    if os.path.isdir("/proc/self/fd"):
        assert order == ["file", "rename", "folder"]
    else:
        assert order[1] == "rename"


def test_a_link_in_the_temporaries_place_is_not_followed(tmp_path: Path) -> None:
    root, victim = tmp_path / "root", tmp_path / "victim"
    victim.write_bytes(OLD)
    (root / ".newsarchive").mkdir(parents=True)
    (root / ".newsarchive" / f"a.html-{os.getpid()}.tmp").symlink_to(victim)
    with pytest.raises(OSError, match=r"\[Errno"):
        atomic.write(root, TARGET, NEW)
    assert victim.read_bytes() == OLD
    assert atomic.sweep(root) == 1
    assert victim.read_bytes() == OLD
    atomic.write(root, TARGET, NEW)
    assert (root / TARGET).read_bytes() == NEW


def test_a_link_in_the_targets_place_is_replaced_not_followed(tmp_path: Path) -> None:
    root, victim = tmp_path / "root", tmp_path / "victim"
    victim.write_bytes(OLD)
    (root / TARGET).parent.mkdir(parents=True)
    (root / TARGET).symlink_to(victim)
    atomic.write(root, TARGET, NEW)
    assert victim.read_bytes() == OLD
    assert not (root / TARGET).is_symlink()


def test_a_leftover_is_written_over(tmp_path: Path) -> None:
    (tmp_path / ".newsarchive").mkdir()
    (tmp_path / ".newsarchive" / "a.html.tmp").write_bytes(b"x" * 100_000)
    atomic.write(tmp_path, TARGET, NEW)
    assert (tmp_path / TARGET).read_bytes() == NEW


def test_a_folder_in_the_targets_place(tmp_path: Path) -> None:
    (tmp_path / TARGET / "x").mkdir(parents=True)
    with pytest.raises(OSError, match=r"\[Errno"):
        atomic.write(tmp_path, TARGET, NEW)
    assert temporaries(tmp_path) == []


def test_a_file_in_a_folders_place(tmp_path: Path) -> None:
    (tmp_path / "posts").write_bytes(OLD)
    with pytest.raises(OSError, match=r"\[Errno"):
        atomic.write(tmp_path, TARGET, NEW)
    assert (tmp_path / "posts").read_bytes() == OLD


def test_sweeping(tmp_path: Path) -> None:
    assert atomic.sweep(tmp_path) == 0
    atomic.write(tmp_path, TARGET, OLD)
    assert atomic.sweep(tmp_path) == 0
    for name in ("a.html.tmp", "b.html.tmp"):
        (tmp_path / ".newsarchive" / name).write_bytes(b"half")
    (tmp_path / ".newsarchive" / "mine.txt").write_bytes(b"not ours")
    assert atomic.sweep(tmp_path) == 2
    assert [path.name for path in temporaries(tmp_path)] == ["mine.txt"]
    assert (tmp_path / TARGET).read_bytes() == OLD
