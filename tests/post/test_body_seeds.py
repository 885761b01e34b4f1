"""A cleaned body has the bytes of the seeds' own tool chain."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from newsarchive.post import body
from newsarchive.sina import encoding, layouts
from tests import oracle
from tests.conftest import SHARED, page_folders
from tests.inspection import faults
from tests.post.steps import BASE, STEPS

DEFAULT_URL = "https://finance.sina.com.cn/"


# --- golden pages -------------------------------------------------------------------------------

GOLDEN = [folder for folder in page_folders() if (folder / "oracle_body.html").exists()]
#: What the safety rules take from these pages, exactly.
TAKEN = {
    "t3_2016_finance": (
        " style=\"background:url('http://n.sinaimg.cn/780c44e8/20150702/hqimg_client.gif') "
        'no-repeat 0px 11px;"',
    ),
    "t4_lazy_images": (
        ' srcset="//n.sinaimg.cn/finance/crawl/lazy/w550h366/two.png 1x, '
        '//n.sinaimg.cn/finance/crawl/lazy/w1100h732/two.png 2x"',
    ),
}


def secured(reference: str) -> str:
    """What the tool chain made, with the pictures asked for by https."""
    return re.sub(r'(<img\b[^>]* src=")http://', r"\1https://", reference)


def page_url(folder: Path) -> str:
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    return str(expected["url"] or DEFAULT_URL)


def container_of(markup: str) -> str:
    picked = layouts.pick(LexborHTMLParser(markup.encode("utf-8", "replace")))
    assert picked is not None
    return picked[1].inner_html or ""


def decoded(path: Path) -> str:
    return encoding.decode(path.read_bytes())[0]


def test_there_are_golden_pages_of_all_layouts() -> None:
    assert len(GOLDEN) >= 16
    assert {folder.name[:2] for folder in GOLDEN} >= {"t1", "t2", "t3", "t4", "t5", "t7"}


@pytest.mark.parametrize("folder", GOLDEN, ids=lambda folder: folder.name)
def test_a_page_gives_the_bytes_of_the_seeds_tool_chain(folder: Path) -> None:
    reference = (folder / "oracle_body.html").read_bytes().decode("utf-8")
    for taken in TAKEN.get(folder.name, ()):
        assert reference.count(taken) == 1
        reference = reference.replace(taken, "")
    container = container_of(decoded(folder / "page.html"))
    assert body.clean(container, page_url(folder)).html == secured(reference)


@pytest.mark.parametrize("folder", GOLDEN, ids=lambda folder: folder.name)
def test_what_the_tool_chain_wrote_is_not_changed_again(folder: Path) -> None:
    reference = (folder / "oracle_body.html").read_bytes().decode("utf-8")
    cleaned = body.clean(reference, page_url(folder)).html
    assert (cleaned == secured(reference)) == (folder.name not in TAKEN)


# --- the tool chain itself ----------------------------------------------------------------------

SHARED_PAGES = sorted((SHARED / "sina" / "pages").glob("*.html"))
#: The safety rules take something from these: javascript: links; url(http) in a style and
#: onmouseover; javascript: links; an iframe.
NOT_RAW = {"acelan_2014_news_lianghui", "mh_2016_finance_forex", "gne_1", "mh_2024_news_1"}
NO_ARTICLES = {"acelan_2014_live_index", "acelan_2014_video", "luom_2022_search_results"}
#: Of the project's own pages; the hostile one is all about what is taken away.
NOT_RAW_HERE = {*TAKEN, "t6_2019_news_video", "t6_2024_news", "t4_hostile"}


@pytest.fixture(scope="module")
def modules() -> Path:
    found = oracle.find_modules()
    if isinstance(found, str):
        pytest.skip(found)
    return found


@pytest.fixture(scope="module")
def references(modules: Path) -> dict[Path, str | None]:
    """What the live tool chain makes of each page: it starts once, not once a page."""
    ours = {folder / "page.html": page_url(folder) for folder in page_folders()}
    urls = dict.fromkeys(SHARED_PAGES, DEFAULT_URL) | ours
    bodies = oracle.bodies_of(modules, [(decoded(path), url) for path, url in urls.items()])
    return dict(zip(urls, bodies))


@pytest.mark.parametrize("path", SHARED_PAGES, ids=lambda path: path.stem)
def test_real_pages_against_the_live_tool_chain(
    path: Path, references: dict[Path, str | None]
) -> None:
    markup = decoded(path)
    reference = references[path]
    if path.stem in NO_ARTICLES:
        assert reference is None
        return
    assert reference is not None
    cleaned = body.clean(container_of(markup), DEFAULT_URL).html
    assert (cleaned == secured(reference)) == (path.stem not in NOT_RAW)
    assert cleaned == body.clean(reference, DEFAULT_URL).html
    assert faults(cleaned) == []


def test_all_real_pages_are_there(shared: Path) -> None:
    names = {path.stem for path in SHARED_PAGES}
    assert names >= NOT_RAW | NO_ARTICLES
    assert len(names - NOT_RAW - NO_ARTICLES) >= 7


@pytest.mark.parametrize("folder", page_folders(), ids=lambda folder: folder.name)
def test_our_pages_against_the_live_tool_chain(
    folder: Path, references: dict[Path, str | None]
) -> None:
    markup = decoded(folder / "page.html")
    reference = references[folder / "page.html"]
    stored = folder / "oracle_body.html"
    if stored.exists():
        assert reference == stored.read_bytes().decode("utf-8")
    if reference is None:
        assert layouts.pick(LexborHTMLParser(markup.encode())) is None
        return
    cleaned = body.clean(container_of(markup), page_url(folder)).html
    assert (cleaned == secured(reference)) == (folder.name not in NOT_RAW_HERE)
    if folder.name != "t4_hostile":  # there the removed leave other trees behind
        assert cleaned == body.clean(reference, page_url(folder)).html
    assert faults(cleaned) == []


def test_the_steps_against_the_live_tool_chain(modules: Path) -> None:
    pages = [f'<!DOCTYPE html><h1>h</h1><div id="artibody">{step.markup}</div>' for step in STEPS]
    references = oracle.bodies_of(modules, [(page, BASE) for page in pages])
    ours = [body.clean(container_of(page), BASE).html for page in pages]
    wrong = [
        step.name
        for step, mine, reference in zip(STEPS, ours, references)
        if (mine == reference) != step.as_seeds
    ]
    assert wrong == []
