"""`scrapy export`: which articles, where to, and what is said of posts that are broken."""

from __future__ import annotations

import csv
import json
import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newsarchive import clock
from newsarchive.demo.articles import SHANGHAI
from newsarchive.demo.site import SPECIALS
from tests.archive.small import BACK, EDITED, GONE, OTHER, T0, an_article, at, opened
from tests.commands.archives import command as here
from tests.conftest import FIXTURES
from tests.fork import PATIENCE
from tests.running import (
    ARTICLES,
    DOCUMENTS,
    LIDS,
    Crawled,
    command,
    replay,
    scrapy,
    started,
    tree,
    whole_crawl,
)

#: What the design promises of a row.
FIELDS = set(
    (
        "doc_id url title published_at updated_at first_seen_at fetched_at source editor author "
        "channel categories keywords symbols tickers original_title column_ids headimg body_text "
        "body_html layout origin path revision sha256"
    ).split()
)
DAYS = {
    name: datetime.fromtimestamp(item.intime, SHANGHAI).date() for name, item in ARTICLES.items()
}
for name in ("slides", "video"):
    published = SPECIALS[name].published
    assert published is not None
    DAYS[SPECIALS[name].doc_id] = published.date()


@pytest.fixture
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    return whole_crawl(tmp_path_factory)


@pytest.fixture
def copied(crawled: Crawled, tmp_path: Path) -> Path:
    return Path(shutil.copytree(crawled.archive, tmp_path / "archive"))


def export(archive: Path, *args: str) -> list[dict[str, Any]]:
    """The rows of the command, which must go well."""
    done = scrapy("export", *args, archive=archive)
    assert (done.code, done.err) == (0, "")
    return rows_of(done.out)


def rows_of(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.split("\n")[:-1]]


def alone(crawled: Crawled) -> list[dict[str, Any]]:
    """The rows, each a cluster of its own: the small Sina reprints nothing."""
    return [row | {"cluster": doc_id} for doc_id, row in crawled.rows.items()]


def test_rows_are_utf8_json_with_all_fields_and_nulls(crawled: Crawled) -> None:
    done = scrapy("export", archive=crawled.archive)
    assert (done.code, done.err) == (0, "")
    assert "新浪财经" in done.out
    assert "\\u" not in done.out
    assert done.out.endswith("}\n")
    rows = rows_of(done.out)
    assert len(rows) == len(DOCUMENTS)
    for row in rows:
        assert row.keys() >= FIELDS
        assert "" not in row.values()
        for name in ("categories", "keywords", "symbols"):
            assert isinstance(row[name], list)
        for name in ("published_at", "first_seen_at", "fetched_at", "listed_at"):
            assert row[name] is None or datetime.fromisoformat(row[name].replace("Z", "+00:00"))
    assert any(row["updated_at"] is None for row in rows)
    dates = [(row["date"], row["doc_id"]) for row in rows]
    assert dates == sorted(dates)


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2021-01-01", None),
        (None, "2014-12-31"),
        ("2025-01-01", "2025-01-01"),
        ("2030-01-01", None),
    ],
)
def test_days_are_days_in_china(crawled: Crawled, since: str | None, until: str | None) -> None:
    line = [
        word
        for name, day in (("--since", since), ("--until", until))
        if day
        for word in (name, day)
    ]
    wanted = {
        name for name, day in DAYS.items() if (since or "0") <= day.isoformat() <= (until or "9")
    }
    assert {row["doc_id"] for row in export(crawled.archive, *line)} == wanted
    assert wanted or since == "2030-01-01"


def test_a_channel_has_all_that_it_listed(crawled: Crawled) -> None:
    for name in ("us", "roll"):
        found = {row["doc_id"] for row in export(crawled.archive, "--channel", name)}
        wanted = {item.doc_id for item in ARTICLES.values() if LIDS[name] in item.lids}
        assert found == wanted | (DOCUMENTS - ARTICLES.keys() if name == "roll" else set())


