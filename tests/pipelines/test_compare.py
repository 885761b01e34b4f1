"""What a layout reads otherwise than the version that is there."""

from __future__ import annotations

from typing import Any

import pytest

from newsarchive import pictures
from newsarchive.items import Article
from newsarchive.pipelines.compare import _FIELDS, Change, changes

SOURCE = "https://n.sinaimg.cn/finance/a.png"
PATH = pictures.path("ab" * 32, "png")
HERE = f'<p><img src="{pictures.UP}{PATH}" {pictures.ORIGINAL}="{SOURCE}"></p>'
THERE = f'<p><img src="{SOURCE}"></p>'


def compared(before: str, after: str, **told: Any) -> list[Change]:
    row = {name: getattr(Article("题", before), name) for name in _FIELDS}
    return changes(row, Article("题", before), Article("题", after, **told))


def test_what_is_the_same_is_no_change() -> None:
    assert compared("<p>文</p>", "<p>文</p>") == []


@pytest.mark.parametrize(("before", "after"), [(HERE, THERE), (THERE, HERE)])
def test_which_pictures_the_archive_has_is_no_change(before: str, after: str) -> None:
    assert compared(before, after) == []


def test_a_field_and_a_body_are_told_with_what_went_and_what_came() -> None:
    found = compared("<p>文</p><p>分享</p>", "<p>文</p>", symbols=["sz300059", "sh600519"])
    assert [change.field for change in found] == ["body", "symbols"]
    assert [line for line in found[0].lines() if line.strip("+-")] == ["-分享"]
    assert list(found[1].lines()) == ["-", "+sz300059, sh600519"]


def test_where_the_text_is_the_same_the_markup_is_told() -> None:
    (change,) = compared("<p>文</p>", "<p><b>文</b></p>")
    assert (change.before, change.after) == ("<p>文</p>", "<p><b>文</b></p>")
