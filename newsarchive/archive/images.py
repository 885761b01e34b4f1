"""The pictures of an archive: each content once, under its own hash, known by its addresses."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from newsarchive import pictures
from newsarchive.archive import atomic, warc
from newsarchive.archive.atomic import trouble_with
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.schema import Row
from newsarchive.archive.warc import Position, found
from newsarchive.post import body

_NOWHERE = Position()


class Images:
    """What lies under `images/` in *root*. Methods raise StorageError."""

    def __init__(self, root: Path, ledger: Ledger) -> None:
        self._root = root
        self._ledger = ledger

    def known(self, url: str) -> str:
        """The path of the picture with that address; '' where it was not stored, or is lost."""
        row = self._ledger.image(url)
        if row is None:
            return ""
        with trouble_with(self._root / row["path"]):
            try:
                size = (self._root / row["path"]).stat().st_size
            except (FileNotFoundError, NotADirectoryError):
                return ""
        return str(row["path"]) if size == row["size"] else ""

    def put(self, url: str, data: bytes, position: Position = _NOWHERE) -> str:
        """Store a picture's bytes as they are; its path, once it and its row are durable.

        *position*: its capture in the archive's own WARC files. Raises ValueError for what is no
        picture.
        """
        path = _path(data)
        file = self._root / path
        with trouble_with(file):
            if not (file.is_file() and file.read_bytes() == data):
                atomic.write(self._root, path, data)
        self._ledger.put_image(_row(url, path, data, position))
        return path

    def adopt(self, url: str, path: str) -> bool:
        """Write the row of a picture that a post names; whether it lies there, unchanged."""
        file = self._root / path
        with trouble_with(file):
            data = file.read_bytes() if file.is_file() else b""
        if not data or not pictures.kind(data) or _path(data) != path:
            return False
        self._ledger.put_image(_row(url, path, data, _NOWHERE))
        return True

    def copy(self, row: Row, folders: Iterable[str]) -> tuple[bytes, str] | None:
        """The bytes of the picture of *row* from elsewhere, and where that is.

        From its capture, else from what lies under its path in one of the *folders*.
        """
        capture = found(self._root, row["warc_file"], row["warc_offset"])
        if capture is not None and _is(capture.body, row):
            return capture.body, f"{warc.FOLDER}/{row['warc_file']}"
        for folder in folders:
            file = self._root / folder / row["path"]
            with trouble_with(file):
                if file.is_file() and _is(data := file.read_bytes(), row):
                    return data, f"{folder}/{row['path']}"
        return None


def named(post_body: str) -> Iterator[tuple[str, str]]:
    """(address, path) of every picture of the archive that a BODY names."""
    if pictures.UP + pictures.FOLDER not in post_body:
        return
    for attributes in body.images(post_body):
        if pictures.is_stored(attributes):
            url = pictures.address(pictures.source(attributes))
            yield url, attributes["src"].removeprefix(pictures.UP)


def _is(data: bytes, row: Row) -> bool:
    sha256: str = row["sha256"]
    return hashlib.sha256(data).hexdigest() == sha256


def _path(data: bytes) -> str:
    return pictures.path(hashlib.sha256(data).hexdigest(), pictures.kind(data))


def _row(url: str, path: str, data: bytes, position: Position) -> dict[str, object]:
    return {
        "url": url,
        "path": path,
        "sha256": pictures.sha256_of(path),
        "size": len(data),
        "type": pictures.kind(data),
        "warc_file": position.file,
        "warc_offset": position.offset,
    }
