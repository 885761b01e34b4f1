"""`scrapy search`: what it prints, what it refuses, and that nothing is missed in silence."""

from __future__ import annotations

import json
import os
import pty
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from newsarchive.archive import lock
from newsarchive.sina import channels
from tests.archive.small import BACK, EDITED, GONE, HOUR, OTHER, T0, an_article, at, opened, sql
from tests.commands.archives import command
from tests.fork import PATIENCE
from tests.running import Completed, scrapy, started
from tests.running import command as line


def search(archive: Path, *args: str) -> Completed:
    return command("search", *args, archive=archive)


def rows(archive: Path, *args: str) -> list[dict[str, Any]]:
    done = search(archive, "--format", "json", *args)
    assert (done.code, done.err) == (0, "")
    return [json.loads(told) for told in done.out.splitlines()]


def ids(archive: Path, *args: str) -> list[str]:
    return [row["doc_id"] for row in rows(archive, *args)]


def test_what_it_prints(small: Path) -> None:
    done = search(small, "第3版")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "2021-08-05 15:54  题目1",
        f"  {EDITED}  china  posts/2021/08/05/ti-mu-1-{EDITED}.html",
        f"  【第3版】，{EDITED}。",
    ]


def test_in_a_process_of_its_own(small: Path) -> None:
    done = scrapy("search", "题目", "-s", "LOG_LEVEL=INFO", archive=small)
    assert (done.code, len(done.out.splitlines())) == (0, 15)


def test_json_has_a_row_a_line(small: Path) -> None:
    (row,) = rows(small, EDITED)
    assert row == {
        "doc_id": EDITED,
        "date": "2021-08-05T07:54:29Z",
        "title": "题目1",
        "channel": "china",
        "path": f"posts/2021/08/05/ti-mu-1-{EDITED}.html",
        "url": f"https://finance.sina.com.cn/{EDITED}.shtml",
        "snippet": f"第3版，{EDITED}。",
        "hits": [[4, 4 + len(EDITED)]],
        "title_hits": [],
    }
    (row,) = rows(small, "题目1")
    assert (row["title_hits"], row["hits"]) == ([[0, 3]], [])


def test_several_words_and_operators(small: Path) -> None:
    assert set(ids(small, "题目")) == {EDITED, OTHER, BACK, GONE, *_others(small)}
    assert set(ids(small, "题目1", "OR", "题目2")) == {EDITED, OTHER}
    assert ids(small, "题目", "第3版") == [EDITED]
    assert set(ids(small, "题目", "-第1版")) == {EDITED, OTHER}
    assert set(ids(small, "题目 NOT 第1版")) == {EDITED, OTHER}
    assert ids(small, '"目1"') == [EDITED]


def _others(archive: Path) -> set[str]:
    known = {doc_id for (doc_id,) in sql(archive, "SELECT doc_id FROM article")}
    return known - {EDITED, OTHER, BACK, GONE}


def test_filters(small: Path) -> None:
    assert ids(small, "版", "--channel", "macro") == [EDITED]
    assert ids(small, "版", "--channel", "us") == []
    assert len(ids(small, "版", "--symbol", "300059.SZ")) == 5
    assert ids(small, "版", "--symbol", "600519.SH") == []
    assert len(ids(small, "版", "--since", "2021-08-05", "--until", "2021-08-05")) == 5
    assert ids(small, "版", "--since", "2021-08-06") == []
    assert ids(small, "版", "--until", "2021-08-04") == []


def test_order_and_limit(small: Path) -> None:
    with opened(small) as store:
        for number, title in ((1, "茅台"), (2, "题"), (3, "题")):
            date = f"Thu, 05 Aug 2021 0{number}:00:00 GMT"
            body = f"<p>{'甲' * 120}</p><p>茅台</p>"
            more = {"title": title, "date": date, "body": body}
            store.put(_retitled(f"kqtestd000050{number}", **more), "", None)
    newest = [f"kqtestd000050{number}" for number in (3, 2, 1)]
    assert ids(small, "茅台") == newest
    assert ids(small, "茅台", "--sort", "rank") == [newest[2], newest[0], newest[1]]
    assert ids(small, "茅台", "--limit", "2") == newest[:2]
    done = search(small, "茅台", "--limit", "2")
    assert (done.code, done.out.splitlines()[-1]) == (0, "There are more: --limit 20")
    assert "There are more" not in search(small, "茅台", "--limit", "3").out


