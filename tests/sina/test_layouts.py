"""Every page picks its template; none is ever deleted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from newsarchive.sina import encoding, layouts
from newsarchive.sina.layouts import LAYOUTS, Layout
from tests.conftest import page_folders

#: Names stand in posts' ledger rows: they stay, and so does the order, newest first.
NAMES = ["T4", "T6", "T7", "T3", "T5", "T2", "T1", "generic"]


def picked(markup: str | bytes) -> str | None:
    found = layouts.pick(LexborHTMLParser(markup))
    return found[0].name if found else None


def expected_of(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "expected.json").read_text("utf-8"))
    return loaded


@pytest.mark.parametrize("folder", page_folders(), ids=lambda folder: folder.name)
def test_each_page_picks_its_layout(folder: Path) -> None:
    markup, _ = encoding.decode((folder / "page.html").read_bytes())
    assert picked(markup) == expected_of(folder)["layout"]


@pytest.mark.parametrize(
    ("name", "layout"),
    [
        ("cx_37ca15", "T1"),
        ("yjhent_2009_ent_edited", "T1"),
        ("acelan_2014_yum", "T2"),
        ("acelan_2014_news_yibao", "T2"),
        ("acelan_2014_news_lianghui", "T2"),
        ("mh_2016_finance_forex", "T3"),
        ("gne_3", "T4"),
        ("gne_1", "T6"),
        ("gne_sina", "T6"),
        ("mh_2024_news_1", "T6"),
        ("mh_mobile_finance_sina_cn_2005", "T7"),
        ("acelan_2014_video", None),
        ("acelan_2014_live_index", None),
        ("luom_2022_search_results", None),
    ],
)
def test_each_real_page_picks_its_layout(shared: Path, name: str, layout: str | None) -> None:
    markup, _ = encoding.decode((shared / "sina" / "pages" / f"{name}.html").read_bytes())
    assert picked(markup) == layout


def test_the_order() -> None:
    assert [layout.name for layout in LAYOUTS] == NAMES
    assert LAYOUTS[-1] is layouts.GENERIC


def test_every_template_has_a_fixture() -> None:
    shown = {expected_of(folder)["layout"] for folder in page_folders()}
    assert shown - {None} == set(NAMES) - {"generic"}


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_every_selector_is_css_that_the_parser_reads(layout: Layout) -> None:
    page = LexborHTMLParser("<p>x</p>")
    for selectors in layout[1:]:
        if selectors:
            assert page.css(selectors) == []


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_a_layout_says_what_every_article_has(layout: Layout) -> None:
    assert layout.title
    assert layout.container
    assert layout.time
    assert layout.source
    assert len(layout.name) <= 10  # the ledger's column


@pytest.mark.parametrize(
    ("markup", "layout"),
    [
        ("<h1 class=main-title>t</h1><div id=artibody>", "T4"),
        ("<h1 class=main-title>t</h1><div id=article>", "T6"),
        ("<h1 class=main-title>t</h1><div id=article><p id=artibody>", "T4"),
        ("<h1 class=art_tit_h1>t</h1><section class=art_content>", "T7"),
        ("<h1 id=artibodyTitle>t</h1><div id=artibody class='article article_16'>", "T3"),
        ("<h1 id=artibodyTitle>t</h1><div id=artibody class='x blkContainerSblkCon_14'>", "T5"),
        (
            "<h1 id=artibodyTitle>t</h1><div id=artibody class='blkContainerSblkCon BSHARE_POP'>",
            "T2",
        ),
        ("<h1 id=artibodyTitle>t</h1><div id=artibody class=blkContainerSblkCon>", "T1"),
        ("<h1>t</h1><div id=artibody>", "generic"),
        ("<title>t</title><div id=artibody>", "generic"),
        ("<h1>t</h1><div class=art_content>", "generic"),
        ("<h1>t</h1><section class=art_content>", "generic"),
        ("<div id=artibody>", None),
        ("<h1 class=main-title>t</h1>", None),
        ("<!-- <h1 class=main-title>t</h1><div id=artibody> -->", None),
        ("<script>'<h1 class=main-title>t</h1><div id=artibody>'</script>", None),
        ("", None),
    ],
)
def test_both_title_and_container_are_needed(markup: str, layout: str | None) -> None:
    assert picked(markup) == layout


def test_the_container_comes_with_the_layout() -> None:
    page = LexborHTMLParser("<h1 class=main-title>t</h1><div id=article><p>文</p></div>")
    found = layouts.pick(page)
    assert found is not None
    assert found[1].inner_html == "<p>文</p>"
