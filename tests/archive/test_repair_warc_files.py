"""Repairs of WARC files: none is thrown away, and what nobody knew of is taken in."""

from __future__ import annotations

from pathlib import Path

from tests.archive.mending import mended
from tests.archive.small import told


def captures(root: Path) -> list[Path]:
    return sorted((root / "warc").iterdir())


def test_a_warc_file_that_is_gone_is_told_once(small: Path) -> None:
    first, second = captures(small)
    first.unlink()
    lost = (
        f"missing: warc/{first.name}: LOSS captures that are lost; what was made of them is there"
    )
    assert mended(small) == [lost]
    assert (told(small), captures(small)) == ([], [second])


def test_a_damaged_warc_file_stays_for_what_is_whole_in_it(small: Path) -> None:
    first, second = captures(small)
    data = bytearray(first.read_bytes())
    data[len(data) // 2] ^= 1
    first.write_bytes(data)
    assert told(small) == [("changed", f"warc/{first.name}")]
    lost = (
        f"changed: warc/{first.name}: LOSS captures that are lost; what was made of them is there"
    )
    assert mended(small) == [lost]
    assert (told(small), captures(small)) == ([], [first, second])
    assert first.read_bytes() == data
    # From now on it is known as it is.
    first.write_bytes(data + b"x")
    assert told(small) == [("changed", f"warc/{first.name}")]


def test_warc_files_of_nobody_are_taken_in(small: Path) -> None:
    first, second = captures(small)
    first.with_name("other.warc.gz").write_bytes(first.read_bytes())
    first.with_name("open.warc.gz.open").write_bytes(second.read_bytes())
    assert told(small) == [
        ("leftover", "warc/open.warc.gz.open"),
        ("stray", "warc/other.warc.gz"),
    ]
    assert len(mended(small)) == 2
    assert told(small) == []
    assert (small / "warc" / "open.warc.gz").read_bytes() == second.read_bytes()