def _retitled(doc_id: str, *, title: str, date: str, body: str) -> Any:
    post = an_article(doc_id, 1, T0, date=date, digest=doc_id)
    post.title, post.body = title, body
    return post


def test_nothing_found_is_no_failure(small: Path) -> None:
    done = search(small, "没有这个")
    assert (done.code, done.out, done.err) == (0, "nothing found\n", "")
    done = search(small, "没有这个", "--format", "json")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_what_came_since_the_last_search_is_found(small: Path) -> None:
    assert ids(small, "第9版") == []
    with opened(small) as store, at(T0 + 9 * HOUR) as now:
        store.put(an_article(EDITED, 9, now), EDITED, None)
    assert ids(small, "第9版") == [EDITED]
    assert ids(small, "第3版") == []


def test_what_another_run_is_about_to_index_is_told(small: Path) -> None:
    held = lock.acquire(small, "index")
    try:
        done = search(small, "版")
        assert (done.code, done.out) == (75, "")
        assert "the index of" in done.err
        held.release()
        assert len(ids(small, "版")) == 5
        with opened(small) as store, at(T0 + 9 * HOUR) as now:
            store.put(an_article(EDITED, 9, now), EDITED, None)
        held.acquire()
        done = search(small, "第3版")
        assert (done.code, EDITED in done.out) == (1, True)
        assert "1 articles are missing in it" in done.err
    finally:
        held.release()


def test_posts_that_cannot_be_read_are_told(small: Path) -> None:
    post = next((small / "posts").rglob(f"*{GONE}.html"))
    whole = post.read_bytes()
    post.unlink()
    path = post.relative_to(small).as_posix()
    done = search(small, "版")
    assert (done.code, GONE in done.out) == (1, False)
    assert done.err.startswith(f"newsarchive: not in the index: {path}: ")
    post.write_bytes(whole)
    assert GONE in ids(small, "版")
    post.unlink()
    done = search(small, "题目4")
    assert done.code == 1
    assert done.out.splitlines()[0] == "2021-08-05 15:54  【题目4】"
    assert done.err.startswith(f"newsarchive: cannot be shown: {path}: ")


@pytest.mark.parametrize(("named", "last"), [(2, "3 more"), (4, "1 more"), (5, "not in the index")])
def test_many_that_cannot_be_read_are_counted(
    small: Path, monkeypatch: pytest.MonkeyPatch, named: int, last: str
) -> None:
    monkeypatch.setattr("newsarchive.refresh._NAMED", named)
    for post in (small / "posts").rglob("*.html"):
        post.unlink()
    done = search(small, "版")
    assert (done.code, done.out) == (1, "nothing found\n")
    lines = done.err.splitlines()
    assert len(lines) == min(named + 1, 5)
    assert last in lines[-1]
    assert ("more" in last) == ("more" in lines[-1])


def test_an_index_that_is_of_no_use_is_made_anew_and_that_is_said(small: Path) -> None:
    search(small, "版")
    (small / "index.db").write_bytes(b"garbage")
    done = search(small, "第3版")
    assert (done.code, EDITED in done.out) == (0, True)
    (complaint,) = done.err.splitlines()
    assert "index.db is of no use" in complaint
    assert search(small, "第3版").err == ""


def test_damage_that_only_the_query_meets(small: Path) -> None:
    search(small, "版")
    with closing(sqlite3.connect(small / "index.db")) as connection, connection:
        connection.execute("UPDATE words_data SET block = x'00' WHERE id > 10")
    done = search(small, "第3版")
    assert (done.code, EDITED in done.out) == (0, True)
    assert done.err == (
        "newsarchive: the index is damaged (database disk image is malformed): it is made anew\n"
    )
    assert search(small, "第3版").err == ""


