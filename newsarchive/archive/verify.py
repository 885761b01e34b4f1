"""Whether everything that the archive says is there, and as it was written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from newsarchive import clock
from newsarchive.archive import atomic, naming, schema, verify_images, warc, warc_files
from newsarchive.archive.finding import BATCH, Finding, Findings, Trouble, look, read, walk
from newsarchive.archive.store import Store
from newsarchive.exceptions import BadInput, StorageError
from newsarchive.post import document


def findings(store: Store, looked: Callable[[], None] = lambda: None) -> Iterator[Finding]:
    """All that is wrong, in the order in which it is best mended. Hold the lock.

    *looked* is called for each file that was looked at.
    """
    for part in (
        _ledger,
        _posts,
        _revisions,
        _strays,
        verify_images.findings,
        _orphans,
        _leftovers,
        _reports,
        _warc_files,
    ):
        try:
            for finding in part(store):
                if finding is None:
                    looked()
                else:
                    yield finding
        except StorageError as error:
            yield Finding(Trouble.LEDGER, "ledger", str(error))


def _ledger(store: Store) -> Findings:
    for table, told in store.ledger.faults():
        yield Finding(Trouble.LEDGER, table, told)


def _posts(store: Store) -> Findings:
    yield from _files(store, schema.article)


def _revisions(store: Store) -> Findings:
    yield from _files(store, schema.revision)


def _files(store: Store, table: sa.Table) -> Findings:
    for _, row in store.ledger.rows(table):
        # A damaged row was found already: no file is judged by it. Without a path: known as lost.
        if row is not None and row["path"]:
            yield from _file(store, row)


def _file(store: Store, row: schema.Row) -> Findings:
    yield None
    data, found = look(store, row["path"], row)
    if found is not None and found.trouble is Trouble.CHANGED and _is_kept(store, row):
        found = Finding(Trouble.AHEAD, row["path"], row=row)
    if found is not None:
        yield found
    elif told := fault(data, row):
        yield Finding(Trouble.FORMAT, row["path"], told, row)
    else:
        yield from verify_images.named(store, row["path"], data)


def _is_kept(store: Store, row: schema.Row) -> bool:
    """Whether the version of an article's row lies aside: its post was being replaced."""
    if "replaced_at" in row:
        return False
    if store.holds(row["doc_id"], row["sha256"]):
        return True
    kept = read(store, naming.revision_path(row["doc_id"], row["revision"]))
    return kept is not None and hashlib.sha256(kept).hexdigest() == row["sha256"]


def fault(data: bytes, row: schema.Row) -> str:
    """What is wrong with a post that is as it was written; '' where nothing is."""
    try:
        post = document.read(data)
        if document.write(post) != data:
            return "not in the format, byte for byte"
    except BadInput as error:
        return str(error)
    if post.title != row["title"]:
        return "its title is not the ledger's"
    if clock.parse_http_date(post.date) != row["date"]:
        return "its date is not the ledger's"
    if row["doc_id"] not in (naming.id_in_name(Path(row["path"]).name), _folder(row["path"])):
        return "its name has another document id"
    return ""


def _folder(path: str) -> str:
    return Path(path).parent.name if path.startswith("revisions/") else ""


def _strays(store: Store) -> Findings:
    for folder in ("posts", "revisions"):
        files = walk(store.root / folder)
        while batch := list(islice(files, BATCH)):
            paths = [path.relative_to(store.root).as_posix() for path in batch]
            ids = {path: naming.id_in_name(Path(path).name) or _folder(path) for path in paths}
            known = store.ledger.paths(set(ids.values()))
            yield from (Finding(Trouble.STRAY, path) for path in paths if path not in known)


def _orphans(store: Store) -> Findings:
    yield from (Finding(Trouble.ORPHAN, doc_id) for doc_id in store.ledger.orphans())


def _leftovers(store: Store) -> Findings:
    for path in sorted((store.root / atomic.TEMPORARY).glob("*.tmp")):
        yield Finding(Trouble.LEFTOVER, path.relative_to(store.root).as_posix())


def _reports(store: Store) -> Findings:
    known: set[str] = set()
    for name, row in store.ledger.rows(schema.run):
        path = f"reports/{name}.json"
        if row is None or row["sha256"]:
            known.add(path)
        if row is not None and row["sha256"]:
            yield from _report(store, path, row)
    for found in walk(store.root / "reports"):
        path = found.relative_to(store.root).as_posix()
        if path not in known:
            yield Finding(Trouble.STRAY, path)


def _warc_files(store: Store) -> Findings:
    known = set()
    for name, row in store.ledger.rows(schema.warc):
        known.add(name)
        if row is not None:
            yield from _warc_file(store, row)
    for found in walk(store.root / warc.FOLDER):
        path = found.relative_to(store.root).as_posix()
        if path.endswith(warc.ENDING + warc.OPEN):
            yield Finding(Trouble.LEFTOVER, path)
        elif path.removeprefix(f"{warc.FOLDER}/") not in known:
            yield Finding(Trouble.STRAY, path)


def _warc_file(store: Store, row: schema.Row) -> Findings:
    yield None
    path = f"{warc.FOLDER}/{row['name']}"
    try:
        found = warc_files.closed(store.root / path)
    except PermissionError as error:
        yield Finding(Trouble.UNREADABLE, path, str(error.strerror))
    except OSError:
        yield Finding(Trouble.MISSING, path, row=row)
    else:
        if found != warc_files.Closed(row["name"], row["size"], row["sha256"]):
            yield Finding(Trouble.CHANGED, path, row=row)


def _report(store: Store, path: str, row: schema.Row) -> Findings:
    yield None
    _, found = look(store, path, row)
    if found is not None:
        yield found
