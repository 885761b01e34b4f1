"""All attacks as posts, in a real browser: no script runs, and nothing is asked for but https
images. The same browser sees the same attacks run where nobody cleaned them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.security import browser, posts
from tests.security.attacks import CASES

#: Posts in one frame: a cleaned one is whole, so that none stands in another.
TOGETHER = 16
#: Of the raw ones, which need a frame each, every third is enough.
STEP = 3


@pytest.fixture(scope="module")
def chromium() -> str:
    found = browser.find()
    if found is None:
        pytest.skip("no chromium here")
    return found


def armed(markup: str, number: int) -> str:
    return markup.replace("alert(1)", f"top.alert({number})")


def test_nothing_runs_and_nothing_is_loaded_but_images(chromium: str, tmp_path: Path) -> None:
    written = [
        posts.post_of(armed(markup, number), armed(posts.TITLE, number)).decode("utf-8")
        for number, (_, markup) in enumerate(CASES)
    ]
    pages = ["".join(written[at : at + TOGETHER]) for at in range(0, len(written), TOGETHER)]
    seen = browser.look(chromium, pages, tmp_path)
    assert seen.settled == len(pages)
    assert [CASES[number] for number in seen.ran] == []
    assert [request for request in seen.requests if not request.is_https_image] == []
    assert len(seen.requests) > 20  # the pictures


def test_the_browser_sees_what_is_not_cleaned(chromium: str, tmp_path: Path) -> None:
    chosen = list(enumerate(CASES))[::STEP]
    scripts = [number for number, (_, markup) in chosen if "alert(1)" in markup]
    pages = [armed(markup, number) for number, (_, markup) in chosen]
    seen = browser.look(chromium, pages, tmp_path)
    assert seen.settled > 0.9 * len(pages)
    assert len(seen.ran) > 0.45 * len(scripts)
    assert len([request for request in seen.requests if not request.is_https_image]) > 30


def test_the_programs_of_a_page_find_its_document_as_it_was(chromium: str, tmp_path: Path) -> None:
    markup = "<p>字</p><img name=getElementById src=x><img name=createElement src=x>"
    program = "<script>typeof document.getElementById === 'function' || top.alert(1)</script>"
    pages = [posts.post_of(markup).decode("utf-8"), markup]
    pages = [page + armed(program, number) for number, page in enumerate(pages)]
    assert browser.look(chromium, pages, tmp_path).ran == {1}


def test_a_title_that_nobody_cleaned_would_run(chromium: str, tmp_path: Path) -> None:
    raw = f"---\ntitle: '{armed(posts.TITLE, 7)}'\n---\n"
    assert browser.look(chromium, [raw], tmp_path).ran == {7}
