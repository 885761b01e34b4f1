"""What a list answers, and what only looks like an answer."""

from __future__ import annotations

import json
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import DOC_ID
from newsarchive.sina import listing
from newsarchive.sina.channels import BY_NAME

ID = "kqtesta0000501"
DESKTOP = f"https://finance.sina.com.cn/china/gncj/2021-08-05/doc-i{ID}.shtml"
MOBILE = f"https://finance.sina.cn/china/2021-08-05/detail-i{ID}.d.html"
OTHER = "https://finance.sina.com.cn/roll/2021-08-05/doc-ikqtesta0000502.shtml"


def parse(text: str, channel: str) -> listing.Listing:
    return listing.parse(text, BY_NAME[channel])


def answer(*rows: Any, code: Any = 0) -> str:
    status = {"code": code, "msg": "succ"}
    return json.dumps({"result": {"status": status, "total": len(rows), "data": list(rows)}})


def row(url: str = DESKTOP, **more: Any) -> dict[str, Any]:
    return {"docid": f"comos:{ID}", "url": url, "title": "样港口岸", **more}


def refusal(text: str) -> str:
    with pytest.raises(BadInput) as raised:
        parse(text, "china")
    assert raised.value.reason is Reason.BAD_LISTING
    return raised.value.detail


# Real answers


def test_the_real_rows(shared: Path) -> None:
    text = (shared / "sina/api/roll_get_row_2026-07-09_from_test.json").read_text("utf-8")
    found = parse(text, "roll")
    assert found.rows == 3
    assert found.foreign == []
    assert [(link.doc_id, link.url) for link in found.links] == [
        (
            "nihefve8236522",
            "https://finance.sina.com.cn/wm/2026-07-09/doc-inihefve8236522.shtml",
        ),
        (
            "nihtvuk5345523",
            "https://finance.sina.com.cn/stock/usstock/c/2026-07-14/doc-inihtvuk5345523.shtml",
        ),
    ]
    assert found.links[0].title == "英伟达：CPO已进入量产（信息量很大）"
    assert found.links[0].list_ctime == datetime(2026, 7, 8, 23, 49, tzinfo=timezone.utc)
    assert found.links[0].listed_at is None
    assert {link.channel for link in found.links} == {"roll"}


def test_the_real_answer_whose_data_is_an_object(shared: Path) -> None:
    path = shared / "sina/api/roll_get_malformed_data_is_object.json"
    assert "dict" in refusal(path.read_text("utf-8"))


def test_the_real_wrapper_is_unwrapped(shared: Path) -> None:
    """Its answer is of another API: what is wrong with it is the data, not the JSON."""
    text = (shared / "sina/api/jsonp_try_catch_wrapper_2022.txt").read_text("utf-8")
    assert refusal(text) == "'data' is dict, not a list"


@pytest.mark.parametrize(
    "name",
    [
        "zhibo_feed_item_2019-10-19.json",
        "zhibo_feed_envelope_2025-12-25.json",
        "cre_mix_v3_2015-12-29_partial.json",
        "sina_cn_24hours_timeline_2023-05-09.js",
        "comment5_page_info_gbk_truncated.js",
        "rollnews_ch_out_interface_RECONSTRUCTED_gbk.js",
    ],
)
def test_answers_of_other_apis_are_refused(shared: Path, name: str) -> None:
    refusal((shared / "sina/api" / name).read_bytes().decode("gb18030", "replace"))


# Own answers


WRAPPERS = [
    "{}",
    "  {}\n",
    "try{{feedCardJsonpCallback({});}}catch(e){{}};",
    "try {{ cb ( {} ) ; }} catch (e) {{}}",
    "cb({});",
    "cb({})",
    "a.b.$cb_1({}) ;",
    "\n try{{cb({});}}catch(e){{ console.log(e) }};\n",
]


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_json_and_jsonp(wrapper: str) -> None:
    found = parse(wrapper.format(answer(row(title="甲)；}catch(e){};(乙"))), "china")
    assert [(link.doc_id, link.title) for link in found.links] == [(ID, "甲)；}catch(e){};(乙")]


def test_the_end_of_a_list() -> None:
    assert parse(answer(), "china") == listing.Listing(links=[], foreign=[], rows=0)


@pytest.mark.parametrize("code", [0, "0"])
def test_the_status_is_a_number_or_a_string(code: Any) -> None:
    assert len(parse(answer(row(), code=code), "china").links) == 1


