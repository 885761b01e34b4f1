"""What a killed run leaves of a WARC file: its whole captures are kept, the rest goes."""

from __future__ import annotations

import gzip
import hashlib
import io
import random
import tempfile
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsarchive.archive import warc_files
from newsarchive.archive.warc import Capture
from tests.archive.recordings import PAGE, recorded, recorder, transfer
from tests.warcs import read


class Recorded(NamedTuple):
    """A file, and where its warcinfo record and its captures end."""

    data: bytes
    name: str
    ends: list[int]

    def whole(self, cut: int) -> int:
        """What is left of its first *cut* bytes."""
        return max((end for end in self.ends if end <= cut), default=0)


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    dice = random.Random(4)
    bodies = [PAGE.body, b"", dice.randbytes(3000), b"x" * 200_000]
    transfers = [transfer(number, body) for number, body in enumerate(bodies)]
    path, positions = recorded(tmp_path_factory.mktemp("four"), transfers)
    data = path.read_bytes()
    starts = [position.offset for position in positions]
    assert None not in starts
    return Recorded(data, path.name, [*filter(None, starts), len(data)])


def settled(data: bytes, name: str) -> tuple[bytes, list[Capture]]:
    """What is left of an open file with *data*, and what can be read of it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "warc").mkdir()
        (root / "warc" / f"{name}.open").write_bytes(data)
        closed = warc_files.settle(root, set())
        left = [path.name for path in (root / "warc").iterdir()]
        if not closed:
            assert left == []
            return b"", []
        assert left == [name]
        kept = (root / "warc" / name).read_bytes()
        assert closed == [(name, len(kept), hashlib.sha256(kept).hexdigest())]
        found = read(root / "warc" / name)
        captures = [each for each in found if isinstance(each, Capture)]
        assert len(captures) == len(found)
        return kept, captures


def test_cut_at_every_byte(four: Recorded) -> None:
    for cut in range(len(four.data) + 1):
        assert warc_files.whole(io.BytesIO(four.data[:cut])) == four.whole(cut), cut


@given(cut=st.integers(0, 10_000), tail=st.binary(max_size=300))
def test_a_torn_file_keeps_its_whole_captures(four: Recorded, cut: int, tail: bytes) -> None:
    kept, captures = settled(four.data[: cut % (len(four.data) + 1)], four.name)
    assert kept == four.data[: four.whole(cut % (len(four.data) + 1))]
    assert len(captures) == max(0, four.ends.index(len(kept))) if kept else captures == []
    assert all(found.context for found in captures)
    # What is behind the last whole capture may be anything.
    kept, captures = settled(four.data + tail, four.name)
    assert kept == four.data
    assert len(captures) == 4


@given(place=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_a_flipped_bit_costs_nothing_before_it(four: Recorded, place: int, bit: int) -> None:
    data = bytearray(four.data)
    place %= len(data)
    data[place] ^= 1 << bit
    size = warc_files.whole(io.BytesIO(bytes(data)))
    assert size >= four.whole(place)
    assert size in (0, *four.ends)


def test_garbage_that_unpacks_is_no_capture(four: Recorded) -> None:
    """A member without a record, and a response whose page writes as a metadata record does."""
    fake = b"WARC/1.1\r\nWARC-Type: response\r\n\r\n\r\nWARC-Type: metadata\r\n"
    for tail in (gzip.compress(b"\nWARC-Type: nothing\r\n"), gzip.compress(fake)):
        assert settled(four.data + tail, four.name)[0] == four.data
    bomb = gzip.compress(bytes(50_000_000))
    assert settled(four.data + bomb, four.name)[0] == four.data


def test_an_empty_file_goes_and_others_are_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "warc"
    assert warc_files.settle(tmp_path, set()) == []
    folder.mkdir()
    (folder / "empty.warc.gz.open").touch()
    (folder / "notes.txt").write_text("notes")
    (folder / "known.warc.gz").write_bytes(b"known")
    (folder / "new.warc.gz").write_bytes(b"new")
    assert [closed.name for closed in warc_files.settle(tmp_path, {"known.warc.gz"})] == [
        "new.warc.gz"
    ]
    assert sorted(path.name for path in folder.iterdir()) == [
        "known.warc.gz", "new.warc.gz", "notes.txt"
    ]  # fmt: skip


def test_a_file_without_captures_stays(tmp_path: Path) -> None:
    """Nothing says that a run that asked for nothing did not."""
    recording = recorder(tmp_path)
    recording.record(transfer(1))
    path = next((tmp_path / "warc").iterdir())
    data = path.read_bytes()
    recording.close()
    first = data[: data.index(b"\x1f\x8b\x08", 1)]
    assert settled(first, "a.warc.gz") == (first, [])
