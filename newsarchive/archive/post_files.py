"""The files of posts, and how a version is kept whose place another one takes."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable
from pathlib import Path

from newsarchive.archive import atomic, naming, schema
from newsarchive.archive.atomic import trouble_with


class PostFiles:
    """The posts and revisions under one folder, by path relative to it. Raises StorageError.

    *sure* is asked before one is written.
    """

    def __init__(self, root: Path, sure: Callable[[], None]) -> None:
        self._root = root
        self._sure = sure

    def keep_version(self, known: schema.Row, old: bytes) -> str:
        """Keep the content of a post that is about to be replaced; the path of the row's version.

        '' where the content is not that version: somebody edited the post, or put back an older
        ledger. It is kept all the same, and told by `scrapy verify`.
        """
        kept = self._keep(known["doc_id"], old, known["revision"])
        for path in (kept, naming.revision_path(known["doc_id"], known["revision"])):
            if hashlib.sha256(self.read(path)).hexdigest() == known["sha256"]:
                return path
        return ""

    def keep_stranger(self, doc_id: str, path: str, data: bytes) -> None:
        """A post that the ledger does not know lies where *data* is to go: keep what it says."""
        if self.is_file(path) and (old := self.read(path)) != data:
            self._keep(doc_id, old, 1)

    def _keep(self, doc_id: str, old: bytes, number: int) -> str:
        """Write *old* to the first free place from *number* on; returns its path."""
        while True:
            path = naming.revision_path(doc_id, number)
            if not self.is_file(path):
                with trouble_with(self._root / path):
                    atomic.write(self._root, path, old, self._sure)
                return path
            if self.read(path) == old:
                return path
            number += 1

    def is_file(self, path: str) -> bool:
        """As Path.is_file; but trouble with the disk does not mean that the file is not there."""
        with trouble_with(place := self._root / path):
            try:
                return stat.S_ISREG(place.stat().st_mode)
            except (FileNotFoundError, NotADirectoryError):
                return False

    def read(self, path: str) -> bytes:
        """What is in the file."""
        with trouble_with(place := self._root / path):
            return place.read_bytes()
