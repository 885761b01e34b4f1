"""Pictures in WARC files: which article gets which answer."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from warcio.warcwriter import WARCWriter

from newsarchive.archive.image_captures import ImageCaptures, context
from newsarchive.archive.recorder import Recorder
from newsarchive.archive.warc import Position
from newsarchive.exceptions import BadInput, StorageError
from newsarchive.items import Article
from tests.archive.recordings import PAGE
from tests.pictures import GIF, JPG, PNG

URL = "https://n.sinaimg.cn/finance/a.jpg"
T0 = datetime(2021, 8, 6, 7, 54, 29, 123000, tzinfo=timezone.utc)
FIRST = Article("题", "<p>文</p>", doc_id="kqtesta0000501", fetched_at=T0)
LATER = replace(FIRST, fetched_at=T0 + timedelta(hours=1))
OTHER = replace(FIRST, doc_id="kqtesta0000502")
LINK = {"link": {"doc_id": "kqtesta0000501"}}


@contextmanager
def plain(path: Path) -> Iterator[BinaryIO]:
    with open(path, "rb") as file:
        yield file


def recorded(
    root: Path, *told: tuple[dict[str, Any], bytes, int], url: str = URL
) -> tuple[Path, list[Position]]:
    """A WARC file of ours: (context, body, status) of each capture."""
    recorder = Recorder(root, "20210806T000000.000000Z-pictures", 1000**2, {})
    positions = [
        recorder.record(replace(PAGE, url=url, at=T0, status=status, body=data, context=known))
        for known, data, status in told
    ]
    (closed,) = recorder.close()
    return root / "warc" / closed.name, positions


def read(path: Path, own: Path | None = None) -> ImageCaptures:
    found = ImageCaptures(plain, own or path.parent / "elsewhere")
    found.add(path)
    return found


def bodies(found: ImageCaptures, *articles: Article, url: str = URL) -> list[bytes | None]:
    answers = [found.find(url, article) for article in articles]
    return [answer and answer[0].body for answer in answers]


def test_each_version_has_the_answer_to_its_own_question(tmp_path: Path) -> None:
    path, _ = recorded(
        tmp_path, (context(URL, FIRST), b"<html>", 404), (context(URL, LATER), JPG, 200)
    )
    assert bodies(read(path), FIRST, LATER) == [b"<html>", JPG]
    assert bodies(read(path), FIRST, url=f"{URL}?other") == [None]


def test_a_question_without_an_answer_has_the_one_that_is_nearest_in_time(tmp_path: Path) -> None:
    """The run was killed, or another article was asking at that moment."""
    told = (context(URL, FIRST), b"<html>", 404), (context(URL, LATER), JPG, 200)
    path, _ = recorded(tmp_path, *told)
    soon = replace(OTHER, fetched_at=T0 + timedelta(minutes=5))
    late = replace(OTHER, fetched_at=T0 + timedelta(minutes=55))
    for article in (soon, late, Article("题", "")):
        assert article.fetched_at not in (FIRST.fetched_at, LATER.fetched_at)
    assert bodies(read(path), soon, late, Article("题", "")) == [b"<html>", JPG, b"<html>"]


def test_of_several_answers_the_last_one_counts(tmp_path: Path) -> None:
    """After a second try, and after a redirect, whose target has another address."""
    asked = context(URL, FIRST)
    path, _ = recorded(tmp_path, (asked, b"", 500), (asked, PNG, 200), (asked, b"", 302))
    assert bodies(read(path), FIRST) == [PNG]
    path, _ = recorded(tmp_path / "b", (asked, PNG, 200), url="https://k.sinaimg.cn/target")
    assert bodies(read(path), FIRST) == [PNG]


def test_where_the_archive_has_it_is_told_of_its_own_files_alone(tmp_path: Path) -> None:
    path, (position,) = recorded(tmp_path, (context(URL, FIRST), PNG, 200))
    own = read(path, own=path.parent).find(URL, FIRST)
    strange = read(path).find(URL, FIRST)
    assert own is not None
    assert strange is not None
    assert (own[1], strange[1]) == (position, Position())


def test_pages_and_pictures_of_others_hosts_are_not_looked_at(tmp_path: Path) -> None:
    url = "https://finance.sina.com.cn/a.jpg"
    path, _ = recorded(tmp_path, (LINK, JPG, 200), (context(url, FIRST), JPG, 200), url=url)
    assert bodies(read(path), FIRST, url=url) == [None]


def test_captures_of_others_do_for_every_article(tmp_path: Path) -> None:
    """Of those that are good, whether they came by http or https."""
    path = tmp_path / "theirs.warc.gz"
    with open(path, "wb") as file:
        writer = WARCWriter(file, gzip=True)
        for url, data in (("http://n.sinaimg.cn/finance/a.jpg", JPG), (URL, GIF)):
            writer.write_record(
                writer.create_warc_record(
                    url, "resource", io.BytesIO(data), len(data), warc_content_type="image/jpeg"
                )
            )
    assert set(bodies(read(path), FIRST, OTHER, Article("题", ""))) <= {JPG, GIF}


def test_of_a_file_that_ends_early_what_is_before_is_known(tmp_path: Path) -> None:
    told = (context(URL, FIRST), PNG, 200), (context(URL, LATER), JPG, 200)
    path, (_, second) = recorded(tmp_path, *told)
    path.write_bytes(path.read_bytes()[: (second.offset or 0) + 100])
    found = ImageCaptures(plain, path.parent)
    with suppress(BadInput):
        found.add(path)
    assert bodies(found, FIRST) == [PNG]


def test_a_file_that_went_away_has_nothing(tmp_path: Path) -> None:
    path, _ = recorded(tmp_path, (context(URL, FIRST), PNG, 200))
    found = read(path)
    path.unlink()
    assert bodies(found, FIRST) == [None]
    found.close()


def test_a_temporary_database_without_room_is_trouble_with_the_storage(tmp_path: Path) -> None:
    told = [
        (context(URL, replace(FIRST, fetched_at=T0 + timedelta(hours=hours))), PNG, 200)
        for hours in range(200)
    ]
    path, _ = recorded(tmp_path, *told)
    found = ImageCaptures(plain, path.parent)
    found._database.execute("PRAGMA max_page_count = 2")
    with pytest.raises(StorageError, match="full"):
        found.add(path)


@pytest.mark.parametrize("at", [None, 7, {}, "", "soon", "2021-08-06", "0000-00-00T00:00:00.000Z"])
def test_a_context_that_is_none_of_ours_counts_as_none(tmp_path: Path, at: object) -> None:
    path, _ = recorded(tmp_path, ({"image": "x", "fetched_at": at}, PNG, 200))
    assert bodies(read(path), FIRST) == [PNG]
    path, _ = recorded(tmp_path / "b", ({"image": "x", "fetched_at": at}, PNG, 404))
    assert bodies(read(path), FIRST) == [None]
