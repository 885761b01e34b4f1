"""`scrapy verify`: whether all that the archive says is there; with --repair mends what it can."""

from __future__ import annotations

import argparse
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

from tqdm import tqdm

from newsarchive.archive import lock, verify
from newsarchive.archive.repair import Loss, repair
from newsarchive.archive.store import Store
from newsarchive.cli import ArchiveCommand
from newsarchive.exceptions import ExitCode, StorageError
from newsarchive.items import Article
from newsarchive.log import visible
from newsarchive.pipelines import cleaning
from newsarchive.pipelines.describe import DescribePipeline
from newsarchive.pipelines.validate import ValidatePipeline
from newsarchive.spiders import replay


class Command(ArchiveCommand):
    """Prints a line a finding; exit code 3 where something is damaged, 1 for loose ends alone."""

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Check every file and the ledger; --repair mends what can be mended"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--repair", action="store_true", help="mend what can be mended")

    def work(self, opts: argparse.Namespace, *args: str) -> None:
        if not self.root.is_dir():
            raise StorageError(f"no archive in {self.root}")
        held = lock.acquire(self.root)
        try:
            with closing(self.store(rebuild=opts.repair)) as store:
                store.ledger.hold()
                self._verify(store, mend=opts.repair)
        finally:
            held.release()

    def _verify(self, store: Store, *, mend: bool) -> None:
        left: Counter[bool] = Counter()  # by whether it is damage
        files = mended = 0
        with tqdm(unit=" files", desc="verified", disable=None) as bar:
            if not bar.disable:
                with suppress(StorageError):  # it is told below
                    bar.reset(store.ledger.count_files())

            def looked() -> None:
                nonlocal files
                files += 1
                bar.update()

            for finding in verify.findings(store, looked):
                told = f"{finding.trouble.label}: {finding.subject}"
                told += f" ({finding.detail})" if finding.detail else ""
                try:
                    if not mend:
                        raise Loss
                    told += f": {repair(store, finding, described)}"
                    mended += 1
                except (Loss, StorageError) as loss:
                    left[finding.trouble.damage] += 1
                    told += f": {loss}" if mend else ""
                bar.write(visible(told))
        done = f", {mended} mended" if mend else ""
        print(f"{files} files looked at, {left[True]} damaged, {left[False]} loose ends{done}.")
        if left:
            self.exitcode = int(ExitCode.STORAGE if left[True] else ExitCode.SOME_FAILED)


def described(path: Path) -> Article:
    """The post in a file as a replay would archive it. Raises BadInput."""
    article = replay.read(path)
    ValidatePipeline().process(article)
    cleaning.clean(article, "full")
    DescribePipeline().process(article)
    return article
