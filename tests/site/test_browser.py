"""The site in a real browser: nothing is complained of, nothing leaves, nothing is too wide.

A browser that is told of a policy says what it breaks; what it asks for is written down.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsarchive.archive.store import Store
from newsarchive.exceptions import BadInput
from tests.archive.small import HOUR, T0, an_article, at, opened
from tests.commands.test_serve_command import served
from tests.running import whole_crawl
from tests.security import posts
from tests.security.attacks import CASES
from tests.security.browser import find
from tests.site.chromium import Browser, Page, started

EDITED, LONG = "kqteste0000001", "kqtestl0000001"
#: Attacks in one article.
TOGETHER = 12
#: At most 360 pixels are sure on a phone.
SIZES = ((360, 740, True), (820, 1180, False), (1280, 900, False))


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The crawl of the small Sina, with an article that was edited and hostile ones."""
    crawled = whole_crawl(tmp_path_factory).archive
    root = Path(shutil.copytree(crawled, tmp_path_factory.mktemp("site") / "archive"))
    with opened(root) as store:
        for version in (1, 2, 3):
            with at(T0 + version * HOUR) as now:
                store.put(an_article(EDITED, version, now), EDITED, None)
        with at(T0) as now:
            article = an_article(LONG, 1, now)
            article.title = "长" * 200 + "W" * 300
            article.keywords = ["K" * 400]
            article.symbols = ["S" * 60]
            article.source = article.editor = "来源" * 100
            article.body = f"<p>{'W' * 2000}</p><table width=3000><tr><td>{'W' * 900}</table>"
            article.body += "<div style='position: fixed; width: 5000px; left: 900px'>字</div>"
            store.put(article, LONG, None)
        attack(store)
    return root


def attack(store: Store) -> None:
    """Articles of attacks as they came, which no cleaning would have let into an archive."""
    for start in range(0, len(CASES), TOGETHER):
        doc_id = f"kqtesth{start:07d}"
        with at(T0) as now:
            article = an_article(doc_id, 1, now)
            article.title = posts.TITLE
            article.body = "<hr>".join(markup for _, markup in CASES[start : start + TOGETHER])
            try:
                store.put(article, doc_id, None)
            except BadInput:
                continue


@pytest.fixture(scope="module")
def address(archive: Path) -> Iterator[str]:
    with served(archive) as (_, told):
        yield told


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = find()
    if program is None:
        pytest.skip("no chromium here")
    with started(program, tmp_path_factory.mktemp("profile")) as opened_:
        yield opened_


def outside(page: Page, address: str) -> list[str]:
    asked = [each for each in page.requests if not each.startswith((address, "data:"))]
    return asked + page.elsewhere


PAGES = (
    "",
    "search?q=%E8%8C%85%E5%8F%B0+OR+%E6%B5%B7%E5%85%B3&since=2009-01-01&sort=rank",
    "calendar/",
    "calendar/2021/",
    "calendar/2021/08/",
    "calendar/2021/08/05/",
    "channels/",
    "channels/china",
    "symbols/",
    "symbols/sh000001",
    f"articles/{EDITED}",
    f"articles/{EDITED}/1",
    f"articles/{EDITED}/compare?old=1&new=3",
    f"articles/{LONG}",
    f"articles/{LONG}/1/body",
    "health",
    "nosuch",
)


@pytest.mark.parametrize("path", PAGES)
def test_pages(browser: Browser, address: str, path: str) -> None:
    for language in ("en", "zh"):
        width, height, dark = SIZES[0]
        browser.size(width, height, dark=dark)
        browser.open(f"{address}{path}{'&' if '?' in path else '?'}lang={language}")
        browser.ask("document.querySelectorAll('details').forEach(each => each.open = true)")
        for width, height, dark in SIZES:
            browser.size(width, height, dark=dark)
            assert browser.ask("innerWidth") == width
            wide = browser.ask("document.documentElement.scrollWidth")
            assert wide <= width, (path, width, language)
            assert "Segoe UI" in browser.ask("getComputedStyle(document.body).fontFamily")
        page = browser.page()
        expected = [each for each in page.complaints if "status of 404" in each]
        assert page.complaints == (expected if path == "nosuch" else [])
        assert outside(page, address) == []


def test_articles_are_shown_in_their_frame(browser: Browser, address: str, archive: Path) -> None:
    browser.size(360, 740)
    with opened(archive) as store:
        rows = [row for row in store.ledger.latest(200) if row["layout"] and row["url"]]
    by_layout = {row["layout"]: row["doc_id"] for row in rows}
    assert len(by_layout) > 5
    for doc_id in by_layout.values():
        page = browser.open(f"{address}articles/{doc_id}")
        assert page.complaints == []
        assert outside(page, address) == []
        assert f"{address}articles/{doc_id}/1/body" in page.requests
        assert f"{address}static/body.css" in page.requests
        assert browser.ask("document.documentElement.scrollWidth") <= 360
        browser.open(f"{address}articles/{doc_id}/1/body")
        assert browser.ask("document.documentElement.scrollWidth") <= 360
        assert browser.ask("document.body.innerText").strip()


def test_a_frame_is_about_as_high_as_its_article(browser: Browser, address: str) -> None:
    for width, height, _ in SIZES:
        browser.size(width, height)
        browser.open(f"{address}articles/{EDITED}")
        frame = browser.ask("document.querySelector('iframe').clientHeight")
        browser.size(browser.ask("document.querySelector('iframe').clientWidth"), 10)
        browser.open(f"{address}articles/{EDITED}/3/body")
        inner = browser.ask("document.documentElement.scrollHeight")
        assert inner <= frame <= inner + 150


def test_attacks_that_nobody_cleaned_reach_nothing(
    browser: Browser, address: str, archive: Path
) -> None:
    browser.size(1280, 900)
    with opened(archive) as store:
        ids = [row["doc_id"] for row in store.ledger.latest(500) if "kqtesth" in row["doc_id"]]
    assert len(ids) > 30
    blocked = 0
    for doc_id in ids[::3]:
        page = browser.open(f"{address}articles/{doc_id}")
        assert page.elsewhere == [], doc_id
        blocked += len(page.complaints)
        assert browser.ask("location.href") == f"{address}articles/{doc_id}"
        assert browser.ask("frames.length") == 1
        heading = browser.ask("document.querySelector('h1').innerText")
        assert heading.replace("\n", " ") == posts.TITLE
    assert blocked > 30  # the browser says what the policy keeps it from
