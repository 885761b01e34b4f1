"""What can be mended of an archive, and what cannot. Nothing is thrown away.

What is taken out of its place goes to `damaged/` or `strays/`, under the path that it had.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from newsarchive import clock, pictures
from newsarchive.archive import atomic, naming, schema
from newsarchive.archive.finding import Finding, Trouble, read, walk
from newsarchive.archive.images import Images, named
from newsarchive.archive.store import Store
from newsarchive.archive.verify import fault
from newsarchive.archive.warc import ENDING, FOLDER
from newsarchive.archive.warc_files import closed
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
    if finding.subject.startswith(f"{FOLDER}/"):
        store.sweep()
        return "closed behind its last whole capture"
    (store.root / finding.subject).unlink(missing_ok=True)
    return "removed"


def _orphan(store: Store, finding: Finding, _: _Describe) -> str:
    store.ledger.refetch(finding.subject)
    return "will be fetched again"


def _ledger(store: Store, finding: Finding, _: _Describe) -> str:
    table, key = finding.subject, finding.detail
    if table == "run" and _adopt_report(store, f"reports/{key}.json"):
        return "made anew of its report"
    if store.ledger.renew(table, key):
        return "made anew"
    if text := store.ledger.take_out(table, key):  # whatever meets it would have to stop
        path = f"{DAMAGED}/ledger/{table}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.txt"
        atomic.write(store.root, path, text.encode("utf-8", "replace"))
        return f"cannot even be read; taken out to {path}"
    raise Loss("cannot be mended; a backup of the ledger would help")


def _format(*_: object) -> str:
    raise Loss("cannot be mended: it was written so")


def _unreadable(*_: object) -> str:
    raise Loss("let somebody verify who may read it")


def _file(store: Store, finding: Finding, _: _Describe) -> str:
    """A file that is missing, changed or ahead: from a copy, else from Sina."""
    row, path = finding.row, finding.subject
    assert row is not None, "verify says of which row the file is"
    if path.startswith("reports/"):
        _take_out(store, path, DAMAGED)
        store.ledger.end_run(row["name"], row["ended_at"], row["exit_code"], "")
        raise Loss("a report that is lost; the ledger has its times and exit code")
    if path.startswith(f"{FOLDER}/"):
        store.ledger.forget_warc_file(row["name"])
        if finding.trouble is Trouble.CHANGED:  # it stays: around the damage it is whole
            store.ledger.add_warc_files([closed(store.root / path)])
        raise Loss("captures that are lost; what was made of them is there")
    if path.startswith(f"{pictures.FOLDER}/"):
        return _picture(store, path, row)
    for copy in _copies(store, row["doc_id"], row["path"]):
        data = copy.read_bytes()
        if hashlib.sha256(data).hexdigest() == row["sha256"]:
            _take_out(store, path, STRAYS if finding.trouble is Trouble.AHEAD else DAMAGED)
            atomic.write(store.root, path, data)
            return f"restored from {copy.relative_to(store.root).as_posix()}"
    _take_out(store, path, DAMAGED)
    if "replaced_at" in row:
        store.ledger.place(row["doc_id"], row["revision"], "")
        raise Loss("an earlier version that is lost; the ledger has its clocks and digest")
    if store.ledger.refetch(row["doc_id"]):
        raise Loss("no copy of it; the next crawl fetches it again")
    raise Loss("no copy of it, and no address to fetch it from")


def _picture(store: Store, path: str, row: schema.Row) -> str:
    copy = Images(store.root, store.ledger).copy(row, (DAMAGED, STRAYS))
    _take_out(store, path, DAMAGED)
    if copy is None:
        store.ledger.forget_image(path)
        raise Loss("a picture that is lost; the posts that name it have its address")
    data, source = copy
    atomic.write(store.root, path, data)
    return f"restored from {source}"


def _copies(store: Store, doc_id: str, path: str) -> Iterator[Path]:
    """Other files of a document, in the archive and in what earlier repairs took out."""
    for aside in atomic.beside(store.root, f"{doc_id}.old", f"{doc_id}.new"):
        yield store.root / aside
    for base in (store.root, store.root / STRAYS, store.root / DAMAGED):
        for pattern in (f"posts/*/*/*/*{doc_id}.html", f"revisions/{doc_id}/*.html"):
            yield from (found for found in sorted(base.glob(pattern)) if found != store.root / path)


def _stray(store: Store, finding: Finding, describe: _Describe) -> str:
    path = finding.subject
    if path.startswith("reports/") and _adopt_report(store, path):
        return "taken into the ledger"
    if path.startswith(f"{FOLDER}/") and path.endswith(ENDING):
        store.sweep()
        return "taken into the ledger"
    images, row = Images(store.root, store.ledger), finding.row
    if row is not None and images.adopt(row["url"], path):
        return "taken into the ledger"
    folder, _, name = path.partition("/")
    doc_id = naming.id_in_name(Path(name).name) if folder == "posts" else Path(name).parent.name
    # Names that the archive gives are ASCII.
    if folder in ("posts", "revisions") and doc_id and path.isascii():
        if store.ledger.is_damaged(doc_id):
            raise Loss("what the ledger says of the document is damaged")
        if told := _place(store, path, doc_id, describe):
            return told
    _take_out(store, path, STRAYS)
    return f"moved to {STRAYS}/{path}"


def _place(store: Store, path: str, doc_id: str, describe: _Describe) -> str:
    """What a post that the ledger does not know is to the archive; '' where it is nothing."""
    known = store.ledger.article(doc_id)
    number = _number(Path(path))
    if path.startswith("posts/"):
        if known is not None:
            return ""
        if store.ledger.is_todo(doc_id):
            raise Loss("the next crawl takes it in: its link is still to do")
        last = [_number(found) for found in walk(store.root / "revisions" / doc_id)]
        return _adopt(store, path, doc_id, max(last, default=0) + 1, describe)
    if known is None or path != naming.revision_path(doc_id, number):
        return ""
    sha256 = hashlib.sha256(read(store, path) or b"").hexdigest()
    earlier = {row["revision"]: row for row in store.ledger.history(doc_id)}
    if number in earlier and earlier[number]["path"] == "" and earlier[number]["sha256"] == sha256:
        store.ledger.place(doc_id, number, path)
        return "found again"
    if sha256 == known["sha256"] and (store.root / known["path"]).is_file():
        (store.root / path).unlink()
        return "removed: a second copy of the current post"
    if 0 < number < known["revision"] and number not in earlier:
        return _adopt(store, path, doc_id, number, describe)
    return ""


def _adopt(store: Store, path: str, doc_id: str, number: int, describe: _Describe) -> str:
    """Write the ledger's row of a post that it does not know."""
    try:
        post = describe(store.root / path)
        row = {"title": post.title, "date": clock.parse_http_date(post.date)}
        row |= {"doc_id": doc_id, "path": path}
        wrong = fault(read(store, path) or b"", row)
    except BadInput as error:
        wrong = str(error)
    if wrong:
        _take_out(store, path, STRAYS)
        return f"moved to {STRAYS}/{path}: {wrong}"
    post.doc_id, post.path = doc_id, path
    store.adopt(post, number, clock.now())
    for url, picture in named(post.body):
        Images(store.root, store.ledger).adopt(url, picture)
    return "taken into the ledger"


def _adopt_report(store: Store, path: str) -> bool:
    """Write the ledger's row of a run of its report; whether it is one, under its own name."""
    data = read(store, path) or b""
    try:
        told = json.loads(data)
        started, ended = (clock.from_iso(told[name]) for name in ("started_at", "ended_at"))
        name, spider, code = Path(path).stem, str(told["spider"]), int(told["exit_code"])
    except (ValueError, TypeError, KeyError, ArithmeticError, RecursionError):
        return False
    begins, ends = f"{started:%Y%m%dT%H%M%S}.", f"Z-{spider}"
    if path != f"reports/{name}.json" or not (name.startswith(begins) and name.endswith(ends)):
        return False
    store.ledger.begin_run(name, spider, started)
    store.ledger.end_run(name, ended, code, hashlib.sha256(data).hexdigest())
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
    Trouble.UNREADABLE: _unreadable,
    Trouble.STRAY: _stray,
    Trouble.AHEAD: _file,
    Trouble.ORPHAN: _orphan,
    Trouble.LEFTOVER: _leftover,
}
