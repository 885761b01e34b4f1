"""What a run receives, recorded: where to, and what of it need not be written again."""

from __future__ import annotations

from collections.abc import Callable

from scrapy.settings import BaseSettings

from newsarchive.archive.atomic import trouble_with
from newsarchive.archive.recorder import Recorder, Transfer
from newsarchive.archive.store import Store
from newsarchive.archive.warc import FOLDER, Position, found
from newsarchive.items import Link


class Recording:
    """The WARC files of a run that *asks* the site; without WARC_ENABLED nothing is recorded.

    Methods raise StorageError.
    """

    def __init__(self, settings: BaseSettings, store: Store, run: str, *, asks: bool) -> None:
        self._store = store
        self._recorder: Recorder | None = None
        if asks and settings.getbool("WARC_ENABLED"):
            told = {
                "robots": "obey" if settings.getbool("ROBOTSTXT_OBEY") else "ignore",
                "http-header-user-agent": settings["USER_AGENT"],
            }
            size_max = settings.getint("WARC_SIZE_MAX") * 10**6
            self._recorder = Recorder(store.root, run, size_max, told)

    def record(self, transfer: Transfer, link: Link | None = None) -> Position:
        """Write an answer; *link*: whose page was asked for."""
        if self._recorder is None:
            return Position()
        before = found(self._store.root, link.warc_file, link.warc_offset) if link else None
        with trouble_with(self._store.root / FOLDER):
            return self._recorder.record(transfer, before)

    def syncing(self) -> Callable[[], None]:
        """As the recorder's."""
        if self._recorder is None:
            return lambda: None
        folder = self._store.root / FOLDER
        with trouble_with(folder):
            sync = self._recorder.syncing()

        def told() -> None:
            with trouble_with(folder):
                sync()

        return told

    def close(self) -> None:
        """Close the files, and tell the ledger of them."""
        if self._recorder is not None:
            with trouble_with(self._store.root / FOLDER):
                self._store.ledger.add_warc_files(self._recorder.close())
