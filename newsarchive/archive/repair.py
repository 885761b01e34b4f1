"""What can be mended of an archive, and what cannot. Nothing is thrown away.

What is taken out of its place goes to `damaged/` or `strays/`, under the path that it had.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from newsarchive import clock
from newsarchive.archive import atomic, naming
from newsarchive.archive.store import Store
from newsarchive.archive.verify import Finding, Trouble, read, walk
from newsarchive.exceptions import BadInput, StorageError
from newsarchive.items import Article

DAMAGED, STRAYS = "damaged", "strays"


class Loss(Exception):
    """Something cannot be mended here and now. Its text says what that means."""


def repair(store: Store, finding: Finding, describe: Callable[[Path], Article]) -> str:
    """Mend one finding, and say how. Hold the lock.

    *describe* reads a post as a replay would. Raises Loss where it cannot be mended, StorageError.
    """
    try:
        return _BY_TROUBLE[finding.trouble](store, finding, describe)
    except OSError as error:
        raise StorageError(f"{finding.subject}: {error.strerror or error}") from error


_Describe = Callable[[Path], Article]


def _leftover(store: Store, finding: Finding, _: _Describe) -> str:
    (store.root / finding.subject).unlink(missing_ok=True)
    return "removed"


def _orphan(store: Store, finding: Finding, _: _Describe) -> str:
    store.ledger.refetch(finding.subject)
    return "will be fetched again"


def _ledger(store: Store, finding: Finding, _: _Describe) -> str:
    if store.ledger.renew(finding.subject, finding.detail):
        return "made anew"
    raise Loss("cannot be mended; a backup of the ledger would help")


def _format(*_: object) -> str:
    raise Loss("cannot be mended: it was written so")


def _file(store: Store, finding: Finding, _: _Describe) -> str:
    """A file that is missing or changed: from a copy, else from Sina."""
    row, path = finding.row, finding.subject
    assert row is not None, "verify says of which row the file is"
    if path.startswith("reports/"):
        _take_out(store, path, DAMAGED)
        store.ledger.end_run(row["name"], row["ended_at"], row["exit_code"], "")
        raise Loss("a report that is lost; the ledger has its times and exit code")
    for copy in _copies(store, row["doc_id"], row["path"]):
        data = copy.read_bytes()
        if hashlib.sha256(data).hexdigest() == row["sha256"]:
            _take_out(store, path, DAMAGED)
            atomic.write(store.root, path, data)
            return f"restored from {copy.relative_to(store.root).as_posix()}"
    _take_out(store, path, DAMAGED)
    if "replaced_at" in row:
        store.ledger.lose(row["doc_id"], row["revision"])
        raise Loss("an earlier version that is lost; the ledger has its clocks and digest")
    if not row["url"]:
        raise Loss("no copy of it, and no address to fetch it from")
    store.ledger.refetch(row["doc_id"])
    raise Loss("no copy of it; the next crawl fetches it again")


def _copies(store: Store, doc_id: str, path: str) -> Iterator[Path]:
    """Other files of a document, in the archive and in what earlier repairs took out."""
    for base in (store.root, store.root / STRAYS, store.root / DAMAGED):
        for pattern in (f"posts/*/*/*/*{doc_id}.html", f"revisions/{doc_id}/*.html"):
            yield from (found for found in sorted(base.glob(pattern)) if found != store.root / path)


def _stray(store: Store, finding: Finding, describe: _Describe) -> str:
    path = finding.subject
    if path.startswith("reports/") and _adopt_report(store, path):
        return "taken into the ledger"
    if path.startswith("posts/") and (doc_id := naming.id_in_name(Path(path).name)):
        if store.ledger.article(doc_id) is None:
            last = [_number(found) for found in walk(store.root / "revisions" / doc_id)]
            return _adopt(store, path, doc_id, max(last, default=0) + 1, describe)
    elif path.startswith("revisions/"):
        doc_id, number = Path(path).parent.name, _number(Path(path))
        known = store.ledger.article(doc_id)
        data = read(store, path)
        if known and data and hashlib.sha256(data).hexdigest() == known["sha256"]:
            (store.root / path).unlink()
            return "removed: a second copy of the current post"
        taken = {row["revision"] for row in store.ledger.history(doc_id)}
        if known and 0 < number < known["revision"] and number not in taken:
            return _adopt(store, path, doc_id, number, describe)
    _take_out(store, path, STRAYS)
    return f"moved to {STRAYS}/{path}"


def _adopt(store: Store, path: str, doc_id: str, number: int, describe: _Describe) -> str:
    """Write the ledger's row of a post that it does not know."""
    try:
        post = describe(store.root / path)
    except BadInput as error:
        _take_out(store, path, STRAYS)
        return f"moved to {STRAYS}/{path}: {error}"
    post.doc_id, post.path = doc_id, path
    store.adopt(post, number, clock.now())
    return "taken into the ledger"


def _adopt_report(store: Store, path: str) -> bool:
    """Write the ledger's row of a run whose report it does not know; whether it is a report."""
    data = read(store, path) or b""
    try:
        told = json.loads(data)
        started, ended = map(clock.parse_shanghai, (told["started_at"], told["ended_at"]))
        spider, code = str(told["spider"])[:40], int(told["exit_code"])
    except (ValueError, TypeError, KeyError):
        return False
    if started is None or ended is None:
        return False
    store.ledger.begin_run(Path(path).stem, spider, started)
    store.ledger.end_run(Path(path).stem, ended, code, hashlib.sha256(data).hexdigest())
    return True


def _number(path: Path) -> int:
    """Of `revisions/<doc_id>/0001.html`; 0 for another name."""
    return int(path.stem) if path.stem.isascii() and path.stem.isdigit() else 0


def _take_out(store: Store, path: str, place: str) -> None:
    """Move a file to *place*, under the first name there that is free; none is no error."""
    source, target = store.root / path, store.root / place / path
    if not os.path.lexists(source):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    free, count = target, 0
    while os.path.lexists(free):
        count += 1
        free = target.with_name(f"{target.name}.{count}")
    os.rename(source, free)


_BY_TROUBLE: dict[Trouble, Callable[[Store, Finding, _Describe], str]] = {
    Trouble.LEDGER: _ledger,
    Trouble.MISSING: _file,
    Trouble.CHANGED: _file,
    Trouble.FORMAT: _format,
    Trouble.STRAY: _stray,
    Trouble.ORPHAN: _orphan,
    Trouble.LEFTOVER: _leftover,
}
