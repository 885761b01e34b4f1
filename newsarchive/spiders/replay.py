"""Posts and saved pages from files, through the same stages as a live article."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from scrapy import Spider

from newsarchive.archive import naming, warc
from newsarchive.archive.image_captures import ImageCaptures
from newsarchive.exceptions import BadArgument, BadInput, Reason, StorageError
from newsarchive.extensions.run import Run
from newsarchive.items import DOC_ID, Article, Miss
from newsarchive.post import document
from newsarchive.sina import article, saved, urls
from newsarchive.spiders import arguments, files
from newsarchive.spiders.captures import Captures, Share

#: Bytes by which a WARC file is known.
_HEAD = 4096


class ReplaySpider(Spider):
    """Archives what lies under a path; no request leaves the machine.

    Arguments: `path`, a folder, a file or a glob; `url`, the address of a saved page that does not
    say it itself; `workers`, how many processes share the work. Raises BadArgument for values that
    make no sense.
    """

    name = "replay"

    def __init__(
        self,
        path: str | None = None,
        url: str | None = None,
        workers: str | None = None,
        **unknown: str,
    ):
        super().__init__()
        arguments.refuse(unknown, "path, url, workers")
        #: How many processes share the work.
        self.workers = arguments.number("workers", workers) or 1
        if not path:
            raise BadArgument("replay needs -a path=PATH: a folder, a file or a glob")
        if url and urls.canonical_url(url) is None:
            raise BadArgument(f"url={url}: not an address of Sina")
        if url and not os.path.isfile(path):
            raise BadArgument("url= names one saved page: path= must be that file")
        self.path = path
        self.url = url or ""
        #: Of WARC files: bytes in all, and those behind us; files that are none.
        self._warc_bytes = self._read_bytes = self._others = 0

    async def start(self) -> AsyncIterator[Article | Miss]:
        """One item an article, in the order of the files' names."""
        self.run = Run.of(self.crawler)
        part = self.run.part
        self.share = Share(part.number, part.workers) if part else Share()
        self.captures = Captures(self.run, self.share)
        empty = True
        root, paths = files.named(self.path)
        try:
            if self.settings.getbool("IMAGES_ENABLED"):
                self.run.captured = self._pictures()
            if self.run.watched:
                self._look_ahead()
            for path in paths:
                empty = False
                for item in self._items(path, root):
                    if self.run.fault is not None:
                        return
                    yield item
        except StorageError as error:
            self.run.stop(error)
            return
        if empty and self.share.holds(""):
            self.run.found(1)
            yield files.nothing(self.path)

    def closed(self, reason: str) -> None:
        """Scrapy calls this in the end."""
        run = getattr(self, "run", None)
        if run is not None and run.captured is not None:
            run.captured.close()

    def _pictures(self) -> ImageCaptures:
        """Where in the WARC files the pictures are: behind the articles that name them."""
        root, paths = files.named(self.path)
        found = ImageCaptures(lambda path: files.opened(path, root), self._own)
        for path in paths:
            with suppress(BadInput, OSError):  # told when the articles are read
                with files.opened(path, root) as file:
                    is_warc = warc.is_warc(file.read(_HEAD))
                if is_warc:
                    found.add(path)
        return found

    def _look_ahead(self) -> None:
        """How much there is, for who watches: posts and pages by number, WARC files by bytes."""
        for path in files.named(self.path)[1]:
            if path.name.endswith((".warc", ".warc.gz")):
                with suppress(OSError):
                    self._warc_bytes += path.stat().st_size
            else:
                self.run.expected += self.share.holds(naming.id_in_name(path.name))
        self._others = self.run.expected

    @property
    def _own(self) -> Path:
        """Where the archive has its own WARC files."""
        return self.run.store.root / warc.FOLDER

    def _items(self, path: Path, root: Path) -> Iterator[Article | Miss]:
        """What is in a file: captures of a WARC file, else one post or page."""
        # The files whose names tell no document are all one worker's: they may be of the same.
        mine = self.share.holds(naming.id_in_name(path.name))
        try:
            with files.opened(path, root) as file:
                if warc.is_warc(file.read(_HEAD)):
                    yield from self._captures(file, path, mine=mine)
                    return
                if not mine:
                    return
                self.run.found(1)
                data = files.content(file)
            yield article_in(data, path, self.url)
        except BadInput as error:
            if mine:
                yield Miss(str(path), error.reason, error.detail)
        except OSError as error:
            if mine:
                yield Miss(str(path), Reason.UNREADABLE, error.strerror or str(error))

    def _captures(self, file: BinaryIO, path: Path, *, mine: bool) -> Iterator[Article | Miss]:
        """What a WARC file has; *mine*: this worker tells what is wrong with the file itself."""
        file.seek(0)
        own = path.resolve().parent == self._own.resolve()
        for capture in warc.captures(file, path.name, self._wants):
            if not isinstance(capture, BadInput):
                yield from self.captures.items(capture, own=own)
            elif mine:
                self.run.found(1)
                yield Miss(str(path), capture.reason, capture.detail)
            if self._warc_bytes:  # as many for each byte as there were so far
                read = max(1, self._read_bytes + file.tell())
                guess = self.run.report.found * self._warc_bytes // read
                self.run.expected = max(guess, self._others)
        self._read_bytes += file.tell()

    def _wants(self, url: str) -> bool:
        """Whether a capture of *url* is to be unpacked: a page of a document is one worker's."""
        named = urls.parse(url)
        return self.share.holds(named.doc_id) if named else urls.is_on_sina(url)


def read(path: Path, url: str = "", root: Path | None = None) -> Article:
    """The article in a file: a post or a saved page, told apart by content.

    The address of a page is *url*, else what its saver, else what the page itself says.
    No symbolic link below *root* is followed. Raises BadInput.
    """
    try:
        data = files.read(path, root or path)
    except OSError as error:
        raise BadInput(Reason.UNREADABLE, error.strerror or str(error)) from error
    return article_in(data, path, url)


def article_in(data: bytes, path: Path, url: str = "") -> Article:
    """As `read`, of what a file says."""
    if document.looks_like_post(data):
        found = document.read(data)
        # A post of this archive, or named like one, keeps its document id.
        named = naming.id_in_name(path.name)
        found.doc_id = named if DOC_ID.fullmatch(named) else ""
    elif page := saved.read(data):
        found = article.parse(page.markup, url or page.url)
    else:
        raise BadInput(Reason.UNKNOWN_FORMAT, "neither a post nor a page" if data else "empty")
    found.origin = "replay"
    found.path = str(path)
    return found
