"""`scrapy reindex`: what is derived of the posts is made anew: index and clusters of reprints."""

from __future__ import annotations

import argparse
import os
from contextlib import closing

from newsarchive import refresh
from newsarchive.archive import clustering, indexing
from newsarchive.cli import ArchiveCommand

_FILES = (indexing.NAME, clustering.NAME)


class Command(ArchiveCommand):
    """Prints one line; exit code 1 where posts had to be left out."""

    def short_desc(self) -> str:
        return "Make the index of scrapy search and the clusters of reprints anew"

    def work(self, opts: argparse.Namespace, *args: str) -> None:
        with closing(self.store()) as store:
            with refresh.index(self, store, anew=True) as index:
                count, _ = index.counts()
            reprints = len(refresh.duplicates(store, anew=True))
            size = sum(os.path.getsize(store.root / name) for name in _FILES)
            told = f"{count} articles indexed, {reprints} of them reprints of others"
            print(f"{told}, {size / 1e6:.1f} MB.")
