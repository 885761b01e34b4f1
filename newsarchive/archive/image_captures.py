"""The pictures in WARC files: what a replay has in the place of the network.

A crawl of ours says beside each capture of a picture for which version of which article it was
asked. So a replay gives every version the answer that the crawl got, also where that was none.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, BinaryIO

from newsarchive import pictures
from newsarchive.archive.moments import moment_text
from newsarchive.archive.warc import Capture, Position, captures
from newsarchive.exceptions import BadInput
from newsarchive.items import Article

#: Files are opened by who knows whether they may be.
Open = Callable[[Path], AbstractContextManager[BinaryIO]]

_LAST = "INSERT OR REPLACE INTO capture VALUES (?, ?, ?)"
_FIRST = "INSERT OR IGNORE INTO capture VALUES (?, ?, ?)"


def context(url: str, article: Article) -> dict[str, str]:
    """What is kept beside the capture of a picture of *article*; *url*: what its body names."""
    at = moment_text(article.fetched_at) if article.fetched_at else ""
    return {"image": url, "doc_id": article.doc_id, "fetched_at": at}


class ImageCaptures:
    """Where in which file the capture of a picture is, for each version of an article.

    Kept in a temporary database, so that memory stays flat: 35 bytes a picture.
    """

    def __init__(self, open_file: Open, own: Path) -> None:
        """*own*: the folder of the archive's own WARC files, which its ledger may name."""
        self._open = open_file
        self._own = own.resolve()
        self._files: list[Path] = []
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute(
            "CREATE TABLE capture (key BLOB PRIMARY KEY, file INTEGER, offset INTEGER) "
            "WITHOUT ROWID"
        )

    def add(self, path: Path) -> None:
        """Note the pictures in a WARC file: of ours the last answer, of another's the first good.

        Raises BadInput where the file ends in the middle, once all before that is noted; OSError.
        """
        number = len(self._files)
        self._files.append(path)
        with self._open(path) as file:
            for capture in captures(file, path.name, _is_picture):
                told, insert = capture.context or {}, _LAST
                if "image" not in told:
                    if capture.status != 200 or capture.revisit:
                        continue
                    told, insert = {"image": _secure(capture.url)}, _FIRST
                place = (_key(told), number, capture.position.offset)
                self._database.execute(insert, place)

    def find(self, url: str, article: Article) -> tuple[Capture, Position] | None:
        """The answer for a picture of *article*, and where the archive has it itself."""
        query = "SELECT file, offset FROM capture WHERE key = ?"
        for told in (context(url, article), {"image": url}):
            place = self._database.execute(query, (_key(told),)).fetchone()
            if place is not None:
                return self._read(self._files[place[0]], place[1])
        return None

    def close(self) -> None:
        """Give the temporary database back."""
        self._database.close()

    def _read(self, path: Path, offset: int) -> tuple[Capture, Position] | None:
        try:
            with self._open(path) as file:
                file.seek(offset)
                for capture in captures(file, path.name):
                    own = path.resolve().parent == self._own
                    return capture, Position(path.name, offset) if own else Position()
        except (OSError, BadInput):  # it was there when the files were looked through
            return None
        return None


def _is_picture(url: str) -> bool:
    return pictures.address(_secure(url)) != ""


def _secure(url: str) -> str:
    """As a body names it, whatever the page did."""
    return "https" + url.removeprefix("http") if url.startswith("http://") else url


def _key(told: Mapping[str, Any]) -> bytes:
    """Of one version's picture; of the picture alone where no version is told."""
    known = json.dumps([str(told.get(name, "")) for name in ("image", "doc_id", "fetched_at")])
    return hashlib.blake2b(known.encode("utf-8", "replace"), digest_size=16).digest()
