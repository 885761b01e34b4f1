"""The store: decides what a post is to the archive, and makes it durable."""

from __future__ import annotations

import hashlib
import stat
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path

from sqlalchemy.engine import RowMapping

from newsarchive import clock
from newsarchive.archive import atomic, naming, rows, schema, sqlite_file, warc_files
from newsarchive.archive.atomic import trouble_with
from newsarchive.archive.exchange import Exchange
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.versions import Check
from newsarchive.exceptions import BadInput, Reason, StorageError
from newsarchive.items import Article
from newsarchive.post import document


class Outcome(Enum):
    """What became of an article."""

    NEW = "new"
    UNCHANGED = "unchanged"
    REVISED = "revised"


class Store:
    """The posts under one folder, with the ledger that knows them."""

    @classmethod
    def open(
        cls, root: Path, ledger_url: str = "", *, create: bool = False, rebuild: bool = False
    ) -> Store:
        """The archive in *root*, its ledger there unless *ledger_url* names another.

        Raises StorageError where there is none and *create* is not set, and where there are posts,
        but no ledger that knows them, unless it is to *rebuild* one.
        """
        file = root / "ledger.db"
        # An empty file: a crash of the machine can leave one, and SQLite would take it.
        there = bool(ledger_url) or (file.is_file() and file.stat().st_size > 0)
        posts = next((root / "posts").glob("*/*/*/*.html"), None)
        if not (there or create or posts):
            raise StorageError(f"no archive in {root}: there is no ledger.db")
        lost = StorageError(
            f"{root} has posts, and {'an empty ledger' if there else 'no ledger.db'}: put the "
            "right one back, or let `scrapy verify --repair` make a new one of the posts"
        )
        if posts and not there and not rebuild:
            raise lost
        only = not (ledger_url or create or rebuild or sqlite_file.may_write(file))
        ledger = Ledger(ledger_url or sqlite_file.url(file, read_only=only), read_only=only)
        if posts and not rebuild and ledger.is_empty():
            ledger.close()
            raise lost
        return cls(root, ledger)

    def __init__(self, root: Path, ledger: Ledger) -> None:
        self.root = root
        self.ledger = ledger
        self._exchange = Exchange(root, ledger)

    def close(self) -> None:
        """Give the ledger's connections back."""
        self.ledger.close()

    def sweep(self) -> None:
        """Settle and sweep what a killed run left half done. Hold the lock. Raises StorageError."""
        with trouble_with(self.root):
            self._exchange.settle()
            atomic.sweep(self.root)
            self.ledger.add_warc_files(warc_files.settle(self.root, self.ledger.warc_files()))

    def put(
        self,
        article: Article,
        linked_as: str = "",
        check_at: datetime | None = None,
        *,
        late: bool = False,
    ) -> Outcome:
        """Archive *article*; when it returns, the post and its ledger row are durable.

        *linked_as* is the id under which a list named it, where the page says another one;
        *check_at* when Sina is to be asked again; *late*: it was fetched in the past, and what was
        fetched after it may be archived already. Fills in `doc_id`, where there is none, and
        `path`. Raises StorageError, and BadInput for a post that cannot be written, or comes too
        late.
        """
        data = document.write(article)
        sha256 = hashlib.sha256(data).hexdigest()
        article.doc_id = article.doc_id or self._content_id(article, sha256)
        known = self.ledger.article(article.doc_id)
        moment = clock.parse_http_date(article.date)
        assert moment is not None, "the describe stage sets a readable date"
        if known is None:
            try:
                article.path = naming.post_path(article.title, article.doc_id, moment)
            except OverflowError as error:
                raise BadInput(Reason.NO_DATE, f"out of range: {article.date!r}") from error
        else:
            article.path = known["path"]
        anew = article.cause != "site"  # a page that we have is read anew
        # That, and what others fetched, says nothing of what this archive knew when.
        fetched_at = None if anew or article.origin == "replay" else article.fetched_at
        check = Check(fetched_at, check_at) if fetched_at else None
        seen_at = fetched_at or clock.now()
        if known is not None:  # a clock that was set back must not make two versions current
            seen_at = max(seen_at, known["seen_at"] + timedelta(milliseconds=1))
        there = self._is_file(article.path)
        same = False
        if known is not None and not anew:
            same = known["sha256"] == sha256 or known["digest"] == article.digest
            if late and (there or not same) and self._is_past(known, article):
                return Outcome.UNCHANGED
            if same and there:
                self.ledger.seen(article.doc_id, linked_as, check)
                return Outcome.UNCHANGED

        replaced = None
        exchange: AbstractContextManager[None] = nullcontext()
        if known is None:
            self._keep_stranger(article.doc_id, article.path, data)
            row, outcome = rows.first(article, moment, seen_at, sha256), Outcome.NEW
        elif same:  # somebody removed the post: it is written again
            row, outcome = {**known, "sha256": sha256}, Outcome.NEW
        else:
            # A page that leads here from another document's address brings that one's list clocks.
            stranger = linked_as not in ("", article.doc_id)
            row = rows.following(known, article, moment, seen_at, sha256, stranger=stranger)
            outcome = Outcome.REVISED
            replaced = {**known, "path": "", "replaced_at": seen_at}
            if there:
                old = self._bytes(known["path"])
                replaced["path"] = self._keep_version(known, old)
                exchange = self._exchange.replacing(known, old)
        with trouble_with(self.root / article.path), exchange:
            atomic.write(self.root, article.path, data)
            self.ledger.done(row, linked_as, replaced, check)
        return outcome

    def adopt(self, article: Article, revision: int, moment: datetime) -> None:
        """Write the row of a post that lies at `path` and that the ledger does not know.

        Nothing but the file tells of it: the archive has seen it from *moment* on. Raises
        StorageError.
        """
        date = clock.parse_http_date(article.date)
        assert date is not None, "the describe stage lets no other date pass"
        sha256 = hashlib.sha256(self._bytes(article.path)).hexdigest()
        row = rows.first(article, date, moment, sha256) | {"revision": revision, "origin": "replay"}
        if self.ledger.article(article.doc_id) is None:
            self.ledger.done(row, "")
        else:
            self.ledger.add_revision(row | {"replaced_at": moment})

    def _is_past(self, known: RowMapping, article: Article) -> bool:
        """Whether a later look at the article is archived. Raises BadInput where this one is not.

        The versions of an article are numbered in the order in which they came.
        """
        looked_at = self.ledger.looked_at(known["doc_id"]) or known["fetched_at"]
        if looked_at is None or article.fetched_at is None or article.fetched_at > looked_at:
            return False
        if article.digest not in {row["digest"] for row in self.ledger.history(known["doc_id"])}:
            raise BadInput(Reason.OUTDATED, f"of {article.fetched_at:%Y-%m-%d %H:%M:%S} UTC")
        return True

    def holds(self, doc_id: str, sha256: str) -> bool:
        """Whether a version lies aside that a killed run was about to replace, or to write."""
        return self._exchange.holds(doc_id, sha256)

    def read(self, row: schema.Row) -> Article:
        """The version of an article that a row of the ledger is of.

        Where another version lies in its place (a run is just replacing it, or was killed while it
        did) its copy is read. Raises BadInput, StorageError: nothing but what was archived is read.
        """
        if not row["path"]:
            raise StorageError("its file is lost")
        for path in (row["path"], naming.revision_path(row["doc_id"], row["revision"])):
            if self._is_file(path):
                data = self._bytes(path)
                if hashlib.sha256(data).hexdigest() == row["sha256"]:
                    return document.read(data)
        raise StorageError(f"{self.root / row['path']}: not there, or not as it was written")

    def _keep_version(self, known: RowMapping, old: bytes) -> str:
        """Keep the content of a post that is about to be replaced; the path of the row's version.

        '' where the content is not that version: somebody edited the post, or put back an older
        ledger. It is kept all the same, and told by `scrapy verify`.
        """
        kept = self._keep(known["doc_id"], old, known["revision"])
        for path in (kept, naming.revision_path(known["doc_id"], known["revision"])):
            if hashlib.sha256(self._bytes(path)).hexdigest() == known["sha256"]:
                return path
        return ""

    def _keep_stranger(self, doc_id: str, path: str, data: bytes) -> None:
        """A post that the ledger does not know lies where *data* is to go: keep what it says."""
        if self._is_file(path) and (old := self._bytes(path)) != data:
            self._keep(doc_id, old, 1)

    def _keep(self, doc_id: str, old: bytes, number: int) -> str:
        """Write *old* to the first free place from *number* on; returns its path."""
        while True:
            path = naming.revision_path(doc_id, number)
            if not self._is_file(path):
                with trouble_with(self.root / path):
                    atomic.write(self.root, path, old)
                return path
            if self._bytes(path) == old:
                return path
            number += 1

    def _is_file(self, path: str) -> bool:
        """As Path.is_file; but trouble with the disk does not mean that the file is not there."""
        with trouble_with(place := self.root / path):
            try:
                return stat.S_ISREG(place.stat().st_mode)
            except (FileNotFoundError, NotADirectoryError):
                return False

    def _bytes(self, path: str) -> bytes:
        with trouble_with(place := self.root / path):
            return place.read_bytes()

    def _content_id(self, article: Article, sha256: str) -> str:
        """The id of a post that has none: 16 hex digits of its body's SHA-256.

        The same body is known under several titles and dates: such a twin takes the digits of the
        whole file, so that each stays a post of its own, whichever comes first.
        """
        of_body = hashlib.sha256(article.body.encode("utf-8", "replace")).hexdigest()[:16]
        said = naming.id_in_name(Path(article.path).name)
        if said == sha256[:16]:
            return said  # it came out of an archive under this name
        for doc_id in (of_body, sha256[:16]):
            known = self.ledger.article(doc_id)
            if known is None or known["sha256"] == sha256:
                return doc_id
        return sha256[:16]
