"""What goes on behind the pages: counts and the search index follow the archive, and no page waits.

A thread looks at the ledger every few seconds; what that costs is never more than a twentieth of
its time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from newsarchive.archive import clustering, health, indexing
from newsarchive.archive.derived import Unusable
from newsarchive.archive.export import Reader
from newsarchive.archive.store import Store
from newsarchive.exceptions import Locked, NewsarchiveError, StorageError
from newsarchive.sina import reading
from newsarchive.site import counts

#: Seconds: between two looks at the ledger; at the last runs, whose health time alone can change;
#: at all files.
_PAUSE, _LOOKED, _WEIGHED = 5.0, 60.0, 600.0
#: Seconds in which a batch that is being indexed comes to its end.
_ENDING = 10.0
#: How many times as long as it worked the thread rests.
_REST = 19

_SKETCHED = clustering.Reader(reading.text, reading.symbols)


@dataclass
class IndexState:
    """How far the search index is."""

    todo: int = 0  #: articles that are being read
    done: int = 0
    missing: int = 0  #: that another process has not indexed yet, and those that cannot be
    anew: bool = False  #: it is damaged


class Background:
    """Keeps what pages show. *complain* is told what goes wrong, a line each, once."""

    def __init__(self, store: Store, reader: Reader, complain: Callable[[str], None]) -> None:
        self._store, self._reader = store, reader
        self._say = complain
        self._told: set[str] = set()
        self._stamp, self._looked_at, self._weighed_at = "", 0.0, 0.0
        self._again = False  # another process had the index
        self._stop, self._wake = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="background", daemon=True)
        self.index = IndexState()
        self.counts = counts.count(store)
        self.health = health.look(store)
        self.storage: counts.Storage | None = None
        #: Of each article with reprints the document ids of all that have its text, the first
        #: one first.
        self.reprints: Mapping[str, Sequence[str]] = {}

    def start(self) -> None:
        """Begin to follow the archive."""
        self._thread.start()

    def stop(self) -> None:
        """End that. What is indexed stays, batch by batch; an index that is not whole does not."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(_ENDING)

    def damaged(self) -> None:
        """A page found the index unusable: it has to be made anew."""
        self.index.anew = True
        self._wake.set()

    def finished(self) -> dict[str, Mapping[str, Any]]:
        """The reports that will not change any more, by the names of their runs."""
        told = self.health  # another thread replaces it
        finished = (run["name"] for run in told.runs if run["sha256"])
        return {name: told.reports[name] for name in finished}

    def refresh(self) -> None:
        """Bring all up to date that is not."""
        if not self._store.root.is_dir():  # a lock would make it anew
            raise StorageError(f"{self._store.root} is gone")
        stamp = self._store.ledger.stamp()
        changed = not stamp or stamp != self._stamp
        if changed:
            self.counts = counts.count(self._store)
        if changed or time.monotonic() - self._looked_at > _LOOKED:
            self.health = health.look(self._store, self.finished())
            self._looked_at = time.monotonic()
        lost = not (self._store.root / indexing.NAME).exists()
        if changed or self.index.anew or self._again or lost:
            self._refresh_index()
        if changed:
            self._refresh_reprints()
        self._stamp = stamp
        if time.monotonic() - self._weighed_at > _WEIGHED or self.storage is None:
            self.storage = counts.weigh(self._store.root)
            self._weighed_at = time.monotonic()

    def _refresh_index(self) -> None:
        state, anew = IndexState(), self.index.anew

        def broken(path: str, error: Exception) -> None:
            state.missing += 1
            self.complain(f"not in the index: {path}: {error}")

        def missing(count: int) -> None:
            state.missing, self._again = count, True

        def begun(count: int) -> None:
            state.todo = count

        def done(count: int) -> None:
            state.done += count
            if self._stop.is_set():
                raise _Stopped

        self.index, self._again = state, False
        watcher = indexing.Watcher(self.complain, broken, missing, begun, done)
        try:
            with closing(indexing.refresh(self._store, self._reader, watcher, anew=anew)):
                state.todo = state.done = 0
        except Locked:  # another process is making the first one, or this one anew
            state.anew, self._again = anew, True
        except Unusable as error:
            state.anew = True
            self.complain(f"the index is damaged ({error}): it is made anew")

    def _refresh_reprints(self) -> None:
        def done(_: int) -> None:
            if self._stop.is_set():
                raise _Stopped

        watcher = clustering.Watcher(self.complain, lambda _: None, done)
        clusters: dict[str, list[str]] = {}
        for doc_id, first in clustering.duplicates(self._store, _SKETCHED, watcher).items():
            clusters.setdefault(first, [first]).append(doc_id)
        self.reprints = {doc_id: told for told in clusters.values() for doc_id in told}

    def _run(self) -> None:
        while not self._stop.is_set():
            begun = time.monotonic()
            try:
                self.refresh()
            except _Stopped:
                return
            except NewsarchiveError as error:
                self.complain(str(error))
            except OSError as error:
                self.complain(f"{self._store.root}: {error.strerror or error}")
            self._wake.clear()
            if not self._stop.is_set():
                self._wake.wait(max(_PAUSE, (time.monotonic() - begun) * _REST))

    def complain(self, text: str) -> None:
        """Tell what went wrong, the first time."""
        if text not in self._told and len(self._told) < 100:
            self._told.add(text)
            self._say(text)


class _Stopped(Exception):
    """The site is being closed."""