def test_filters_narrow_each_other(crawled: Crawled) -> None:
    article = next(item for item in ARTICLES.values() if item.symbols)
    symbol = article.symbols[0]
    found = {row["doc_id"] for row in export(crawled.archive, "--symbol", symbol)}
    assert found == {item.doc_id for item in ARTICLES.values() if symbol in item.symbols}
    day = DAYS[article.doc_id].isoformat()
    line = ("--symbol", symbol, "--since", day, "--until", day)
    assert [row["doc_id"] for row in export(crawled.archive, *line)] == [article.doc_id]
    assert export(crawled.archive, "--symbol", "sz999999") == []


def test_a_file_is_written_whole_and_says_the_same(crawled: Crawled, tmp_path: Path) -> None:
    target = tmp_path / "out 新.jsonl"
    target.write_text("old")
    done = scrapy("export", "-o", str(target), archive=crawled.archive)
    assert (done.code, done.out, done.err) == (0, "", "")
    assert rows_of(target.read_text("utf-8")) == alone(crawled)
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


@pytest.mark.parametrize("name", ["folder", "nosuch/out.jsonl", "file/out.jsonl"])
def test_a_file_that_cannot_be_written(crawled: Crawled, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    done = scrapy("export", "-o", str(tmp_path / name), archive=crawled.archive)
    assert (done.code, done.out) == (3, "")
    assert len(done.err.splitlines()) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"folder", "file"}


def test_no_archive_is_said_and_none_is_made(tmp_path: Path) -> None:
    done = scrapy("export", "-o", str(tmp_path / "out"), archive=tmp_path / "archive")
    assert (done.code, done.out) == (3, "")
    assert "no archive" in done.err
    assert list(tmp_path.iterdir()) == []


def test_posts_removed_or_broken_by_hand_are_left_out_and_told(copied: Path) -> None:
    paths = [row["path"] for row in export(copied)]
    (copied / paths[0]).unlink()
    (copied / paths[1]).write_bytes(b"\n---\ntitle: 'cut")
    (copied / paths[2]).write_bytes(b"")
    (copied / paths[3]).write_bytes(b"\xff\xfe")
    done = scrapy("export", archive=copied)
    assert done.code == 1
    assert [row["path"] for row in rows_of(done.out)] == paths[4:]
    lines = done.err.splitlines()
    assert len(lines) == 4
    for line, path in zip(lines, paths):
        assert line.startswith(f"newsarchive: left out {path}: ")


def test_a_removed_post_comes_back_with_a_replay(copied: Path, crawled: Crawled) -> None:
    path = next(iter(crawled.rows.values()))["path"]
    (copied / path).unlink()
    replay(copied, crawled.archive / path)
    assert (copied / path).read_bytes() == (crawled.archive / path).read_bytes()
    assert len(export(copied)) == len(DOCUMENTS)


def test_who_has_read_enough_may_go(crawled: Crawled, tmp_path: Path) -> None:
    ours, theirs = os.pipe()
    err = tmp_path / "err"
    process = started(command("export", archive=crawled.archive), out=theirs, err=err)
    os.close(theirs)
    with open(ours, "rb") as pipe:
        json.loads(pipe.readline())
    assert (process.wait(PATIENCE), err.read_bytes()) == (0, b"")


def test_an_export_changes_nothing(copied: Path) -> None:
    before = tree(copied)
    export(copied)
    after = tree(copied)
    assert {name for name in after if "ledger" not in name} == (
        {name for name in before if "ledger" not in name} | {"reprints.db", "reprints.lock"}
    )
    assert after["ledger.db"] == before["ledger.db"]


def test_an_export_leaves_the_files_of_a_run_under_way_alone(copied: Path) -> None:
    half = copied / ".newsarchive" / "half-nhfrqva1035217.html.tmp"
    half.write_bytes(b"\n---\n")
    export(copied)
    assert half.exists()


