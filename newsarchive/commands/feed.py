"""`scrapy feed`: the newest articles of each channel as Atom and RSS, with their full texts."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

from tqdm import tqdm

from newsarchive.archive import atomic, feeds, lock
from newsarchive.archive.atomic import trouble_with
from newsarchive.archive.feeds import Entry, Feed
from newsarchive.archive.store import Store
from newsarchive.cli import ArchiveCommand, complain
from newsarchive.exceptions import BadArgument, BadInput, ExitCode, StorageError
from newsarchive.sina import channels, reading
from newsarchive.spiders.arguments import number

#: The feed of all channels, but for the flashes, which would leave no room for anything else.
ALL = "all"
_FLASHES = frozenset(
    channel.name for channel in channels.CHANNELS if isinstance(channel.place, channels.Live)
)


class Command(ArchiveCommand):
    """Prints one line; exit code 1 where posts had to be left out."""

    def __init__(self) -> None:
        super().__init__()
        self._left_out: set[str] = set()

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Write Atom and RSS feeds of the newest articles, with their full texts"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-o", "--output", metavar="FOLDER", help="where to; feeds/ in ARCHIVE_DIR without it"
        )
        parser.add_argument("--channel", metavar="NAME", help="only the feed of this channel")
        parser.add_argument("--limit", metavar="N", default="50", help="how many articles (50)")
        parser.add_argument(
            "--url", metavar="URL", default="", help="where the folder is served: for self links"
        )

    def work(self, opts: argparse.Namespace, *args: str) -> None:
        limit = number("--limit", opts.limit)
        assert limit is not None
        if opts.channel not in (None, ALL):
            channels.named(opts.channel)
        if opts.url and not re.fullmatch(r"https?://[!-~]+", opts.url):
            raise BadArgument(f"--url {opts.url}: not an address as https://example.org/feeds/")
        base = f"{opts.url.rstrip('/')}/" if opts.url else ""
        with closing(self.store()) as store:
            folder = Path(opts.output) if opts.output else self.root / "feeds"
            listed = store.ledger.channels()
            known = (name for name in channels.BY_NAME if name in listed)
            names = [opts.channel] if opts.channel else [ALL, *known]
            held = lock.acquire(folder / atomic.TEMPORARY, "feeds")
            try:
                written = [
                    _write(folder, file, data)
                    for name in tqdm(names, "written", unit=" feeds", disable=None, delay=0.5)
                    if (entries := list(islice(self._entries(store, name), limit)))
                    for file, data in feeds.files(Feed(name, _title(name), entries, base)).items()
                ]
            finally:
                held.release()
        print(f"{len(written)} files in {folder}, {sum(written)} of them written.")

    def _entries(self, store: Store, name: str) -> Iterator[Entry]:
        """Newest first."""
        for row in store.ledger.newest(None if name == ALL else name):
            if name == ALL and row["channel"] in _FLASHES:
                continue
            try:
                post = store.read(row)
            except (BadInput, StorageError) as error:
                if row["doc_id"] not in self._left_out:
                    with tqdm.external_write_mode():
                        complain(f"left out {row['path'] or row['doc_id']}: {error}")
                self._left_out.add(row["doc_id"])
                self.exitcode = int(ExitCode.SOME_FAILED)
                continue
            yield feeds.entry(row, post, reading.text(post.body))


def _title(name: str) -> str:
    channel = channels.BY_NAME.get(name)
    return f"{channels.AUTHOR}－{channel.label}" if channel else channels.AUTHOR


def _write(folder: Path, name: str, data: bytes) -> bool:
    """Write a file unless it is there as it is; whether it was written."""
    with trouble_with(folder / name):
        try:
            if (folder / name).read_bytes() == data:
                return False
        except FileNotFoundError:
            pass
        atomic.write(folder, name, data)
        return True
