"""Whether everything that the archive says is there, and as it was written."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from newsarchive import clock
from newsarchive.archive import atomic, naming, schema, warc, warc_files
from newsarchive.archive.store import Store
from newsarchive.exceptions import BadInput, StorageError
from newsarchive.post import document

#: Files whose names the ledger is asked for at once.
_BATCH = 500


class Trouble(Enum):
    """What can be wrong. *Damage* is never the trace of a kill, which leaves loose ends only."""

    # label, damage, meaning
    LEDGER = ("ledger", True, "the ledger contradicts itself, or a row of it was changed")
    MISSING = ("missing", True, "a file that the ledger names is not there")
    CHANGED = ("changed", True, "a file that is not as it was written")
    FORMAT = ("format", True, "a post that is not in the format, or not what its row says")
    STRAY = ("stray", False, "a file that the ledger does not know")
    AHEAD = ("ahead", False, "post and row are of two versions: a run was killed between them")
    ORPHAN = ("orphan", False, "a link that is done, and has no article")
    UNREADABLE = ("unreadable", True, "a file that may not be read: nothing can be said of it")
    LEFTOVER = ("leftover", False, "a half-written file of a killed run")

    def __init__(self, label: str, damage: bool, meaning: str) -> None:
        self.label = label
        self.damage = damage
        self.meaning = meaning


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. *row*: what the ledger says of the file."""

    trouble: Trouble
    subject: str  #: a path in the archive, a document id, or a table with a key
    detail: str = ""
    row: schema.Row | None = None


def findings(store: Store, looked: Callable[[], None] = lambda: None) -> Iterator[Finding]:
    """All that is wrong, in the order in which it is best mended. Hold the lock.

    *looked* is called for each file that was looked at.
    """
    for part in (_ledger, _posts, _revisions, _strays, _orphans, _leftovers, _reports, _warc_files):
        try:
            for finding in part(store):
                if finding is None:
                    looked()
                else:
                    yield finding
        except StorageError as error:
            yield Finding(Trouble.LEDGER, "ledger", str(error))


_Findings = Iterator[Finding | None]  # None: another file was looked at


def _ledger(store: Store) -> _Findings:
    for table, told in store.ledger.faults():
        yield Finding(Trouble.LEDGER, table, told)


def _posts(store: Store) -> _Findings:
    yield from _files(store, schema.article)


def _revisions(store: Store) -> _Findings:
    yield from _files(store, schema.revision)


def _files(store: Store, table: sa.Table) -> _Findings:
    for _, row in store.ledger.rows(table):
        # A damaged row was found already: no file is judged by it. Without a path: known as lost.
        if row is not None and row["path"]:
            yield from _file(store, row)


def _file(store: Store, row: schema.Row) -> _Findings:
    yield None
    data, found = _look(store, row["path"], row)
    if found is not None and found.trouble is Trouble.CHANGED and _is_kept(store, row):
        found = Finding(Trouble.AHEAD, row["path"], row=row)
    if found is not None:
        yield found
    elif told := fault(data, row):
        yield Finding(Trouble.FORMAT, row["path"], told, row)


def _look(store: Store, path: str, row: schema.Row) -> tuple[bytes, Finding | None]:
    """A file's bytes, and what is wrong with them whatever they say."""
    try:
        data = read(store, path)
    except StorageError as error:
        return b"", Finding(Trouble.UNREADABLE, path, str(error))
    if data is None:
        return b"", Finding(Trouble.MISSING, path, row=row)
    same = hashlib.sha256(data).hexdigest() == row["sha256"]
    return data, None if same else Finding(Trouble.CHANGED, path, row=row)


def _is_kept(store: Store, row: schema.Row) -> bool:
    """Whether the version of an article's row lies aside: its post was being replaced."""
    if "replaced_at" in row:
        return False
    if store.holds(row["doc_id"], row["sha256"]):
        return True
    kept = read(store, naming.revision_path(row["doc_id"], row["revision"]))
    return kept is not None and hashlib.sha256(kept).hexdigest() == row["sha256"]


def read(store: Store, path: str) -> bytes | None:
    """The bytes of a file of the archive; None where it cannot be read.

    Raises StorageError where it may not be read: that says nothing of the file.
    """
    try:
        file = store.root / path
        return file.read_bytes() if file.is_file() else None  # a FIFO would never end
    except PermissionError as error:
        raise StorageError(f"{store.root / path}: {error.strerror}") from error
    except (OSError, ValueError):  # ValueError: NUL in a path that was damaged
        return None


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


def _strays(store: Store) -> _Findings:
    for folder in ("posts", "revisions"):
        files = walk(store.root / folder)
        while batch := list(islice(files, _BATCH)):
            paths = [path.relative_to(store.root).as_posix() for path in batch]
            ids = {path: naming.id_in_name(Path(path).name) or _folder(path) for path in paths}
            known = store.ledger.paths(set(ids.values()))
            yield from (Finding(Trouble.STRAY, path) for path in paths if path not in known)


def walk(folder: Path) -> Iterator[Path]:
    """Every file below *folder*, sorted, links to folders not followed."""
    for root, folders, files in os.walk(folder):
        folders.sort()
        yield from (Path(root) / name for name in sorted(files))


def _orphans(store: Store) -> _Findings:
    yield from (Finding(Trouble.ORPHAN, doc_id) for doc_id in store.ledger.orphans())


def _leftovers(store: Store) -> _Findings:
    for path in sorted((store.root / atomic.TEMPORARY).glob("*.tmp")):
        yield Finding(Trouble.LEFTOVER, path.relative_to(store.root).as_posix())


def _reports(store: Store) -> _Findings:
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


def _warc_files(store: Store) -> _Findings:
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


def _warc_file(store: Store, row: schema.Row) -> _Findings:
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


def _report(store: Store, path: str, row: schema.Row) -> _Findings:
    yield None
    _, found = _look(store, path, row)
    if found is not None:
        yield found
