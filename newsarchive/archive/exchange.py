"""One version of a post in the place of another, so that file and ledger agree whatever fails.

A file and a row cannot change in one step. So the old version lies aside while the new one takes
its place and the ledger learns of it. Where that fails, the old one goes back. The new one then
lies aside: a commit that failed may turn up in the database all the same, once it is opened again.
What still lies aside when a run begins is settled by what the ledger then says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from itertools import product
from pathlib import Path
from typing import Any

from newsarchive.archive import atomic
from newsarchive.archive.ledger import Ledger
from newsarchive.exceptions import StorageError

_OLD, _NEW = ".old", ".new"


class Exchange:
    """The versions that lie aside in one archive. Raises OSError and StorageError."""

    def __init__(self, root: Path, ledger: Ledger) -> None:
        self._root = root
        self._ledger = ledger

    @contextmanager
    def replacing(self, known: Any, old: bytes) -> Iterator[None]:
        """Inside, the post of the row *known*, whose bytes are *old*, gets its next version."""
        aside = f"{atomic.TEMPORARY}/{known['doc_id']}"
        atomic.write(self._root, aside + _OLD, old, self._ledger.sure)
        try:
            yield
        except (OSError, StorageError):
            with suppress(OSError, StorageError):  # then the next run settles it
                if path := self._place(known["doc_id"], old):
                    atomic.move(self._root, (path, aside + _NEW), (aside + _OLD, path))
            raise
        (self._root / (aside + _OLD)).unlink(missing_ok=True)

    def holds(self, doc_id: str, sha256: str) -> bool:
        """Whether the version with that digest lies aside: the run that put it there was killed."""
        for ending in (_OLD, _NEW):
            with suppress(OSError):
                data = (self._root / atomic.TEMPORARY / f"{doc_id}{ending}").read_bytes()
                if hashlib.sha256(data).hexdigest() == sha256:
                    return True
        return False

    @contextmanager
    def alone(self, documents: Collection[str]) -> Iterator[None]:
        """Inside, no other worker writes *documents*; what one that was killed left is settled."""
        with self._ledger.alone(documents):
            if self._ledger.worker:
                with atomic.trouble_with(self._root):
                    self._settle(documents)
            yield

    def settle(self) -> None:
        """Put what a run left aside where the ledger has it, and remove what it has not."""
        for doc_id in sorted({Path(name).stem for name in atomic.beside(self._root, _OLD, _NEW)}):
            with self._ledger.alone([doc_id]):
                self._settle([doc_id])

    def _settle(self, documents: Collection[str]) -> None:
        for doc_id, ending in product(documents, (_NEW, _OLD)):
            name = f"{atomic.TEMPORARY}/{doc_id}{ending}"
            aside = self._root / name
            if not aside.is_file():
                continue
            if path := self._place(doc_id, aside.read_bytes()):
                atomic.move(self._root, (name, path))
            else:
                aside.unlink()

    def _place(self, doc_id: str, version: bytes) -> str:
        """The path of the post, where the ledger says that *version* is its content; else ''."""
        known = self._ledger.article(doc_id)
        same = known is not None and known["sha256"] == hashlib.sha256(version).hexdigest()
        return known["path"] if known is not None and same else ""
