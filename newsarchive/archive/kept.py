"""What an export was made of, so that the next one keeps the months that would come out the same.

It stands in the export itself, in `months.json`: of every month what its rows were made of, how
many a channel has, and the checksum of its file.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import newsarchive

NAME = "months.json"
#: Beside this code, what decides on text and bytes.
_LIBRARIES = ("pyarrow", "selectolax", "PyYAML")


class Kept:
    """The months of the export in *before*, if there is one, of which some may be kept.

    *asked*: what a month's file depends on beside its rows; where it is another, none is kept.
    """

    def __init__(self, before: Path, asked: object) -> None:
        self._before = before
        self._made_by = _digest(repr((asked, _code())).encode())
        self._old = _read(before / NAME, self._made_by)
        self._new: dict[str, Any] = {}

    def link(self, made_of: str, file: str, folder: Path) -> dict[str, int] | None:
        """Put the old *file* into *folder*, if it was made of the same and is as it was written.

        Returns its rows by channel, else None. A link costs nothing; where there can be none, the
        file is made anew.
        """
        try:
            known = self._old[file]
            if known["made_of"] != made_of:
                return None
            os.link(self._before / file, folder / file)
            if checksum(folder / file) == known["sha256"]:
                self._new[file] = known
                rows: dict[str, int] = known["rows"]
                return rows
            (folder / file).unlink()
        except (OSError, KeyError, TypeError):
            pass
        return None

    def add(self, made_of: str, file: str, folder: Path, rows: dict[str, int]) -> None:
        """*file* was made anew, and is whole. Raises OSError."""
        self._new[file] = {"made_of": made_of, "sha256": checksum(folder / file), "rows": rows}

    def write(self, folder: Path) -> None:
        """Say it in *folder*. Raises OSError."""
        told = {"made_by": self._made_by, "files": self._new}
        text = json.dumps(told, indent=1, ensure_ascii=False, sort_keys=True)
        (folder / NAME).write_text(text + "\n", "utf-8", newline="\n")


def _read(path: Path, made_by: str) -> dict[str, Any]:
    """The files of such an export by name, none where it is another, or no such file."""
    try:
        told = json.loads(path.read_bytes())
        files = told["files"] if told["made_by"] == made_by else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return files if isinstance(files, dict) else {}


def checksum(path: Path) -> str:
    """The SHA-256 of a file. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@cache
def _code() -> list[object]:
    """What turns posts into rows and rows into bytes: who changes a rule gets every month anew."""
    folder = Path(newsarchive.__file__).parent
    sources = (path.read_bytes() for path in sorted(folder.rglob("*.py")))
    libraries = [(name, version(name)) for name in _LIBRARIES]
    return [_digest(b"\0".join(sources)), sys.version, *libraries]


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
