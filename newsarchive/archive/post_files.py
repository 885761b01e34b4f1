"""The files of posts, and how a version is kept whose place another one takes."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from newsarchive.archive import atomic, naming
from newsarchive.archive.atomic import trouble_with
from newsarchive.exceptions import StorageError
from newsarchive.items import Article
from newsarchive.post import document


class PostFiles:
    """The posts and revisions under one folder, by path relative to it. Raises StorageError.

    *sure* is asked before one is written.
    """

    def __init__(self, root: Path, sure: Callable[[], None] = lambda: None) -> None:
        self._root = root
        self._sure = sure

    def version(self, row: Mapping[Any, Any]) -> Article:
        """The version of an article that a row of the ledger is of.

        Where another version lies in its place (a run is just replacing it, or was killed while it
        did) its copy is read. Raises BadInput, StorageError: nothing but what was archived is read.
        """
        if not row["path"]:
            raise StorageError("its file is lost")
        data = self._intact(row["path"], row["sha256"])
        if data is None:
            kept = naming.revision_path(row["doc_id"], row["revision"])
            data = self._intact(kept, row["sha256"])
        if data is None:
            raise StorageError(f"{self._root}/{row['path']}: not there, or not as it was written")
        return document.read(data)

    def _intact(self, path: str, sha256: str) -> bytes | None:
        """What is in the file, if that has this digest."""
        if not self.is_file(path):
            return None
        data = self.read(path)
        return data if hashlib.sha256(data).hexdigest() == sha256 else None

    def keep_version(self, known: Mapping[Any, Any], old: bytes) -> str:
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
        # For each post that is read: a Path costs more than the question.
        with trouble_with(place := f"{self._root}/{path}"):
            try:
                return stat.S_ISREG(os.stat(place).st_mode)
            except (FileNotFoundError, NotADirectoryError):
                return False

    def read(self, path: str) -> bytes:
        """What is in the file."""
        with trouble_with(place := f"{self._root}/{path}"), open(place, "rb", buffering=0) as file:
            return file.read()
