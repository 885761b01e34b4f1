"""Articles that were read badly: what a re-extraction has to do."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from newsarchive.archive import rows
from newsarchive.archive.entry import Outcome
from newsarchive.archive.store import Store


def read_badly(archive: Path, *doc_ids: str) -> None:
    """Articles as if a layout had taken a line too much, and had not seen the source."""
    with closing(Store.open(archive)) as store:
        for doc_id in doc_ids:
            row = store.ledger.article(doc_id)
            assert row is not None
            article = store.read(row)
            for name in rows.COPIED:
                setattr(article, name, row[name])
            article.doc_id, article.cause = doc_id, "extraction"
            article.body += "<p>分享到：</p>"
            article.source = ""
            assert store.put(article) is Outcome.REVISED
