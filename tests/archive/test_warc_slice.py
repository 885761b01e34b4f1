"""A capture cut out of a WARC file is its own records and nothing else."""

from __future__ import annotations

import gzip
import io
from dataclasses import replace
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from newsarchive.archive.recorder import Recorder
from newsarchive.archive.warc import Position
from newsarchive.archive.warc_slice import Slice, slice_of
from tests.archive.recordings import PAGE

COUNT = 5


def recorded(root: Path, *, close: bool = True) -> tuple[list[Position], Recorder]:
    recorder = Recorder(root, "20210805T075429.000000Z-test", 10**9, {})
    found = [
        recorder.record(
            replace(
                PAGE,
                url=f"https://finance.sina.com.cn/{number}.shtml",
                body=f"<p>{number}</p>".encode() * (1 if number % 2 else 50_000),
                context={"number": number},
            )
        )
        for number in range(COUNT)
    ]
    if close:
        recorder.close()
    return found, recorder


def records(piece: Slice | None) -> list[tuple[str, str]]:
    assert piece is not None
    data = b"".join(piece.parts())
    assert len(data) == piece.size
    return [
        (record.rec_type, record.rec_headers.get_header("WARC-Target-URI"))
        for record in ArchiveIterator(io.BytesIO(data))
    ]


def test_each_capture_has_its_own_records(tmp_path: Path) -> None:
    positions, _ = recorded(tmp_path)
    for number, position in enumerate(positions):
        url = f"https://finance.sina.com.cn/{number}.shtml"
        found = records(slice_of(tmp_path, position.file, position.offset))
        assert found == [(kind, url) for kind in ("response", "request", "metadata")]


def test_a_file_that_is_being_written_is_read_too(tmp_path: Path) -> None:
    positions, recorder = recorded(tmp_path, close=False)
    names = [path.name for path in (tmp_path / "warc").iterdir()]
    assert names == [positions[0].file + ".open"]
    assert len(records(slice_of(tmp_path, positions[0].file, positions[0].offset))) == 3
    recorder.close()


def test_what_is_cut_gives_what_is_whole(tmp_path: Path) -> None:
    positions, _ = recorded(tmp_path)
    path = tmp_path / "warc" / positions[0].file
    whole = path.read_bytes()
    last = positions[-1]
    assert last.offset is not None
    path.write_bytes(whole[:-10])
    assert [kind for kind, _ in records(slice_of(tmp_path, last.file, last.offset))] == [
        "response",
        "request",
    ]
    path.write_bytes(whole[: last.offset + 10])
    assert slice_of(tmp_path, last.file, last.offset) is None


@pytest.mark.parametrize(
    ("name", "offset"),
    [
        ("x.warc.gz", None),
        ("x.warc.gz", -1),
        ("x.warc.gz", 1),
        ("x.warc.gz", 10**9),
        ("y.warc.gz", 0),
        ("z.warc.gz", 0),
        ("link.warc.gz", 0),
        ("nosuch.warc.gz", 0),
        ("../ledger.db", 0),
        ("../x.warc.gz", 0),
        ("/x.warc.gz", 0),
        ("ledger.db", 0),
        ("", 0),
    ],
)
def test_nowhere(tmp_path: Path, name: str, offset: int | None) -> None:
    positions, _ = recorded(tmp_path)
    folder = tmp_path / "warc"
    (folder / positions[0].file).rename(folder / "x.warc.gz")
    (folder / "y.warc.gz").write_bytes(gzip.compress(b"no record"))
    (folder / "z.warc.gz").write_bytes(b"no gzip")
    (folder / "link.warc.gz").symlink_to(folder / "x.warc.gz")
    (tmp_path / "x.warc.gz").write_bytes((folder / "x.warc.gz").read_bytes())
    assert slice_of(tmp_path, name, offset) is None
