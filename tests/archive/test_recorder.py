"""What is written to WARC files, read by another reader: warcio's own check, and its records."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from newsarchive.archive.recorder import Recorder
from newsarchive.archive.warc import Capture, Position, capture
from tests.archive.recordings import PAGE, T0, recorded, recorder, transfer
from tests.warcs import read


class _Arguments:
    verbose = False

    def __init__(self, paths: list[Path]) -> None:
        self.inputs = [str(path) for path in paths]


def checked(*paths: Path) -> int:
    """The exit code of `warcio check`."""
    code: int = Checker(_Arguments([*paths])).process_all()
    return code


def records(path: Path) -> list[tuple[str, dict[str, str], Any, bytes]]:
    """Type, WARC headers, HTTP head and payload of every record, as warcio reads them."""
    with open(path, "rb") as file:
        return [
            (found.rec_type, dict(found.rec_headers.headers), found.http_headers,
             found.content_stream().read())
            for found in ArchiveIterator(file)
        ]  # fmt: skip


def test_a_capture_is_three_records(tmp_path: Path) -> None:
    path, (position,) = recorded(tmp_path, [transfer(1)])
    assert checked(path) == 0
    info, answer, request, metadata = records(path)
    assert [each[0] for each in (info, answer, request, metadata)] == [
        "warcinfo", "response", "request", "metadata"
    ]  # fmt: skip
    assert b"robots: obey" in info[3]
    assert info[1]["WARC-Filename"] == path.name
    assert {each[1]["WARC-Target-URI"] for each in (answer, request, metadata)} == {transfer(1).url}
    assert {each[1]["WARC-Date"] for each in (answer, request, metadata)} == {
        "2026-08-06T07:54:30.123Z"
    }
    assert answer[1]["WARC-IP-Address"] == "127.0.0.1"
    for beside in (request, metadata):
        assert beside[1]["WARC-Concurrent-To"] == answer[1]["WARC-Record-ID"]
    assert answer[2].statusline == "200 OK"
    assert answer[3] == PAGE.body
    assert answer[2].get_header("X-Via") == "\u4e00"  # the bytes as they came: UTF-8
    assert request[2].protocol == "GET"
    assert request[2].statusline.split()[0] == "/china/2026-08-06/doc-ikqtesta0000001.shtml"
    assert metadata[1]["Content-Type"] == "application/warc-fields"
    told = metadata[3].decode().removeprefix("newsarchive: ")
    assert json.loads(told)["link"]["doc_id"] == "kqtesta0000001"
    assert capture(path, position.offset or 0).body == PAGE.body


BODIES = [
    b"",
    b"\r\n\r\n",
    b"WARC/1.1\r\nWARC-Type: response\r\n\r\n",
    bytes(300_000),
    os.urandom(100_000),
]


@pytest.mark.parametrize("body", BODIES, ids=map(str, range(len(BODIES))))
def test_any_payload_comes_back(tmp_path: Path, body: bytes) -> None:
    path, _ = recorded(tmp_path, [transfer(1, body), transfer(2)])
    assert checked(path) == 0
    first, second = read(path)
    assert isinstance(first, Capture)
    assert isinstance(second, Capture)
    assert (first.body, second.body) == (body, PAGE.body)
    assert (first.at, first.status, first.url) == (
        T0 + timedelta(seconds=1), 200, transfer(1).url
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "line"), [(404, "404 Not Found"), (799, "799"), (200, "200 OK")]
)
def test_a_status_of_any_kind(tmp_path: Path, status: int, line: str) -> None:
    path, _ = recorded(tmp_path, [transfer(1, status=status)])
    assert records(path)[1][2].statusline == line
    (found,) = read(path)
    assert isinstance(found, Capture)
    assert found.status == status


def test_an_unchanged_payload_is_a_revisit(tmp_path: Path) -> None:
    path, (position,) = recorded(tmp_path, [transfer(1)])
    before = capture(path, position.offset or 0)
    recording = recorder(tmp_path, run="later")
    again = transfer(1, at=T0 + timedelta(days=1))
    recording.record(again, before)
    recording.record(replace(again, body=PAGE.body + b" "), before)
    recording.record(replace(again, status=404), before)
    (closed,) = recording.close()
    later = tmp_path / "warc" / closed.name
    assert checked(later) == 0
    kinds = [kind for kind, *_ in records(later) if kind in ("response", "revisit")]
    assert kinds == ["revisit", "response", "response"]
    headers = records(later)[1][1]
    assert headers["WARC-Refers-To"] == before.identity
    assert headers["WARC-Refers-To-Target-URI"] == before.url
    assert headers["WARC-Refers-To-Date"] == "2026-08-06T07:54:30.123Z"
    assert headers["WARC-Payload-Digest"] == before.digest
    assert headers["WARC-Profile"].endswith("/revisit/identical-payload-digest")
    assert records(later)[1][2].get_header("Content-Type") == "text/html; charset=utf-8"


def test_a_full_file_is_closed_and_another_one_begun(tmp_path: Path) -> None:
    recording = recorder(tmp_path, size_max=50_000)
    positions = [recording.record(transfer(number, os.urandom(20_000))) for number in range(8)]
    folder = tmp_path / "warc"
    names = sorted({position.file for position in positions})
    assert names == [f"20260806T075429Z-test-{number:05}.warc.gz" for number in range(3)]
    assert sorted(path.name for path in folder.iterdir()) == [*names[:2], f"{names[2]}.open"]
    closed = recording.close()
    assert [each.name for each in closed] == names == sorted(path.name for path in folder.iterdir())
    for each in closed:
        data = (folder / each.name).read_bytes()
        assert (each.size, each.sha256) == (len(data), hashlib.sha256(data).hexdigest())
        assert 0 < each.size < 75_000
    assert checked(*folder.iterdir()) == 0
    for number, position in enumerate(positions):
        assert capture(folder / position.file, position.offset or 0).url == transfer(number).url


def test_nothing_recorded_is_no_file(tmp_path: Path) -> None:
    recording = recorder(tmp_path)
    recording.syncing()()
    assert recording.close() == []
    assert list(tmp_path.iterdir()) == []


def test_what_was_recorded_is_on_the_disk_after_sync_and_after_close(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync, synced = os.fsync, list[int]()

    def noted(descriptor: int) -> None:
        found = os.fstat(descriptor)
        if stat.S_ISREG(found.st_mode):
            synced.append(found.st_size)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    recording = recorder(tmp_path)
    recording.record(transfer(1))
    assert synced == []
    recording.syncing()()
    recording.syncing()()
    second = recording.record(transfer(2))
    assert synced == [second.offset]
    (closed,) = recording.close()
    assert synced == [second.offset, closed.size]


def test_what_could_not_be_made_durable_is_never_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Linux tells of a page that it could not write once: the next fsync finds nothing wrong."""
    told = [OSError(errno.EIO, "Input/output error")]

    def fsync(_: int) -> None:
        while told:
            raise told.pop()

    recording = recorder(tmp_path)
    recording.record(transfer(1))
    sync = recording.syncing()
    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="Input/output"):
        sync()
    for _ in range(2):
        with pytest.raises(OSError, match="Input/output"):
            recording.syncing()
        recording.record(transfer(2))
    recording.close()


