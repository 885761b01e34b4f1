"""Posts and saved pages from files, through the same stages as a live article."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from scrapy import Spider

from newsarchive.archive import naming, warc
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
    say it itself. Raises BadArgument for values that make no sense.
    """

    name = "replay"

    def __init__(self, path: str | None = None, url: str | None = None, **unknown: str):
        super().__init__()
        arguments.refuse(unknown, "path, url")
        if not path:
            raise BadArgument("replay needs -a path=PATH: a folder, a file or a glob")
        if url and urls.canonical_url(url) is None:
            raise BadArgument(f"url={url}: not an address of Sina")
        if url and not os.path.isfile(path):
            raise BadArgument("url= names one saved page: path= must be that file")
        self.path = path
        self.url = url or ""

    async def start(self) -> AsyncIterator[Article | Miss]:
        """One item an article, in the order of the files' names."""
        self.run = Run.of(self.crawler)
        self.captures = Captures(self.run, Share())
        empty = True
        root, paths = files.named(self.path)
        for path in paths:
            empty = False
            try:
                for item in self._items(path, root):
                    if self.run.fault is not None:
                        return
                    yield item
            except StorageError as error:
                self.run.stop(error)
                return
        if empty:
            self.run.found(1)
            detail = "no files in it" if os.path.isdir(self.path) else "no such file or folder"
            yield Miss(self.path, Reason.UNREADABLE, detail)

    def _items(self, path: Path, root: Path) -> Iterator[Article | Miss]:
        """What is in a file: captures of a WARC file, else one post or page."""
        try:
            with files.opened(path, root) as file:
                if warc.is_warc(file.read(_HEAD)):
                    file.seek(0)
                    own = path.resolve().parent == (self.run.store.root / warc.FOLDER).resolve()
                    for capture in warc.captures(file, path.name, urls.is_on_sina):
                        if isinstance(capture, BadInput):
                            yield Miss(str(path), capture.reason, capture.detail)
                        else:
                            yield from self.captures.items(capture, own=own)
                    return
            self.run.found(1)
            yield read(path, self.url, root)
        except BadInput as error:
            yield Miss(str(path), error.reason, error.detail)
        except OSError as error:
            yield Miss(str(path), Reason.UNREADABLE, error.strerror or str(error))


def read(path: Path, url: str = "", root: Path | None = None) -> Article:
    """The article in a file: a post or a saved page, told apart by content.

    The address of a page is *url*, else what its saver, else what the page itself says.
    No symbolic link below *root* is followed. Raises BadInput.
    """
    try:
        data = files.read(path, root or path)
    except OSError as error:
        raise BadInput(Reason.UNREADABLE, error.strerror or str(error)) from error
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
