"""`scrapy history`: versions, clocks, what changed; of hostile articles, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsarchive.archive import schema
from tests.archive.small import BACK, EDITED, GONE, HOUR, T0, an_article, at, opened
from tests.commands.archives import command
from tests.running import Completed, tree


def history(archive: Path, *args: str) -> Completed:
    return command("history", *args, archive=archive)


def test_the_versions_with_their_clocks(small: Path) -> None:
    before = tree(small)
    done = history(small, EDITED)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        f"{EDITED}  题目1",
        f"  https://finance.sina.com.cn/{EDITED}.shtml",
        "  first_seen_at  2021-08-05T07:54:29.123Z",
        "  listed_at      -",
        "  published_at   2021-08-05T07:54:29Z",
        f"revision 1  revisions/{EDITED}/0001.html",
        "  seen_at        2021-08-05T07:54:29.123Z",
        "  served_at      2021-08-05T07:54:29Z",
        "  replaced_at    2021-08-05T08:54:29.123Z",
        f"revision 2  revisions/{EDITED}/0002.html",
        "  seen_at        2021-08-05T08:54:29.123Z",
        "  served_at      2021-08-05T08:54:29Z",
        "  replaced_at    2021-08-05T09:54:29.123Z",
        f"revision 3  posts/2021/08/05/ti-mu-1-{EDITED}.html",
        "  seen_at        2021-08-05T09:54:29.123Z",
        "  served_at      2021-08-05T09:54:29Z",
    ]
    assert tree(small).keys() == before.keys()


def test_what_changed(small: Path) -> None:
    done = history(small, "--diff", EDITED)
    assert (done.code, done.err) == (0, "")
    changes = [line for line in done.out.splitlines() if line.startswith(("  +", "  -"))]
    assert changes == [
        f"  -第1版，{EDITED}。",
        f"  +第2版，{EDITED}。",
        f"  -第2版，{EDITED}。",
        f"  +第3版，{EDITED}。",
    ]


def test_what_is_gone_and_what_was_there_again(small: Path) -> None:
    told = "gone           2021-08-05T08:54:29.123Z (404)"
    assert history(small, GONE).out.splitlines()[-1] == told
    again = f"{told}, there again 2021-08-05T10:54:29.123Z"
    assert history(small, BACK).out.splitlines()[-1] == again


@pytest.mark.parametrize("name", ["kqtesta0000999", "", "' OR 1=1 --", "../../x", "a\x1b[31mb"])
def test_an_id_that_is_not_archived_ends_with_2(small: Path, name: str) -> None:
    done = history(small, name)
    assert (done.code, done.out) == (2, "")
    (complaint,) = done.err.splitlines()
    assert "not archived" in complaint
    assert "\x1b" not in complaint


def test_a_hostile_title_is_printed_harmlessly(small: Path) -> None:
    """Escapes of a terminal, lines of its own, letters that turn the writing round."""
    title, escapes = "好\u202e坏", "\u2028\x1b]0;x\x07\x9b31m\n"
    with opened(small) as store:
        for number in (5, 6):
            with at(T0 + number * HOUR) as now:
                article = an_article(EDITED, number, now)
                article.title = f"{title}{number}"
                store.put(article, EDITED)
        said = {"title": title + escapes, "url": escapes, "path": escapes}
        with store.ledger._transaction() as connection:
            same = (schema.article.c.doc_id == EDITED,)
            store.ledger._change(connection, schema.article, same, lambda _: said)
            store.ledger._change(
                connection,
                schema.tombstone,
                (schema.tombstone.c.doc_id == GONE,),
                lambda _: {"detail": escapes},
            )
    done = history(small, EDITED)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0] == EDITED + r"  好\u202e坏\u2028\x1b]0;x\x07\x9b31m\n"
    shown = [done.out, history(small, GONE).out]
    shown.append(history(small, "--diff", EDITED).out)
    assert r"  +好\u202e坏5" in shown[-1]
    for out in shown:
        assert not set("\x1b\x07\x9b\u202e\u2028") & set(out)


def test_a_file_that_is_lost_is_told_and_passed_over(small: Path) -> None:
    with opened(small) as store:
        store.ledger.place(EDITED, 2, "")
    done = history(small, EDITED)
    assert (done.code, done.err) == (0, "")
    assert "revision 2  (its file is lost)" in done.out.splitlines()
    done = history(small, "--diff", EDITED)
    assert (done.code, done.err) == (1, "newsarchive: revision 2: its file is lost\n")
    assert [line for line in done.out.splitlines() if line.startswith(("  +", "  -"))] == [
        f"  -第1版，{EDITED}。",
        f"  +第3版，{EDITED}。",
    ]


def test_a_file_that_is_not_there_is_told(small: Path) -> None:
    (small / f"revisions/{EDITED}/0002.html").unlink()
    done = history(small, "--diff", EDITED)
    assert done.code == 1
    (complaint,) = done.err.splitlines()
    assert complaint.startswith("newsarchive: revision 2: ")
    assert "not there" in complaint


def test_no_archive_is_said_and_none_is_made(tmp_path: Path) -> None:
    done = history(tmp_path / "archive", EDITED)
    assert (done.code, done.out) == (3, "")
    assert "no archive" in done.err
    assert list(tmp_path.iterdir()) == []
