"""Whether the pictures that ledger and posts name are there, and as they were stored."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from newsarchive import pictures
from newsarchive.archive import images, schema
from newsarchive.archive.finding import BATCH, Finding, Findings, Trouble, look, walk
from newsarchive.archive.store import Store
from newsarchive.post import document


def findings(store: Store) -> Findings:
    """Of every picture that the ledger knows, and of every file that it does not."""
    told: set[str] = set()  # what is wrong is told once, however many addresses it has
    for _, row in store.ledger.rows(schema.image):
        if row is None or row["path"] in told:
            continue
        yield None
        _, found = look(store, row["path"], row)
        if found is not None:
            told.add(row["path"])
            yield found
    files = walk(store.root / pictures.FOLDER)
    while batch := list(islice(files, BATCH)):
        paths = [path.relative_to(store.root).as_posix() for path in batch]
        known = store.ledger.image_paths(paths)
        yield from (Finding(Trouble.STRAY, path) for path in paths if path not in known)


def named(store: Store, post: str, data: bytes) -> Iterator[Finding]:
    """The pictures of a post that are there, though the ledger does not know them.

    Those that are not there are none of this archive's: it was given a post of another one.
    """
    if pictures.UP.encode() not in data:
        return
    for url, path in images.named(document.read(data).body):
        if store.ledger.image(url) is None and (store.root / path).is_file():
            yield Finding(Trouble.STRAY, path, f"named by {post}", {"url": url})