def test_a_file_may_be_closed_before_what_was_recorded_is_synced(tmp_path: Path) -> None:
    """In another thread, that is."""
    recording = recorder(tmp_path)
    recording.record(transfer(1))
    sync = recording.syncing()
    open_ones = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
    recording.close()
    sync()
    if open_ones is not None:
        assert len(os.listdir("/proc/self/fd")) == open_ones - 2


def test_a_capture_that_cannot_be_written_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording: Recorder = recorder(tmp_path)
    first = recording.record(transfer(1))
    file: Any = recording._file

    class Full:
        def __getattr__(self, name: str) -> Any:
            return getattr(file, name)

        def write(self, data: bytes) -> int:
            if len(data) < 100:
                raise OSError(errno.ENOSPC, "full")
            return int(file.write(data[: len(data) // 2]))

    recording._file = Full()  # type: ignore[assignment]
    with pytest.raises(OSError, match="full"):
        recording.record(transfer(2))
    recording._file = file
    third = recording.record(transfer(3))
    (closed,) = recording.close()
    path = tmp_path / "warc" / closed.name
    assert checked(path) == 0
    assert hashlib.sha256(path.read_bytes()).hexdigest() == closed.sha256
    assert [each.url for each in read(path) if isinstance(each, Capture)] == [
        transfer(1).url, transfer(3).url
    ]  # fmt: skip
    assert isinstance(first, Position)
    assert capture(path, third.offset or 0).url == transfer(3).url
