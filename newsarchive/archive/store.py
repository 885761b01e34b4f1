"""The store: decides what a post is to the archive, and makes it durable."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.engine import RowMapping

from newsarchive import clock
from newsarchive.archive import atomic, naming, rows, schema, sqlite_file, transfer, warc_files
from newsarchive.archive.atomic import trouble_with
from newsarchive.archive.crew import Dead
from newsarchive.archive.entry import Draft, Entry, Outcome, groups
from newsarchive.archive.exchange import Exchange
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.post_files import PostFiles
from newsarchive.archive.rechecks import Check
from newsarchive.archive.versions import Found
from newsarchive.exceptions import BadInput, Reason, StorageError
from newsarchive.items import Article
from newsarchive.post import document


class Store:
    """The posts under one folder, with the ledger that knows them."""

    @classmethod
    def open(
        cls, root: Path, ledger_url: str = "", *, create: bool = False, rebuild: bool = False
    ) -> Store:
        """The archive in *root*, its ledger there unless *ledger_url* names another.

        Raises StorageError where there is none and *create* is not set, where there are posts,
        but no ledger that knows them, unless it is to *rebuild* one, and where it was moved away.
        """
        file = root / "ledger.db"
        there = bool(ledger_url) or transfer.is_there(file)
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
        self._files = PostFiles(root, ledger.sure)
        self._exchange = Exchange(root, ledger)

    def close(self) -> None:
        """Give the ledger's connections back."""
        self.ledger.close()

    def sweep(self, dead: Dead | None = None) -> None:
        """Settle what killed runs left, or a *dead* worker. Hold the lock. Raises StorageError."""
        worker, run = dead or ("", "")
        with trouble_with(self.root):
            self._exchange.settle()
            atomic.sweep(self.root, worker)
            known = self.ledger.warc_files()
            self.ledger.add_warc_files(warc_files.settle(self.root, known, run))

    def put(
        self,
        article: Article,
        linked_as: str = "",
        check_at: datetime | None = None,
        *,
        late: bool = False,
    ) -> Outcome:
        """Archive one article, as `put_all` does. Raises StorageError, and what `put_all` returns
        of an article that cannot be archived."""
        (outcome,) = self.put_all([Entry(article, linked_as, check_at, late)])
        if isinstance(outcome, BadInput):
            raise outcome
        return outcome

    def put_all(self, entries: Sequence[Entry]) -> list[Outcome | BadInput]:
        """Archive articles, in their order; when it returns, posts and ledger rows are durable.

        Fills in each article's `doc_id`, where there is none, and `path`. A BadInput stands for an
        article that cannot be written, or comes too late. Raises StorageError: then some of them
        may be archived, and none of those has lost anything.
        """
        outcomes: list[Outcome | BadInput] = []
        for group in groups(entries):
            with self._exchange.alone(set().union(*(entry.documents for entry in group))):
                outcomes += self._put_group(group)
        return outcomes

    def _put_group(self, entries: Sequence[Entry]) -> list[Outcome | BadInput]:
        """As `put_all`, for articles of which none has to do with another."""
        doc_ids = [entry.article.doc_id for entry in entries]
        known = {row["doc_id"]: row for row in self.ledger.some(doc_ids)}
        outcomes: list[Outcome | BadInput] = []
        drafts: list[Draft] = []
        for entry in entries:
            try:
                draft = self._draft(entry, known.get(entry.article.doc_id))
            except BadInput as error:
                outcomes.append(error)
                continue
            drafts.append(draft)
            outcomes.append(draft.outcome)
        files = [(draft.path, draft.data) for draft in drafts if draft.data]
        found = [draft.found for draft in drafts if draft.found]
        place = self.root / (files[0][0] if len(files) == 1 else "posts")
        with trouble_with(place), ExitStack() as exchanges:
            for draft in drafts:
                if draft.replaces is not None:
                    exchanges.enter_context(self._exchange.replacing(*draft.replaces))
            if files:
                atomic.write_all(self.root, files, self.ledger.sure)
            if found:
                self.ledger.add(*found)
        return outcomes

    def _draft(self, entry: Entry, known: RowMapping | None) -> Draft:
        """What *entry* is to the archive, of which *known* is the article's row."""
        article, linked_as = entry.article, entry.linked_as
        data = document.write(article)
        sha256 = hashlib.sha256(data).hexdigest()
        if not article.doc_id:
            article.doc_id = self._content_id(article, sha256)
            known = self.ledger.article(article.doc_id)
        if known and article.replaces and known["revision"] != article.replaces["revision"]:
            raise BadInput(Reason.OUTDATED, f"of version {article.replaces['revision']}")
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
        check = Check(fetched_at, entry.check_at) if fetched_at else None
        found = Found(article.doc_id, linked_as, check=check, link=article.link)
        if known is None:
            self._files.keep_stranger(article.doc_id, article.path, data)
            row = rows.first(article, moment, fetched_at or clock.now(), sha256)
            return Draft(Outcome.NEW, found._replace(row=row), article.path, data)
        # A clock that was set back must not make two versions current.
        seen_at = max(fetched_at or clock.now(), known["seen_at"] + timedelta(milliseconds=1))
        there = self._files.is_file(article.path)
        same = not anew and (known["sha256"] == sha256 or known["digest"] == article.digest)
        if not anew and entry.late and (there or not same) and self._is_past(known, article):
            return Draft(Outcome.UNCHANGED, found._replace(check=None) if found.link else None)
        if same and there:
            return Draft(Outcome.UNCHANGED, found)
        if same:  # somebody removed the post: it is written again
            found = found._replace(row={**known, "sha256": sha256})
            return Draft(Outcome.NEW, found, article.path, data)
        # A page that leads here from another document's address brings that one's list clocks.
        stranger = linked_as not in ("", article.doc_id)
        row = rows.following(known, article, moment, seen_at, sha256, stranger=stranger)
        old = self._files.read(known["path"]) if there else None
        kept = "" if old is None else self._files.keep_version(known, old)
        replaced = {**known, "path": kept, "replaced_at": seen_at}
        found = found._replace(row=row, replaced=replaced)
        exchange = None if old is None else (known, old)
        return Draft(Outcome.REVISED, found, article.path, data, exchange)

    def adopt(self, article: Article, revision: int, moment: datetime) -> None:
        """Write the row of a post that lies at `path` and that the ledger does not know.

        Nothing but the file tells of it: the archive has seen it from *moment* on. Raises
        StorageError.
        """
        date = clock.parse_http_date(article.date)
        assert date is not None, "the describe stage lets no other date pass"
        sha256 = hashlib.sha256(self._files.read(article.path)).hexdigest()
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
        """As `PostFiles.version`."""
        return self._files.version(row)

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
