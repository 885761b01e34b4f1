"""The title where it was first printed, and a symbol as exchanges write it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsarchive.sina import flash, reading

TEXT = "<p>文</p>"


@pytest.mark.parametrize(
    ("markup", "title"),
    [
        ("<p>原标题：旧题目</p>" + TEXT, "旧题目"),
        ("<p>\u3000\u3000原标题：旧题目</p>" + TEXT, "旧题目"),
        ("<p>（原标题：旧题目）</p>" + TEXT, "旧题目"),
        ("<p>(原标题:旧题目)</p>" + TEXT, "旧题目"),
        ("<p>原标题 ： 旧 题目 </p>" + TEXT, "旧 题目"),
        ("<p><strong>原标题：</strong>旧<b>题目</b></p>" + TEXT, "旧题目"),
        ("<p>原标题：旧题目（上）</p>" + TEXT, "旧题目（上）"),
        ("<p>（原标题：旧题目（上））</p>" + TEXT, "旧题目（上）"),
        ("<p>原标题：“旧题目”：一二</p>" + TEXT, "“旧题目”：一二"),
        ("原标题：旧题目<br>" + TEXT, "旧题目"),
        # among the first and the last lines
        (TEXT * 2 + "<p>原标题：旧题目</p>" + TEXT * 9, "旧题目"),
        (TEXT * 9 + "<p>（原标题：旧题目）</p>", "旧题目"),
        (TEXT * 9 + "<p>（原标题：旧题目）</p>" + TEXT * 2, "旧题目"),
        ("<p>原标题：旧题目</p>", "旧题目"),
        ("<p>原标题：甲</p>" + TEXT * 9 + "<p>原标题：乙</p>", "甲"),
        # furniture is no line
        ("<style>p{}</style><div class=ct_hqimg>图</div><p>原标题：旧题目</p>" + TEXT, "旧题目"),
        (TEXT * 9 + "<p>原标题：旧题目</p><p class=article-editor>责任编辑：甲</p>", "旧题目"),
        # none
        ("", ""),
        (TEXT, ""),
        ("<p>原标题：</p>" + TEXT, ""),
        ("<p>原标题</p>" + TEXT, ""),
        ("<p>（原标题：旧题目</p>" + TEXT, ""),
        ("<p>他说，原标题：旧题目</p>" + TEXT, ""),
        (TEXT * 5 + "<p>原标题：旧题目</p>" + TEXT * 5, ""),
        (f"<p>原标题：{'长' * 301}</p>", ""),
        ("<div style='display:none'>原标题：旧题目</div>" + TEXT, ""),
        ("<!-- 原标题：旧题目 -->" + TEXT, ""),
    ],
)
def test_the_original_title(markup: str, title: str) -> None:
    assert reading.original_title(markup) == title


def test_a_long_title_is_still_one() -> None:
    assert reading.original_title(f"<p>原标题：{'长' * 300}</p>") == "长" * 300


@given(st.text(max_size=80))
def test_no_text_crashes_it(text: str) -> None:
    assert "\n" not in reading.original_title(f"<p>原标题：{text}</p>")
    reading.exchange_form(text)


@pytest.mark.parametrize(
    ("symbol", "form"),
    [
        ("sz300059", "300059.SZ"),
        ("sh600519", "600519.SH"),
        ("bj830799", "830799.BJ"),
        ("sh000001", "000001.SH"),
        ("usstock:JPM", "JPM.US"),
        ("usstock:jpm", "JPM.US"),
        ("usstock:BRK.A", "BRK.A.US"),
        ("hkstock:06030", "06030.HK"),
        ("hkstock:hk00700", "00700.HK"),
        ("hkstock:HK00700", "00700.HK"),
        # no exchange that is known
        ("", ""),
        ("fund:519901", ""),
        ("300059", ""),
        ("sz30005", ""),
        ("sz3000590", ""),
        ("SZ300059", ""),
        ("xx300059", ""),
        ("sz300059\n", ""),
        ("sz３０００５９", ""),
        ("sz300059,sh600519", ""),
        ("stock:sz300059", ""),
        ("JPM", ""),
        (":", ""),
        ("usstock:", ""),
        ("hkstock:", ""),
        ("hkstock:hk", ""),
    ],
)
def test_the_exchange_form(symbol: str, form: str) -> None:
    assert reading.exchange_form(symbol) == form


def test_the_symbols_of_pages_and_of_flashes_have_one_form() -> None:
    """Whatever a market is called there, the same share has the same ticker."""
    stocks = [
        {"market": "cn", "symbol": "sz300059"},
        {"market": "us", "symbol": "jpm"},
        {"market": "hk", "symbol": "00700"},
    ]
    row = {"id": 1, "zhibo_id": 152, "rich_text": "文", "ext": {"stocks": stocks}}
    answer = {"result": {"status": {"code": 0}, "data": {"feed": {"list": [row]}}}}
    found = flash.parse(json.dumps(answer)).articles[0].symbols
    listed = "<!-- news_keyword_pub,stock,sz300059,usstock,JPM,hkstock,00700 -->"
    assert found == reading.symbols(listed)
    assert [reading.exchange_form(symbol) for symbol in found] == [
        "300059.SZ",
        "JPM.US",
        "00700.HK",
    ]