@pytest.mark.parametrize("seed", range(12))
def test_garbage_in_the_index_is_no_traceback(small: Path, seed: int) -> None:
    search(small, "版")
    dice = random.Random(seed)
    data = bytearray((small / "index.db").read_bytes())
    place = dice.randrange(len(data) - 600)
    data[place : place + 600] = dice.randbytes(600)
    (small / "index.db").write_bytes(data)
    done = search(small, "第3版 OR 题目")
    assert done.code == 0
    assert len(done.err.splitlines()) <= 1


def test_control_characters_do_not_reach_the_terminal(small: Path) -> None:
    with opened(small) as store:
        post = an_article("kqtestd0000509", 1, T0, digest="x")
        post.title, post.body = "坏\u202e题", "<p>坏\x1b[31m文\u202e</p>"
        store.put(post, "", None)
    for args in ((), ("--format", "json")):
        done = search(small, "坏", *args)
        assert done.code == 0
        assert "\x1b" not in done.out
        assert "\u202e" not in done.out
        assert "kqtestd0000509" in done.out


def test_on_a_terminal_hits_are_in_colour(small: Path) -> None:
    search(small, "版")
    ours, theirs = pty.openpty()
    err = small.parent / "err"
    with started(line("search", "第3版", archive=small), out=theirs, err=err) as process:
        code = process.wait(PATIENCE)
    os.close(theirs)
    printed = os.read(ours, 10_000).decode()
    os.close(ours)
    assert (code, err.read_bytes()) == (0, b"")
    assert "\x1b[1;31m第3版\x1b[0m" in printed
    assert "【" not in printed


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ((), "nothing to look for"),
        (("NOT", "茅台"), "NOT needs something beside it"),
        (('"茅台',), "a quotation mark without its partner"),
        (("(茅台",), "a parenthesis without its closing one"),
        (("茅" * 10_000,), "at most 1000"),
        (("茅台", "--sort", "oldest"), "--sort oldest: there are newest, rank"),
        (("茅台", "--format", "xml"), "--format xml: there are text, json"),
        (("茅台", "--limit", "0"), "--limit=0: not a number above zero"),
        (("茅台", "--limit", "many"), "--limit=many: not a number above zero"),
        (("茅台", "--since", "2021-02-30"), "2021-02-30: not a day as 2021-08-06"),
        (("茅台", "--since", "2021-08-06", "--until", "2021-08-05"), "is after"),
        (("茅台", "--channel", "nosuch"), "no such channel: nosuch"),
        (("茅台", "--nosuch"), "unknown argument: --nosuch"),
    ],
)
def test_refusals(small: Path, args: tuple[str, ...], told: str) -> None:
    done = search(small, *args)
    assert (done.code, done.out) == (2, "")
    (complaint,) = done.err.splitlines()
    assert told in complaint
    assert not (small / "index.db").exists()


@pytest.mark.parametrize(
    "typed", ["茅台*", "title:茅台", "{title} : 茅", "^茅", "'; DROP TABLE doc"]
)
def test_other_languages_are_words(small: Path, typed: str) -> None:
    done = search(small, typed)
    assert (done.code, done.out, done.err) == (0, "nothing found\n", "")


def test_no_archive_is_said_and_none_is_made(tmp_path: Path) -> None:
    done = search(tmp_path / "archive", "茅台")
    assert (done.code, done.out) == (3, "")
    assert "no archive" in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_that_is_corrupt_is_said(small: Path) -> None:
    sql(small, "UPDATE article SET date = 'x' WHERE doc_id = ?", EDITED)
    done = search(small, "版")
    assert (done.code, done.out) == (3, "")
    assert len(done.err.splitlines()) == 1


def test_channels_can_be_named_as_facets() -> None:
    assert not any(" " in name for name in channels.BY_NAME)
