"""Stage 4, with IMAGES_ENABLED: the pictures of a body come into the archive, and it names them.

Before the store: a picture is durable before the post that names it.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from pathlib import Path
from typing import Any, NoReturn

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, DropItem, IgnoreRequest, NotConfigured
from scrapy.http import Response
from scrapy.pipelines import media
from scrapy.pipelines.media import FileInfo, FileInfoOrError, MediaPipeline
from scrapy.utils.datatypes import LocalCache
from twisted.python.failure import Failure

from newsarchive import pictures
from newsarchive.archive.atomic import trouble_with
from newsarchive.archive.http_payload import unpacked
from newsarchive.archive.image_captures import context
from newsarchive.archive.images import Images
from newsarchive.archive.warc import Position
from newsarchive.download import codings
from newsarchive.exceptions import BadInput, StorageError
from newsarchive.extensions.run import Run
from newsarchive.items import Article
from newsarchive.pictures import Unstored
from newsarchive.post import body

#: So many pictures that failed are not asked for again in the same run.
_REMEMBERED = 1000


class Missing(Exception):
    """A picture that stays where it is, and why."""

    def __init__(self, reason: Unstored) -> None:
        super().__init__(reason.label)
        self.reason = reason


class _Failures(LocalCache[bytes, Any]):
    """Of what was asked for, that which failed. The rest the ledger knows."""

    def __setitem__(self, key: bytes, value: Any) -> None:
        if isinstance(value, Failure):
            super().__setitem__(key, value)


class ImagesPipeline(MediaPipeline):
    """Stores pictures of Sina's hosts as they came; each is asked for once.

    Of a picture that cannot be had the body keeps the address. A replay asks nobody: pictures come
    from the WARC files that are replayed. A post that is replayed names what it named.
    """

    LOG_FAILED_RESULTS = False  # they are counted

    def __init__(self, *, crawler: Crawler) -> None:
        super().__init__(crawler=crawler)
        self._handle_statuses(allow_redirects=True)  # the redirect middleware knows where to
        self._run = Run.of(crawler)
        self._images = Images(self._run.store.root, self._run.ledger)
        self._size_max = crawler.settings.getint("IMAGES_SIZE_MAX") * 10**6
        self._count_max = crawler.settings.getint("IMAGES_COUNT_MAX")
        # It logs each failure with a traceback.
        logging.getLogger(media.__name__).setLevel(logging.CRITICAL)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ImagesPipeline:
        if not crawler.settings.getbool("IMAGES_ENABLED"):
            raise NotConfigured
        return cls(crawler=crawler)

    def open_spider(self) -> None:  # type: ignore[override]  # Scrapy's takes a spider, too
        super().open_spider()
        self.spiderinfo.downloaded = _Failures(_REMEMBERED)

    async def process_item(self, item: Article) -> Article:  # type: ignore[override]
        try:
            # A page without an id is named by its body: that must not depend on its pictures.
            if item.layout and item.doc_id and not self._is_done(item):
                if self._run.live:
                    await super().process_item(item)
                else:  # without a pause: the versions of an article must not overtake each other
                    self._replay(item)
        except StorageError as error:
            self._run.stop(error)
            raise DropItem(str(error)) from error
        return item

    def _replay(self, article: Article) -> None:
        found: list[FileInfo] = []
        for request in self.get_media_requests(article, self.spiderinfo):
            try:
                found.append(self._replayed(request.meta["context"]["image"], article))
            except Missing as error:
                self._failed(error)
        self._name(article, found)

    def _replayed(self, url: str, article: Article) -> FileInfo:
        if known := self._known(url):
            return known
        found = self._run.captured.find(url, article) if self._run.captured else None
        if found is None:
            raise Missing(Unstored.NOT_RECORDED)
        capture, position = found
        if capture.trouble is not None and capture.status == HTTPStatus.OK:
            raise Missing(Unstored.TOO_LARGE)
        return self._keep(url, capture.status, capture.body, position)

    def _is_done(self, article: Article) -> bool:
        """Whether the article is archived as it is, and no picture is to be had for it."""
        if not (self._run.live or self._run.captured):
            return False  # known pictures alone, for what may become a version of ours
        known = self._run.ledger.article(article.doc_id)
        if known is None or known["digest"] != article.digest:
            return False
        post: Path = self._run.store.root / known["path"]
        with trouble_with(post):
            return post.is_file()

    def get_media_requests(self, item: Article, info: MediaPipeline.SpiderInfo) -> list[Request]:
        sources = [pictures.source(attributes) for attributes in body.images(item.body)]
        addresses = list(dict.fromkeys(filter(None, map(pictures.address, sources))))
        left = len(addresses) - self._count_max
        if left > 0:
            self._run.report.images_failed[Unstored.TOO_MANY.label] += left
        return [
            Request(
                url,
                headers={"Accept": "image/*"},
                meta={
                    "context": context(url, item),
                    "download_maxsize": self._size_max,
                    "download_warnsize": 0,
                },
            )
            for url in addresses[: self._count_max]
        ]

    def media_to_download(  # type: ignore[override]  # a plain value is as good as a Deferred
        self, request: Request, info: MediaPipeline.SpiderInfo, *, item: Article
    ) -> FileInfo | None:
        if self._ends():
            raise IgnoreRequest("the run ends")
        return self._known(request.meta["context"]["image"])

    def media_downloaded(
        self,
        response: Response,
        request: Request,
        info: MediaPipeline.SpiderInfo,
        *,
        item: Any = None,
    ) -> FileInfo:
        position = response.meta.get("capture", Position())
        data = response.body
        if response.status == HTTPStatus.OK:
            try:
                data = unpacked(data, codings(response))
            except BadInput as error:
                raise Missing(Unstored.TOO_LARGE) from error
        return self._keep(request.meta["context"]["image"], response.status, data, position)

    def _known(self, url: str) -> FileInfo | None:
        path = self._images.known(url)
        return _told(url, path, "known") if path else None

    def _keep(self, url: str, status: int, data: bytes, position: Position) -> FileInfo:
        if reason := pictures.refusal(status, data, self._size_max):
            raise Missing(reason)
        # What the ledger says of a capture is true before it says so: of one, too, that the
        # store's thread is just making durable.
        self._run.ledger.before()
        self._run.recording.syncing()()
        return _told(url, self._images.put(url, data, position), "stored")

    def media_failed(
        self, failure: Failure, request: Request, info: MediaPipeline.SpiderInfo
    ) -> NoReturn:
        error = failure.value
        if isinstance(error, (Missing, StorageError)):
            raise error
        raise Missing(_reason(error)) from error

    def item_completed(
        self, results: list[FileInfoOrError], item: Article, info: MediaPipeline.SpiderInfo
    ) -> Article:
        found: list[FileInfo] = []
        for _, result in results:
            if isinstance(result, Failure):
                self._failed(result.value)
            else:
                found.append(result)
        self._name(item, found)
        return item

    def _name(self, article: Article, found: list[FileInfo]) -> None:
        """Let the body lead to the pictures that were *found*."""
        paths: dict[str, str] = {}
        for told in found:
            paths[told["url"]] = told["path"]
            self._run.report.images[told["status"]] += 1
            told["status"] = "known"  # to the other articles that waited for it
        if paths:
            sources = [pictures.source(attributes) for attributes in body.images(article.body)]
            stored = {source: paths.get(pictures.address(source), "") for source in sources}
            article.body = body.with_images(article.body, stored)

    def _failed(self, error: BaseException | None) -> None:
        """Count a picture that failed; where the run ends, its article is left to the next one."""
        if isinstance(error, StorageError):
            raise error
        if self._ends():
            raise DropItem("the run ends")
        reason = error.reason if isinstance(error, Missing) else Unstored.NETWORK
        self._run.report.images_failed[reason.label] += 1

    def _ends(self) -> bool:
        return self._run.fault is not None or not self.crawler.crawling

    def file_path(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Never asked: a picture's path is that of its bytes."""
        raise NotImplementedError


def _told(url: str, path: str, status: str) -> FileInfo:
    return {"url": url, "path": path, "checksum": None, "status": status}


def _reason(error: BaseException | None) -> Unstored:
    if isinstance(error, DownloadCancelledError):
        return Unstored.TOO_LARGE
    if isinstance(error, IgnoreRequest):
        return Unstored.ROBOTS if "robots.txt" in str(error) else Unstored.HTTP_ERROR
    return Unstored.NETWORK
