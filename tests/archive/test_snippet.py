"""Where hits are shown."""

from __future__ import annotations

import pytest

from newsarchive.archive import query, snippet
from newsarchive.archive.snippet import Snippet


def shown(text: str, typed: str) -> str:
    found = snippet.piece(text, query.phrases(query.parse(typed)))
    return snippet.marked(found, "[", "]")


@pytest.mark.parametrize(
    ("text", "typed", "wanted"),
    [
        ("贵州茅台涨停", "茅台", "贵州[茅台]涨停"),
        ("茅台，茅台", "茅台", "[茅台]，[茅台]"),
        ("贵州茅台", "贵州 茅台", "[贵州茅台]"),
        ("贵州茅台", "州茅 茅台", "贵[州茅台]"),
        ("贵 州\u200b茅台", "州茅", "贵 [州\u200b茅]台"),
        ("核心ＣＰＩ涨", "cpi", "核心[ＣＰＩ]涨"),
        ("涨５．２％。", "5.2%", "涨[５．２％]。"),
        ("e\u0301cole", "école", "[école]"),
        ("iphone phone", "phone", "iphone [phone]"),
        ("没有", "茅台", "没有"),
        ("", "茅台", ""),
        ("一\n二", "二", "一 [二]"),
        ("甲" * 100 + "茅台", "茅台", "…" + "甲" * 30 + "[茅台]"),
        ("茅台" + "甲" * 100, "茅台", "[茅台]" + "甲" * 88 + "…"),
        ("甲" * 100, "茅台", "甲" * 90 + "…"),
        ("茅" * 100, "茅", "[" + "茅" * 90 + "]…"),
    ],
)
def test_pieces(text: str, typed: str, wanted: str) -> None:
    assert shown(text, typed) == wanted


def test_a_whole_text_has_all_its_hits() -> None:
    text = "茅台" + "甲" * 200 + "茅台"
    assert snippet.whole(text, ["茅 台"]) == Snippet(text, [(0, 2), (202, 204)])
