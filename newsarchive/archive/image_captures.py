"""The pictures in WARC files: what a replay has in the place of the network.

A crawl of ours says beside each capture of a picture when the page was fetched that names it. So a
replay gives every version of an article the answer that the crawl got, also where that was none.
What it has no answer for, because the run was killed or another article asked, is answered by
what is nearest in time.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import BinaryIO

from newsarchive import pictures
from newsarchive.archive.moments import moment_of, moment_text
from newsarchive.archive.warc import Capture, Position, capture_in, captures
from newsarchive.exceptions import BadInput, StorageError
from newsarchive.items import Article

#: Files are opened by who knows whether they may be.
Open = Callable[[Path], AbstractContextManager[BinaryIO]]

_NEVER = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MILLISECOND = timedelta(milliseconds=1)
_LAST = "INSERT OR REPLACE INTO capture VALUES (?, ?, ?, ?)"
_FIRST = "INSERT OR IGNORE INTO capture VALUES (?, ?, ?, ?)"
_NEAREST = "SELECT file, offset FROM capture WHERE picture = ? ORDER BY abs(at - ?) LIMIT 1"


def context(url: str, article: Article) -> dict[str, str]:
    """What is kept beside the capture of a picture of *article*; *url*: what its body names."""
    return {"image": url, "fetched_at": moment_text(article.fetched_at or _NEVER)}


class ImageCaptures:
    """Where in which file the capture of a picture is, for each page that names it.

    Kept in a temporary database, so that memory stays flat. Methods raise StorageError where that
    has no room.
    """

    def __init__(self, open_file: Open, own: Path) -> None:
        """*own*: the folder of the archive's own WARC files, which its ledger may name."""
        self._open = open_file
        self._own = own.resolve()
        self._files: list[Path] = []
        self._database = sqlite3.connect("", isolation_level=None)
        self._execute(
            "CREATE TABLE capture (picture BLOB, at INTEGER, file INTEGER, offset INTEGER, "
            "PRIMARY KEY (picture, at)) WITHOUT ROWID"
        )

    def add(self, path: Path) -> None:
        """Note the pictures in a WARC file: of ours the last answer for a page, redirects aside;
        of another's those that are there.

        What cannot be read there is told by who reads the pages in it. Raises OSError.
        """
        number = len(self._files)
        self._files.append(path)
        with self._open(path) as file:
            for capture in captures(file, path.name, _is_picture):
                if isinstance(capture, BadInput) or capture.position.offset is None:
                    continue  # inside a gzip member it would not be found again
                place = number, capture.position.offset
                if (asked := _asked(capture)) is not None:
                    if capture.status // 100 != 3:  # a kill may have come before its target
                        self._execute(_LAST, *asked, *place)
                elif capture.status == 200 and not capture.revisit:
                    named = _key(_secure(capture.url)), _number(capture.at)
                    self._execute(_FIRST, *named, *place)

    def find(self, url: str, article: Article) -> tuple[Capture, Position] | None:
        """The answer for a picture of *article*, and where the archive has it itself."""
        wanted = _key(url), _number(article.fetched_at or _NEVER)
        place = self._execute(_NEAREST, *wanted).fetchone()
        return self._read(self._files[place[0]], place[1]) if place else None

    def close(self) -> None:
        """Give the temporary database back."""
        self._database.close()

    def _execute(self, statement: str, *values: bytes | int) -> sqlite3.Cursor:
        try:
            return self._database.execute(statement, values)
        except sqlite3.Error as error:
            raise StorageError(f"the temporary database of pictures: {error}") from error

    def _read(self, path: Path, offset: int) -> tuple[Capture, Position] | None:
        try:
            with self._open(path) as file:
                found = capture_in(file, path.name, offset)
        except (BadInput, OSError):  # it was there when the files were looked through
            return None
        own = path.resolve().parent == self._own
        return found, found.position if own else Position()


def _is_picture(url: str) -> bool:
    return pictures.address(_secure(url)) != ""


def _secure(url: str) -> str:
    """As a body names it, whatever the page did."""
    return "https" + url.removeprefix("http") if url.startswith("http://") else url


def _asked(capture: Capture) -> tuple[bytes, int] | None:
    """Of a capture of ours: the picture that a page named, and when that page was fetched."""
    told = capture.context or {}
    at = moment_of(told.get("fetched_at"))
    if "image" not in told or at is None:
        return None
    return _key(str(told["image"])), _number(at)


def _key(url: str) -> bytes:
    return hashlib.blake2b(url.encode("utf-8", "replace"), digest_size=16).digest()


def _number(at: datetime) -> int:
    """Milliseconds since 1970."""
    return (at - _NEVER) // _MILLISECOND
