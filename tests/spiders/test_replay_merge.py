"""The WARC files of one archive, replayed into another that has versions of its own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from newsarchive.demo.site import Answer
from tests.running import ARTICLES, crawl, ledger, posts, replay, scrapy
from tests.spiders.answers import answer
from tests.spiders.test_rechecks import NAME, ONE, OTHER, Changing, again, page
from tests.warcs import files, known, versions

FIRST, SECOND, THIRD = "", "更正：", "再更正："


class Two(NamedTuple):
    """Never to be changed."""

    there: Path  #: saw an article in its FIRST and THIRD version, and another article
    here: Path  #: saw the SECOND version between the two, and nothing else


def saying(word: str) -> Answer:
    """The page of the article with *word* before its text."""
    was = ARTICLES[NAME].paragraphs[0]
    return answer(page(NAME).replace(was, word + was))


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Two:
    folder = tmp_path_factory.mktemp("two")
    found = Two(folder / "there", folder / "here")
    with Changing([NAME, OTHER]) as site:
        crawl(found.there, site, *ONE)
        site.pages_now[NAME], site.names = saying(SECOND), [NAME]
        crawl(found.here, site, *ONE)
        site.pages_now[NAME] = saying(THIRD)
        again(found.there, site)
    return found


@pytest.mark.parametrize("workers", ["1", "2"])
def test_newer_versions_and_what_is_missing_come_older_ones_do_not(
    two: Two, tmp_path: Path, workers: str
) -> None:
    archive = Path(shutil.copytree(two.here, tmp_path / "archive"))
    done = replay(archive, two.there / "warc", "-a", f"workers={workers}")
    told = done.report
    assert (done.code, told["archived"]) == (0, {"new": 1, "revised": 1})
    assert (told["skipped"], told["failed"]) == ({"outdated": 1}, {})
    (own,) = posts(two.here).values()
    assert versions(archive) == posts(two.there) | {f"revisions/{NAME}/0001.html": own}
    assert scrapy("verify", archive=archive).code == 0

    before = known(archive)
    done = replay(archive, two.there / "warc", "-a", f"workers={workers}")
    assert done.report["archived"].keys() == {"unchanged"}
    assert known(archive) == before


def test_each_version_keeps_the_clocks_of_its_own_archive(two: Two, tmp_path: Path) -> None:
    archive = Path(shutil.copytree(two.here, tmp_path / "archive"))
    replay(archive, two.there / "warc")
    rows = "SELECT doc_id, fetched_at, seen_at, first_seen_at FROM article ORDER BY doc_id"
    theirs = {name: clocks for name, *clocks in ledger(two.there, rows)}
    ((_, fetched, seen, first),) = ledger(two.here, rows)
    now = {name: clocks for name, *clocks in ledger(archive, rows)}
    assert now == {OTHER: theirs[OTHER], NAME: [*theirs[NAME][:2], first]}
    old = "SELECT fetched_at, seen_at, replaced_at FROM revision"
    assert ledger(archive, old) == [(fetched, seen, theirs[NAME][1])]


def test_captures_are_named_where_their_files_came_along(two: Two, tmp_path: Path) -> None:
    """The files of another archive stay nameless; among this one's own they are its own."""
    archive = Path(shutil.copytree(two.here, tmp_path / "archive"))
    replay(archive, two.there / "warc")
    own = ledger(two.here, "SELECT warc_file, warc_offset FROM article")
    assert ledger(archive, "SELECT warc_file, warc_offset FROM revision") == own
    assert ledger(archive, "SELECT DISTINCT warc_file, warc_offset FROM article") == [("", None)]

    archive = Path(shutil.copytree(two.here, tmp_path / "with_files"))
    for path in files(two.there):
        shutil.copy(path, archive / "warc")
    replay(archive, archive / "warc")
    places = "SELECT doc_id, warc_file, warc_offset FROM article ORDER BY doc_id"
    assert ledger(archive, places) == ledger(two.there, places)
    assert ledger(archive, "SELECT warc_file, warc_offset FROM revision") == own
    assert scrapy("verify", archive=archive).code == 0