def test_posts_without_a_page_have_nulls(tmp_path: Path) -> None:
    replay(tmp_path / "archive", FIXTURES / "posts" / "one_sentence.html")
    (row,) = export(tmp_path / "archive")
    for name in ("url", "published_at", "fetched_at", "source", "channel", "headimg", "layout"):
        assert row[name] is None, name
    assert row["keywords"] == row["symbols"] == []


def test_a_table_says_the_same(crawled: Crawled, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    done = here("export", "--format", "csv", "-o", str(target), archive=crawled.archive)
    assert (done.code, done.out, done.err) == (0, "", "")
    data = target.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfdoc_id,")
    assert data.endswith(b"\r\n")
    csv.field_size_limit(1_000_000)
    with target.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    for row, known in zip(rows, alone(crawled), strict=True):
        for name, cell in row.items():
            value = known[name]
            if isinstance(value, (list, dict)):
                assert json.loads(cell) == value
            else:
                assert cell == str(value or "")
    printed = here("export", "--format", "csv", archive=crawled.archive)
    assert printed.out.encode() == data


# What was known at a moment


def known(archive: Path, *args: str) -> dict[str, int]:
    """By document the revision that is exported, of those that Sina has."""
    done = here("export", *args, archive=archive)
    assert (done.code, done.err) == (0, "")
    return {row["doc_id"]: row["revision"] for row in rows_of(done.out) if row["url"]}


FIRST = {EDITED: 1, OTHER: 1, BACK: 1, GONE: 1}
#: When the first version of EDITED gave way to the second: 2021-08-05 16:54:29.123 in China.
SECOND = "2021-08-05T16:54:29.123"


@pytest.mark.parametrize(
    ("moment", "wanted"),
    [
        ("2021-08-05", {}),  # the day begins
        ("2021-08-05T15:54:29.122", {}),
        ("2021-08-05T15:54:29.123", FIRST),
        ("2021-08-05 16:54", FIRST),
        ("2021-08-05T16:54:29.122", FIRST),
        (SECOND, FIRST | {EDITED: 2}),
        ("2021-08-05T08:54:29.123Z", FIRST | {EDITED: 2}),
        ("2021-08-05T08:54:29.123", {}),  # China time
        ("2021-08-05T08:54:29.122Z", FIRST),
        ("2021-08-05T04:54:29.123-04:00", FIRST | {EDITED: 2}),
        ("2021-08-06", {EDITED: 3, OTHER: 2, BACK: 1, GONE: 1}),
        ("2999-01-01", {EDITED: 3, OTHER: 2, BACK: 1, GONE: 1}),
    ],
)
def test_as_of_a_moment(small: Path, moment: str, wanted: dict[str, int]) -> None:
    assert known(small, "--as-of", moment) == wanted


def test_as_of_a_moment_the_text_is_the_one_of_then(small: Path) -> None:
    rows = rows_of(here("export", "--as-of", "2021-08-05T16:00", archive=small).out)
    (row,) = (row for row in rows if row["doc_id"] == EDITED)
    assert row["body_text"] == f"第1版，{EDITED}。"
    assert row["path"] == f"revisions/{EDITED}/0001.html"


def test_as_of_a_moment_goes_with_the_filters(small: Path) -> None:
    assert known(small, "--as-of", SECOND, "--channel", "macro") == {EDITED: 2}
    assert known(small, "--as-of", SECOND, "--symbol", "sz300059") == FIRST | {EDITED: 2}
    assert known(small, "--as-of", SECOND, "--since", "2021-08-06") == {}


def test_what_was_gone_at_a_moment(small: Path) -> None:
    def gone(*args: str) -> set[str]:
        rows = rows_of(here("export", *args, archive=small).out)
        return {row["doc_id"] for row in rows if row["gone_at"]}

    assert gone("--as-of", "2021-08-05T17:00") == set()  # missing once
    assert gone("--as-of", "2021-08-05T18:00") == {BACK, GONE}
    assert gone("--as-of", "2021-08-05T19:00") == gone() == {GONE}


def test_a_version_whose_file_is_lost_is_left_out_and_told(small: Path) -> None:
    (small / f"revisions/{EDITED}/0001.html").unlink()
    here("verify", "--repair", archive=small)
    done = here("export", "--as-of", "2021-08-05T16:00", archive=small)
    assert (done.code, len(rows_of(done.out))) == (1, 4)
    assert done.err == f"newsarchive: left out {EDITED}: its file is lost\n"


@pytest.mark.parametrize(
    "moment",
    ["", "now", "2021-02-30", "2021-08-06T24:01", "2021-08-06T15:00+25:00", "0001-01-01"],
)
def test_a_moment_that_is_none_ends_with_2(small: Path, moment: str) -> None:
    done = here("export", f"--as-of={moment}", archive=small)
    assert (done.code, done.out) == (2, "")
    assert done.err == f"newsarchive: {moment}: not a time as 2021-08-06T15:00\n"


# Reprints

TEXT = "".join(chr(0x5200 + place) for place in range(300))


def reprinted(archive: Path) -> None:
    """The small archive, with a text that two documents have; the later one came first."""
    with opened(archive) as store:
        for doc_id, day, more in (("kqtestd0000502", 2, "来源：某报"), ("kqtestd0000501", 1, "")):
            date = T0 + timedelta(days=day)
            with at(T0 + timedelta(days=4 - day)) as seen:
                told = {"published_at": date, "date": clock.http_date(date)}
                post = an_article(doc_id, 1, seen, **told)
                post.body = f"<p>{more}</p>\n<p>{TEXT}</p>"
                store.put(post)


def test_reprints_are_named_and_kept(small: Path) -> None:
    reprinted(small)
    rows = {row["doc_id"]: row for row in rows_of(here("export", archive=small).out)}
    assert len(rows) == 7
    first, second = rows["kqtestd0000501"], rows["kqtestd0000502"]
    assert (first["cluster"], first["duplicate_of"]) == ("kqtestd0000501", None)
    assert (second["cluster"], second["duplicate_of"]) == ("kqtestd0000501", "kqtestd0000501")
    assert rows[EDITED]["cluster"] == EDITED
    table = here("export", "--format", "csv", archive=small).out
    assert "kqtestd0000501,kqtestd0000501\r\n" in table
    assert table.count(",kqtestd0000501,\r\n") == 1


def test_every_version_has_no_cluster_which_would_be_of_another_moment(small: Path) -> None:
    reprinted(small)
    rows = rows_of(here("export", "--versions", archive=small).out)
    assert len(rows) > 7
    assert {(row["cluster"], row["duplicate_of"]) for row in rows} == {(None, None)}


def test_an_export_says_the_same_with_and_without_what_it_knew(small: Path) -> None:
    reprinted(small)
    for line in ((), ("--as-of", "2021-08-08T00:00"), ("--format", "csv", "--channel", "china")):
        first = here("export", *line, archive=small)
        again = here("export", *line, archive=small)
        (small / "reprints.db").unlink()
        made = here("export", *line, archive=small)
        assert first.out == again.out == made.out != ""
        assert (first.err, again.err, made.err) == ("",) * 3


def test_as_of_a_moment_no_reprint_leads_to_what_was_not_known(small: Path) -> None:
    """The first was seen a day after its reprint."""
    reprinted(small)
    for moment, count in (("2021-08-07T23:00", 1), ("2021-08-08T23:00", 2)):
        rows = rows_of(here("export", "--as-of", moment, archive=small).out)
        known = {row["doc_id"] for row in rows}
        clusters = [row["cluster"] for row in rows if row["doc_id"].startswith("kqtestd")]
        assert len(clusters) == count
        assert set(clusters) <= known
        assert all(row["duplicate_of"] in {None, *known} for row in rows)
