"""Names that others chose, of articles: none of them leads anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsarchive import clock
from newsarchive.archive import naming
from newsarchive.archive.entry import Outcome
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.store import Store
from newsarchive.exceptions import StorageError
from newsarchive.items import DOC_ID, Article
from newsarchive.post.front_matter import one_line
from tests.security.names import DAY, ID, IDS, TITLES, check_is_harmless

ANY_TITLE = st.one_of(st.sampled_from(TITLES), st.text(st.characters(), max_size=200))
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(clock.UTC))


@given(ANY_TITLE, IDS, MOMENTS)
@example("x", ID, datetime(33, 4, 3, tzinfo=clock.UTC))
def test_a_path_is_harmless_whatever_the_title(title: str, doc_id: str, moment: datetime) -> None:
    path = naming.post_path(title, doc_id, moment)
    assert re.match(r"posts/\d{4}/\d\d/\d\d/", path)
    check_is_harmless(path, "posts")
    check_is_harmless(naming.revision_path(doc_id, 10**9), "revisions")


@given(ANY_TITLE, ANY_TITLE, IDS, IDS)
@example("slide", "", "31-1-18372262", "slide-31-1-18372262")
@example("k 12", "12", "12-12-12345678", "k-12345-123456")
def test_two_documents_never_share_a_file(one: str, two: str, a: str, b: str) -> None:
    paths = {naming.post_path(one, a, DAY).casefold(), naming.post_path(two, b, DAY).casefold()}
    assert len(paths) == 2 or a == b


@given(IDS)
def test_there_are_no_case_twins(doc_id: str) -> None:
    assert doc_id == doc_id.casefold()
    for twin in {doc_id.upper(), doc_id.title(), doc_id.swapcase()} - {doc_id}:
        with pytest.raises(ValueError, match="no document id"):
            naming.post_path("x", twin, DAY)
        assert naming.id_in_name(f"x-{twin}.html") != twin


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    root = tmp_path_factory.mktemp("names") / "archive"
    root.mkdir()
    with closing(Ledger(f"sqlite:///{root / 'ledger.db'}")) as ledger:
        yield Store(root, ledger)


@settings(max_examples=40)
@given(ANY_TITLE, st.one_of(st.just(""), IDS), MOMENTS, st.sampled_from(TITLES))
def test_what_is_stored_stays_in_the_archive(
    store: Store, title: str, doc_id: str, moment: datetime, origin: str
) -> None:
    date, title = clock.http_date(moment), f"x{one_line(title)}"  # as the stage before has it
    article = Article(title, f"<div>{title[:50]}</div>", doc_id, date=date, path=origin)
    article.digest = f"{title} {moment}"
    outcome = store.put(article)
    check_is_harmless(article.path, "posts")
    if outcome is Outcome.NEW:
        assert naming.id_in_name(Path(article.path).name) == article.doc_id
    assert (store.root / article.path).is_file()
    assert {entry.name for entry in store.root.parent.iterdir()} == {"archive"}
    tops = {entry.name for entry in store.root.iterdir() if entry.is_dir()}
    assert tops <= {"posts", "revisions", ".newsarchive"}


@pytest.mark.parametrize("doc_id", [title for title in TITLES if not DOC_ID.fullmatch(title)])
def test_no_other_id_comes_near_a_file(store: Store, doc_id: str) -> None:
    article = Article("x", "<div>x</div>", doc_id, date=clock.http_date(DAY))
    with pytest.raises((ValueError, StorageError)):
        store.put(article)
