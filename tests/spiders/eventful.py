"""An archive to which everything has happened that a crawl can see: made once, then looked at."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from newsarchive.clock import UTC
from newsarchive.demo.feed import FEED_PATH, feed_answer
from newsarchive.demo.site import Answer, DemoArticle, respond
from tests.running import ARTICLES, LIDS, Completed, Site, scrapy
from tests.spiders.answers import answer, special
from tests.spiders.test_rechecks import PLAIN, due_now, page

#: What happens to each: two edits and a revert; gone, and there again; gone; a page that is cut;
#: a fault of the site; a redirect to the one after it.
EDITED, BACK, GONE, CUT, FAULTY, LED, OTHER = PLAIN[:7]
MANY = special("many_pages")
#: Of all runs, and of the replay: what counts as gone, and how often is asked.
RULES = ("-s", "GONE_INTERVAL=0", "-s", "GONE_SIGHTINGS=2", "-s", "RECHECK_SHARE=0.99")


class Eventful(NamedTuple):
    """The archive, what its runs said, and the moments at which they ended."""

    archive: Path
    runs: list[Completed]
    moments: list[str]


class Story(Site):
    """The small Sina, but for what `now` says of a part of an address."""

    def __init__(self) -> None:
        self.now: dict[str, Answer] = {}
        super().__init__(self._now)

    def _now(self, host: str, path: str, query: str) -> Answer | None:
        address = f"{path}?{query}"
        return next((said for part, said in self.now.items() if part in address), None)


def edited(article: DemoArticle, number: int, word: str) -> dict[str, Answer]:
    """A page of *article* with *word* before its text."""
    parts = urlsplit(article.page_urls[number - 1])
    was = respond(parts.netloc, parts.path, "", {}).body.decode()
    text = article.part(number).paragraphs[0]
    assert text in was
    return {parts.path: answer(was.replace(text, word + text))}


def eventful(factory: pytest.TempPathFactory) -> Eventful:
    """The one that all tests of a session share."""
    return _eventful(factory.getbasetemp() / "eventful")


@cache
def _eventful(folder: Path) -> Eventful:
    folder.mkdir()
    archive, runs, moments = folder / "archive", list[Completed](), list[str]()
    plain = [ARTICLES[name] for name in (EDITED, BACK, GONE, CUT, FAULTY, LED, OTHER)]
    some = {next(name for name in LIDS if LIDS[name] in item.lids) for item in (*plain, MANY)}
    channels = ("-a", f"channels={','.join(sorted({*some, 'china'}))}")

    def run(*args: str, spider: str = "sina_finance") -> None:
        line = ("crawl", spider, *args, *RULES)
        runs.append(scrapy(*line, archive=archive, port=site.port))
        moments.append(datetime.now(UTC).isoformat())

    def again() -> None:
        due_now(archive, MANY.doc_id, *(item.doc_id for item in plain))
        run(*channels, "-s", "RETRY_TIMES=0")

    with Story() as site:
        run(*channels, "-a", "limit=20")  # what it found is left to the next one
        run(*channels)
        run("-a", "limit=7", spider="sina_live")
        run(spider="sina_live")

        site.now |= edited(ARTICLES[EDITED], 1, "更正：") | edited(MANY, 1, "更正：")
        site.now |= {BACK: answer("Not Found", 404), GONE: answer("Gone", 410)}
        site.now |= {CUT: answer(page(CUT)[:2000]), FAULTY: answer("oops", 500)}
        site.now |= {LED: answer("", 302, Location=ARTICLES[OTHER].url)}
        again()
        site.now |= edited(ARTICLES[EDITED], 1, "再更正：") | edited(MANY, 3, "更正：")
        again()
        site.now = {GONE: answer("Gone", 410)}
        again()  # two reverts, one that is back
        again()  # all as it was

        feed = feed_answer("zhibo_id=152&page_size=20&page=1")[1].decode()
        site.now = {FEED_PATH: answer(feed.replace("\\u516c\\u544a", "\\u58f0\\u660e"))}
        run(spider="sina_live")
        site.now.clear()
        run("-a", "channels=macro", "-a", "since=2015-01-01", "-a", "until=2026-12-31")
        (folder / "urls.txt").write_text(
            "\n".join(item.mobile_url for item in list(ARTICLES.values())[-30:]), "utf-8"
        )
        run("-a", f"urls={folder / 'urls.txt'}")
        run("-a", "channels=c-company")
    return Eventful(archive, runs, moments)
