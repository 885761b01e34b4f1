"""Where exports go: whole or not at all, and what was there stays until then."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from newsarchive.archive import output
from newsarchive.exceptions import StorageError
from tests.running import tree


def put(name: Path, text: str, *, folder: bool = False) -> None:
    with output.replacing(str(name)) as part:
        if folder:
            part.mkdir()
        (part / "file" if folder else part).write_text(text)


@pytest.mark.parametrize("folder", [False, True])
def test_the_new_takes_the_place_of_the_old(tmp_path: Path, folder: bool) -> None:
    for text in ("old", "new"):
        put(tmp_path / "target", text, folder=folder)
    assert tree(tmp_path) == {"target/file" if folder else "target": b"new"}


@pytest.mark.parametrize("folder", [False, True])
def test_what_fails_on_the_way_leaves_the_old(tmp_path: Path, folder: bool) -> None:
    put(tmp_path / "target", "old", folder=folder)
    before = tree(tmp_path)
    with pytest.raises(StorageError, match="target"), output.replacing(str(tmp_path / "target")):
        raise OSError("full")
    assert tree(tmp_path) == before


def test_a_folder_comes_back_where_the_new_one_cannot_be_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "target", "old", folder=True)
    move, moved = os.replace, list[str]()

    def fails_once(source: Path, target: Path) -> None:
        moved.append(Path(source).suffix)
        if moved == ["", ".part"]:
            raise OSError("full")
        move(source, target)

    monkeypatch.setattr(os, "replace", fails_once)
    with pytest.raises(StorageError, match="full"):
        put(tmp_path / "target", "new", folder=True)
    assert tree(tmp_path) == {"target/file": b"old"}
    assert moved == ["", ".part", ".old"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere" / "target")
    for text in ("old", "new"):
        with output.text(str(tmp_path / "link")) as file:
            file.write(text)
        assert (tmp_path / "link").is_symlink()
        assert tree(tmp_path / "elsewhere") == {"target": text.encode()}


def test_what_takes_a_stream_is_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with output.text(str(pipe)) as file:
            file.write("文\ud800")
        assert os.read(reader, 100) == "文?".encode()
    finally:
        os.close(reader)
    assert pipe.is_fifo()
