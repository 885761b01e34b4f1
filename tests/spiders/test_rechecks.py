"""Archived articles asked for again: edits become revisions, deletions tombstones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from newsarchive.archive.ledger import Ledger
from newsarchive.archive.schema import recheck
from newsarchive.clock import SHANGHAI, UTC
from newsarchive.demo.site import SPECIALS, Answer, respond
from newsarchive.demo.templates import render
from tests.conftest import FIXTURES
from tests.running import (
    ARTICLES,
    BY_DATE,
    LIDS,
    Completed,
    Site,
    crawl,
    export,
    ledger,
    posts,
    scrapy,
    tree,
)
from tests.spiders.answers import answer, list_of, listed, row

ODD = {item.doc_id for item in SPECIALS.values()}
PLAIN = [name for name in BY_DATE[20:] if ARTICLES[name].template == "T4" and name not in ODD]
NAME, OTHER = PLAIN[:2]
ONE = ("-a", "channels=china", "-s", "RETRY_TIMES=0")
LONG_AGO = datetime(2021, 1, 1, tzinfo=UTC)


def page(name: str) -> str:
    """The page of an article as the small Sina has it."""
    parts = urlsplit(ARTICLES[name].url)
    return respond(parts.netloc, parts.path, "", {}).body.decode()


class Changing(Site):
    """A site with one list, whose pages are as `pages` says."""

    def __init__(self, names: Iterable[str] = (NAME,)) -> None:
        self.pages_now: dict[str, Answer] = {}
        self.names = list(names)
        super().__init__(self.answers)

    def answers(self, host: str, path: str, query: str) -> Answer | None:
        if listed(host, path, query):
            return list_of([row(ARTICLES[name]) for name in self.names])
        if (host, path) == ("finance.sina.com.cn", "/"):
            return answer("<html><body><h1>首页</h1></body></html>")
        return next((now for name, now in self.pages_now.items() if name in path), None)


def due_now(archive: Path, *names: str, **more: object) -> None:
    """Let the next run ask for these articles again; *more*: what else their rows say."""
    these = (recheck.c.doc_id.in_(names),)
    with (
        closing(Ledger(f"sqlite:///{archive / 'ledger.db'}")) as opened,
        opened._transaction() as connection,
    ):
        opened._change(connection, recheck, these, lambda _: {"due_at": LONG_AGO} | more)


def again(archive: Path, site: Site, *names: str) -> Completed:
    due_now(archive, *(names or (NAME,)))
    return crawl(archive, site, *ONE)


def test_an_edit_becomes_a_revision_and_a_revert_another(tmp_path: Path) -> None:
    archive, was = tmp_path / "archive", ARTICLES[NAME].paragraphs[0]
    now = f"更正：{was}"
    moments = []
    with Changing() as site:
        assert crawl(archive, site, *ONE).report["archived"] == {"new": 1}
        first = export(archive)
        (path, old), *_ = posts(archive).items()
        moments.append(datetime.now(UTC))
        site.pages_now[NAME] = answer(page(NAME).replace(was, now))
        done = again(archive, site)
        assert (done.code, done.err) == (0, "")
        assert done.report["archived"] == {"revised": 1}
        assert done.report["channels"]["china"]["revised"] == done.report["rechecks"] == 1
        moments.append(datetime.now(UTC))
        site.pages_now.clear()
        assert again(archive, site).report["archived"] == {"revised": 1}
    assert posts(archive) == {path: old}  # a revert: the text of before, under its own clock
    kept = tree(archive / "revisions")
    assert kept[f"{NAME}/0001.html"] == old
    assert now in kept[f"{NAME}/0002.html"].decode()
    (current,) = export(archive)
    assert (current["revision"], current["body_text"]) == (3, first[0]["body_text"])
    assert current["first_seen_at"] == first[0]["first_seen_at"] < current["seen_at"]
    assert len(site.pages()) == 3

    told = scrapy("history", NAME, "--diff", archive=archive).out
    assert [line for line in told.splitlines() if line.startswith("revision")] == [
        f"revision 1  revisions/{NAME}/0001.html",
        f"revision 2  revisions/{NAME}/0002.html",
        f"revision 3  posts/{path}",
    ]
    assert [line.strip()[:4] for line in told.splitlines() if line.startswith(("  -", "  +"))] == [
        f"-{was[:3]}", "+更正：", "-更正：", f"+{was[:3]}"
    ]  # fmt: skip
    for moment, revision in zip(moments, (1, 2)):
        shown = scrapy("export", "--as-of", moment.isoformat(), archive=archive).out
        assert f'"revision": {revision}' in shown
        assert (now in shown) is (revision == 2)
    assert scrapy("verify", archive=archive).code == 0


def test_what_is_not_the_article_makes_no_revision(tmp_path: Path) -> None:
    """Promotion, live quotes, blanks, comments, tracking: the post stays as it was."""
    archive, text = tmp_path / "archive", ARTICLES[NAME].paragraphs[0]
    known = page(NAME)
    changes: list[Callable[[str], str]] = [
        lambda html: html.replace(text, f"\u3000 {text}\n\n"),
        lambda html: html.replace("</p>", "</p><!-- 广告位 -->", 3),
        lambda html: html.replace(
            text, f'{text}</p><div class="appendQr_wrap">扫码下载APP</div><p>', 1
        ),
        lambda html: html.replace(text, f'{text}<span id="quote_sz300059">(12.34,+1.2%)</span>'),
        lambda html: html.replace("<body", '<body data-run="7"', 1),
    ]
    with Changing() as site:
        crawl(archive, site, *ONE)
        before = tree(archive / "posts")
        for change in changes:
            changed = change(known)
            assert changed != known
            site.pages_now[NAME] = answer(changed)
            assert again(archive, site).report["archived"] == {"unchanged": 1}
    assert tree(archive / "posts") == before
    assert tree(archive / "revisions") == {}
    assert len(site.pages()) == 1 + len(changes)


DELETIONS = {
    "404": answer("Not Found", 404),
    "410": answer("Gone", 410),
    "missing page at 200": answer((FIXTURES / "pages/not_found_page/page.html").read_bytes()),
    "home page": answer("", 302, Location="https://finance.sina.com.cn/"),
}


def test_deletions_become_tombstones_after_three_sightings_and_the_posts_stay(
    tmp_path: Path,
) -> None:
    """All four forms at once, one article each; a fifth comes back in between."""
    archive, names = tmp_path / "archive", PLAIN[: len(DELETIONS)]
    back = PLAIN[len(DELETIONS)]
    share = ("-s", "RECHECK_SHARE=0.9", "-s", "GONE_INTERVAL=0")
    with Changing([*names, back]) as site:
        crawl(archive, site, *ONE, *share)
        before, first = posts(archive), export(archive)
        site.pages_now = dict(zip(names, DELETIONS.values())) | {back: DELETIONS["404"]}
        gone = []
        for sighting in (1, 2, 3):
            if sighting == 3:
                del site.pages_now[back]
            due_now(archive, *names, back)
            done = crawl(archive, site, *ONE, *share)
            assert done.code == 0  # a deletion is no failure of ours
            gone.append(done.report["gone"])
        assert gone == [0, 0, len(names)]
        assert f"{len(names)} gone from the site" in done.out
        rows = {item["doc_id"]: item for item in export(archive)}
        assert {name for name, item in rows.items() if item["gone_at"]} == set(names)
        assert posts(archive) == before
        for item in first:  # gone since the first of the sightings, after it was archived
            if item["doc_id"] in names:
                assert item["fetched_at"] < rows[item["doc_id"]]["gone_at"]
        assert "gone " in scrapy("history", names[0], archive=archive).out

        site.pages_now.clear()
        due_now(archive, *names)
        assert crawl(archive, site, *ONE, *share).report["archived"] == {"unchanged": len(names)}
        assert not any(item["gone_at"] for item in export(archive))
        assert "there again" in scrapy("history", names[0], archive=archive).out
    states = {state for (state,) in ledger(archive, "SELECT state FROM link")}
    assert states == {"done"}


def test_a_sighting_counts_also_when_the_clock_was_set_back(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Changing() as site:
        crawl(archive, site, *ONE)
        site.pages_now[NAME] = Answer(404, {}, b"")
        due_now(archive, NAME, checked_at=datetime.now(UTC) + timedelta(days=9))
        crawl(archive, site, *ONE)
    assert ledger(archive, "SELECT missing FROM recheck") == [(1,)]


def test_a_recheck_that_fails_says_nothing_and_is_put_off(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Changing() as site:
        crawl(archive, site, *ONE)
        before = posts(archive)
        for bad, reason in ((answer("oops", 500), "http_error"), (answer("<html>"), "truncated")):
            site.pages_now[NAME] = bad
            done = again(archive, site)
            assert (done.code, done.report["failed"]) == (1, {reason: 1})
            asked = len(site.pages())
            crawl(archive, site, *ONE)  # at once: it is not due
            assert len(site.pages()) == asked
    assert posts(archive) == before
    assert ledger(archive, "SELECT missing FROM recheck") == [(0,)]


@pytest.mark.parametrize(("share", "most"), [("0.5", 1), ("0.9", 9), ("0", 0)])
def test_rechecks_are_no_more_than_their_share(tmp_path: Path, share: str, most: int) -> None:
    """One list page is asked for; beside it go so many of the twelve that are due."""
    archive, names = tmp_path / "archive", PLAIN[:12]
    with Changing(names) as site:
        crawl(archive, site, *ONE)
        due_now(archive, *names)
        site.requests.clear()
        done = crawl(archive, site, *ONE, "-s", f"RECHECK_SHARE={share}")
    assert done.report["rechecks"] == len(site.pages()) == most


@pytest.mark.parametrize("options", [["-a", "limit=5"], ["-a", "since=2026-01-01"]])
def test_only_a_plain_run_asks_again(tmp_path: Path, options: list[str]) -> None:
    archive = tmp_path / "archive"
    with Changing() as site:
        crawl(archive, site, *ONE)
        due_now(archive, NAME)
        asked = len(site.pages())
        crawl(archive, site, *ONE, *options)
    assert len(site.pages()) == asked


@pytest.mark.parametrize(
    ("age", "next_age"),
    [(timedelta(minutes=20), 1), (timedelta(hours=2), 24), (timedelta(days=3), 168),
     (timedelta(days=8), 720), (timedelta(days=40), None)],
)  # fmt: skip
def test_the_next_time_follows_the_age(
    tmp_path: Path, age: timedelta, next_age: int | None
) -> None:
    published = (datetime.now(UTC) - age).replace(microsecond=0)
    fresh = replace(ARTICLES[NAME], published=published.astimezone(SHANGHAI), updated=None)
    clocks = dict.fromkeys(("ctime", "mtime", "intime"), str(int(published.timestamp())))

    def answers(host: str, path: str, query: str) -> Answer | None:
        if listed(host, path, query) == LIDS["china"]:
            return list_of([row(ARTICLES[NAME]) | clocks])
        return answer(render(fresh, fresh.template, 1)) if NAME in path else None

    with Site(answers) as site:
        crawl(tmp_path / "archive", site, *ONE)
    ((due_at,),) = ledger(tmp_path / "archive", "SELECT due_at FROM recheck")
    if next_age is None:
        assert due_at is None
    else:
        assert datetime.fromisoformat(due_at[:-1]).replace(tzinfo=UTC) == (
            published + timedelta(hours=next_age)
        )


def test_a_recheck_that_leads_to_another_article_leaves_its_clocks_alone(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Changing([NAME, OTHER]) as site:
        crawl(archive, site, *ONE)
        before = {item["doc_id"]: item for item in export(archive)}
        was = ARTICLES[OTHER].paragraphs[0]
        site.pages_now = {
            OTHER: answer(page(OTHER).replace(was, f"更正：{was}")),
            NAME: answer("", 302, Location=ARTICLES[OTHER].url),
        }
        assert again(archive, site, NAME).report["archived"] == {"revised": 1}
    after = {item["doc_id"]: item for item in export(archive)}
    assert after[NAME] == before[NAME]
    kept = ("first_seen_at", "listed_at", "published_at", "channel", "url")
    assert [after[OTHER][name] for name in kept] == [before[OTHER][name] for name in kept]
    assert after[OTHER]["revision"] == 2