@pytest.mark.parametrize("code", [1, "1", -1, "-2", None, "", [], {}, "00", 0.5])
def test_another_status_is_refused(code: Any) -> None:
    assert "status" in refusal(answer(row(), code=code))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        "0",
        '"x"',
        "cb({})",
        "cb()",
        "try{cb();}catch(e){};",
        '{"result": null}',
        '{"result": []}',
        '{"result": {}}',
        '{"result": {"status": null, "data": []}}',
        '{"result": {"status": 0, "data": []}}',
        '{"result": {"status": {"code": 0}}}',
        '{"result": {"status": {"code": 0}, "data": {}}}',
        '{"result": {"status": {"code": 0}, "data": null}}',
        '{"result": {"status": {"code": 0}, "data": "[]"}}',
        "<!DOCTYPE html><html><body>403 Forbidden</body></html>",
        "<html><script>cb({})</script></html>",
        "[" * 100_000,
        "cb(" * 1000,
        '{"result":' * 10_000,
        "\ufeff{}",
        "9" * 5000,
    ],
    ids=lambda text: text[:50] or "(empty)",
)
def test_no_list(text: str) -> None:
    refusal(text)


def test_a_cut_answer_is_refused_wherever_it_is_cut() -> None:
    for whole in (answer(row(), row(OTHER)), f"try{{cb({answer(row())});}}catch(e){{}};"):
        end = whole.rindex("]}}") + 3
        for length in range(end):
            refusal(whole[:length])


def test_the_refusal_says_how_the_answer_begins() -> None:
    assert "'<html> <b>403" in refusal("<html>\n <b>403</b>" + "x" * 1000)
    assert len(refusal("<html>" + "x" * 1000)) < 300


@pytest.mark.parametrize("filling", [" ", "\n", "\u3000"])
@pytest.mark.parametrize("shape", ["{0}{{", "a(){0}x", "a(1);{0}x", "try{0}x", "try{{{0}"])
def test_blanks_do_not_cost_minutes(shape: str, filling: str) -> None:
    begun = time.process_time()
    refusal(shape.format(filling * 20_000))
    assert time.process_time() - begun < 0.5


def test_rows_that_are_no_objects_are_left_out() -> None:
    found = parse(answer(None, 1, "x", [], row()), "china")
    assert [link.doc_id for link in found.links] == [ID]


@pytest.mark.parametrize(
    "url",
    [
        "https://video.sina.com.cn/p/finance/live.html",
        "https://zhibo.sina.com.cn/finance/doc-ikqtesta0000501.shtml",
        "https://k.sina.com.cn/article_1_2.html",
        "https://evil.example/doc-ikqtesta0000501.shtml",
        "https://finance.sina.com.cn.evil.example/doc-ikqtesta0000501.shtml",
        "javascript:alert(1)",
        "file:///etc/passwd",
    ],
)
def test_a_row_that_leads_elsewhere_is_named(url: str) -> None:
    found = parse(answer(row(url), row(OTHER)), "china")
    assert found.foreign == [url]
    assert [link.url for link in found.links] == [OTHER]
    assert found.rows == 2


@pytest.mark.parametrize(
    "strange",
    [{}, {"url": None}, {"url": ""}, {"url": 5}, {"url": ["x"]}, {"url": {"a": 1}}, {"docid": "x"}],
)
def test_a_row_without_a_url_is_counted(strange: dict[str, Any]) -> None:
    found = parse(answer(strange, row()), "china")
    assert len(found.foreign) == 1
    assert len(found.links) == 1


def test_a_foreign_row_is_not_repeated_at_length() -> None:
    found = parse(answer(row("https://evil.example/" + "x" * 10_000)), "china")
    assert len(found.foreign[0]) == 500


def test_a_row_may_have_only_its_mobile_address() -> None:
    found = parse(answer({"url": "", "wapurl": MOBILE}), "china")
    assert [(link.doc_id, link.url) for link in found.links] == [(ID, MOBILE)]


@pytest.mark.parametrize("order", [[DESKTOP, MOBILE], [MOBILE, DESKTOP]])
def test_of_twins_the_desktop_page_is_taken(order: list[str]) -> None:
    found = parse(answer(*(row(url, title=url) for url in order)), "china")
    assert [(link.url, link.title) for link in found.links] == [(DESKTOP, DESKTOP)]
    assert found.rows == 2


