"""A repair of the small archive, and what it must not lose."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from newsarchive.archive import schema
from newsarchive.archive.repair import Loss, repair
from newsarchive.archive.store import Store
from newsarchive.archive.verify import findings
from newsarchive.commands.verify import described
from tests.archive.small import EDITED, T0, at, opened
from tests.running import tree

POST = f"posts/2021/08/05/ti-mu-1-{EDITED}.html"
REVISION = f"revisions/{EDITED}/0001.html"
NAME = "20210805T075429.123000Z-sina_finance"
REPORT = f"reports/{NAME}.json"
NOW = T0 + timedelta(days=100)


def mended(root: Path, *, rebuild: bool = False) -> list[str]:
    """Verify and repair; what was said of each finding. No byte is lost by it."""
    before = contents(root)
    said = []
    with at(NOW):
        store = Store.open(root, rebuild=rebuild)
        for finding in findings(store):
            line = f"{finding.trouble.label}: {finding.subject}"
            try:
                said.append(f"{line}: {repair(store, finding, described)}")
            except Loss as loss:
                said.append(f"{line}: LOSS {loss}")
        store.ledger.close()
    assert before <= contents(root)
    return said


def contents(root: Path) -> set[bytes]:
    """What lies in the archive, wherever it does; a half-written file is nothing."""
    return {
        data
        for path, data in tree(root).items()
        if not path.startswith(("ledger.db", ".newsarchive"))
    }


def rotted(root: Path, path: str) -> bytes:
    """Flip a bit of a file; returns what it was."""
    data = (root / path).read_bytes()
    (root / path).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    return data


def rewrite(root: Path, column: str, value: object) -> None:
    """The row of EDITED with another value, as if it had been written so."""
    with opened(root) as store, store.ledger._transaction() as connection:
        same = (schema.article.c.doc_id == EDITED,)
        store.ledger._change(connection, schema.article, same, lambda _: {column: value})