def test_of_two_sections_the_first_is_taken() -> None:
    again = DESKTOP.replace("china/gncj", "roll")
    found = parse(answer(row(), row(again)), "china")
    assert [link.url for link in found.links] == [DESKTOP]


def test_the_order_of_the_list_is_kept() -> None:
    ids = [f"kqtesta{number:07}" for number in (5, 3, 9, 1)]
    urls = [f"https://finance.sina.com.cn/roll/2021-08-05/doc-i{doc_id}.shtml" for doc_id in ids]
    assert [link.doc_id for link in parse(answer(*map(row, urls)), "us").links] == ids


@pytest.mark.parametrize("value", ["1628150069", 1628150069])
def test_the_clocks_are_strings_or_numbers(value: Any) -> None:
    link = parse(answer(row(intime=value, ctime=value, mtime=value)), "china").links[0]
    moment = datetime(2021, 8, 5, 7, 54, 29, tzinfo=timezone.utc)
    assert (link.listed_at, link.list_ctime, link.list_mtime) == (moment, moment, moment)
    assert link.first_seen_at is None


def test_every_clock_has_its_field() -> None:
    link = parse(answer(row(intime="1", ctime="2", mtime="3")), "china").links[0]
    stamps = [moment and moment.timestamp() for moment in (link.listed_at, link.list_ctime)]
    assert [*stamps, link.list_mtime and link.list_mtime.timestamp()] == [1, 2, 3]


@pytest.mark.parametrize(
    "value", ["", "0", 0, -5, None, "gestern", [], {}, True, 1e300, "9" * 5000, "1628150069000"]
)
def test_a_clock_of_garbage_is_not_known(value: Any) -> None:
    link = parse(answer(row(intime=value)), "china").links[0]
    assert link.listed_at is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'["\\u0000"]', ["\\u0000"]),  # a backslash and four noughts, as a program's source says
        (r'["a\u0000b", {"c\u0000": 1}]', ["ab", {"c": 1}]),
        (r'["\uD83D\uDE00 \uD83D"]', ["😀 ?"]),
    ],
)
def test_json_without_what_nothing_can_keep(text: str, value: object) -> None:
    assert listing.loads(text) == value


@pytest.mark.parametrize("title", [None, 5, "", "\ud800", "a\x00b", "标题\n二"])
def test_a_strange_title_can_still_be_written(title: Any) -> None:
    """A link goes to a ledger: neither UTF-8 nor PostgreSQL takes everything that JSON can say."""
    link = parse(answer(row(title=title)), "china").links[0]
    assert link.doc_id == ID
    link.title.encode()
    assert "\x00" not in link.title


@pytest.mark.parametrize("tail", ["?a=\ud800", "?\ud800=1", "?a=\x00"])
def test_a_strange_url_costs_one_row_not_the_list(tail: str) -> None:
    found = parse(answer(row(DESKTOP + tail), row(OTHER)), "china")
    assert OTHER in [link.url for link in found.links]
    for text in [link.url for link in found.links] + found.foreign:
        text.encode()
        assert "\x00" not in text


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
URLS = st.sampled_from([DESKTOP, MOBILE, OTHER, "https://evil.example/", "", "\ud800"])
ROWS = st.fixed_dictionaries(
    {},
    optional={
        "url": URLS | SCALARS,
        "wapurl": URLS | SCALARS,
        "title": SCALARS,
        "intime": SCALARS,
        "docid": SCALARS,
    },
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner)
)


def check(text: str) -> None:
    try:
        found = parse(text, "china")
    except BadInput as error:
        reason = error.reason
        found = listing.Listing()
    else:
        reason = Reason.BAD_LISTING
    assert reason is Reason.BAD_LISTING
    assert all(DOC_ID.fullmatch(link.doc_id) for link in found.links)
    assert len(found.links) + len(found.foreign) <= found.rows


@given(st.text())
def test_any_text_is_a_list_or_refused(text: str) -> None:
    check(text)


@given(VALUES)
def test_any_json_is_a_list_or_refused(value: Any) -> None:
    check(json.dumps(value))
    check(f"cb({json.dumps({'result': value})})")


@given(st.lists(ROWS | VALUES, max_size=6))
def test_any_rows_are_a_list(rows: list[Any]) -> None:
    check(answer(*rows))


def test_the_clocks_are_kept_as_they_were_written() -> None:
    link = parse(answer(row(intime="1628236469", ctime="1628236400", mtime=None)), "china").links[0]
    assert link.raw_clocks == {"listed_at": "1628236469", "list_ctime": "1628236400"}
