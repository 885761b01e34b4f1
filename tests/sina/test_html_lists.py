"""Lists that are pages: sections by column, and the static lists before them."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import DOC_ID
from newsarchive.sina import listing
from newsarchive.sina.channels import BY_NAME

SECTION = BY_NAME["c-company"]


def url(number: int, day: str = "2021-08-05") -> str:
    return f"https://finance.sina.com.cn/roll/{day}/doc-ikqtesta{number:07}.shtml"


def item(address: str, time: str = "", title: str = "题") -> str:
    return f'<li><a href="{address}" target="_blank">{title}</a><span>({time})</span></li>'


def page(*items: str, box: str = '<div class="listBlk"><ul>{}</ul></div>') -> str:
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8"></head><body><ul class="nav">'
        f"<li><a href='{url(999)}'>导航</a></li></ul>{box.format(''.join(items))}"
        '<span class="pagebox_next"><a href="?page=2">下一页</a></span></body></html>'
    )


def parse(text: str) -> listing.Listing:
    return listing.parse(text, SECTION)


def shown(address: str, time: str) -> datetime | None:
    (link,) = parse(page(item(address, time))).links
    assert link.list_ctime is None
    assert link.list_mtime is None
    return link.listed_at


def utc(*fields: int) -> datetime:
    return datetime(*fields, tzinfo=timezone.utc)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    "box",
    [
        '<div class="listBlk"><ul>{}</ul></div>',
        '<div class="x listBlk y"><div><ul>{}</ul></div></div>',
        '<ul class="list_009">{}</ul>',
        '<div class="d_list_txt"><ul>{}</ul></div>',
        '<div class="listBlk"><ul class="list_009">{}</ul></div>',
    ],
)
def test_the_rows_of_a_list(box: str) -> None:
    found = parse(page(item(url(1), "08月05日 15:54", " 甲 "), item(url(2)), box=box))
    assert [(link.url, link.title, link.channel) for link in found.links] == [
        (url(1), "甲", "c-company"),
        (url(2), "题", "c-company"),
    ]
    assert (found.rows, found.foreign) == (2, [])


def test_rows_of_several_boxes_come_in_their_order() -> None:
    box = '<div class="listBlk"><ul>{}</ul></div><hr>'
    text = page(item(url(3)), item(url(1)), box=box) + page(item(url(2)), box=box)
    assert [link.url for link in parse(text).links] == [url(3), url(1), url(2)]


def test_rows_without_a_link_are_none() -> None:
    found = parse(page("<li>--------</li>", "<li><a>题</a></li>", item(url(1))))
    assert [link.url for link in found.links] == [url(1)]
    assert found.rows == 1


def test_an_empty_list_is_a_list() -> None:
    assert parse(page()) == listing.Listing(links=[], foreign=[], rows=0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "<html><body>页面没有找到</body></html>",
        f"<ul><li><a href='{url(1)}'>题</a></li></ul>",
        page(item(url(1)), box='<div class="listBlk2"><ul>{}</ul></div>'),
        page(item(url(1)), box='<!--<div class="listBlk"><ul>{}</ul></div>-->'),
        '{"result": {"status": {"code": 0}, "data": []}}',
    ],
)
def test_a_page_without_a_list_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as raised:
        parse(text)
    assert (raised.value.reason, raised.value.detail) == (
        Reason.BAD_LISTING,
        "a page without a list",
    )


def test_a_page_where_json_belongs_is_refused() -> None:
    with pytest.raises(BadInput) as raised:
        listing.parse(page(item(url(1))), BY_NAME["china"])
    assert raised.value.reason is Reason.BAD_LISTING


@pytest.mark.parametrize(
    ("day", "time", "moment"),
    [
        ("2021-08-05", "08月05日 15:54", utc(2021, 8, 5, 7, 54)),
        ("2021-08-05", "8月5日15：54", utc(2021, 8, 5, 7, 54)),
        ("2021-08-05", "08月06日 00:10", utc(2021, 8, 5, 16, 10)),
        ("2021-08-05", "2021-08-05 15:54:29", utc(2021, 8, 5, 7, 54, 29)),
        ("2021-08-05", "2020年12月31日 15:54", utc(2020, 12, 31, 7, 54)),  # a year that is said
        # around new year
        ("2020-12-31", "01月01日 00:01", utc(2020, 12, 31, 16, 1)),
        ("2020-12-31", "12月31日 23:59", utc(2020, 12, 31, 15, 59)),
        ("2021-01-01", "12月31日 23:59", utc(2020, 12, 31, 15, 59)),
        ("2021-01-01", "01月01日 07:59", utc(2020, 12, 31, 23, 59)),
        # 29 February
        ("2020-02-29", "02月29日 12:00", utc(2020, 2, 29, 4, 0)),
        ("2020-03-01", "02月29日 23:00", utc(2020, 2, 29, 15, 0)),
        ("2021-03-01", "02月29日 12:00", None),
        # no times, or far from the path's day
        ("2021-08-05", "08月05日 25:61", None),
        ("2021-08-05", "02月30日 10:00", None),
        ("2021-08-05", "12月31日 10:00", None),
        ("2021-08-05", "3小时前", None),
        ("2021-08-05", "", None),
        ("2021-02-30", "03月01日 10:00", None),  # no such day in the path
    ],
)
def test_the_year_is_that_of_the_path(day: str, time: str, moment: datetime | None) -> None:
    assert shown(url(1, day), time) == moment


def test_an_old_path_has_its_day_too() -> None:
    address = "http://finance.sina.com.cn/china/20140301/024218372262.shtml"
    assert shown(address, "03月01日 02:42") == utc(2014, 2, 28, 18, 42)


def test_without_a_day_in_the_path_a_time_without_a_year_is_not_known() -> None:
    address = "https://finance.sina.com.cn/x/doc-ikqtesta0000001.shtml"
    assert shown(address, "08月05日 15:54") is None
    assert shown(address, "2021-08-05 15:54") == utc(2021, 8, 5, 7, 54)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "0000-00-00"])
@pytest.mark.parametrize("time", ["01月01日 00:00", "12月31日 23:59", ""])
def test_a_day_at_the_end_of_time_costs_no_list(day: str, time: str) -> None:
    """One hostile row: neither the list nor the decision about its next page may break."""
    found = parse(page(item(url(1, day), time), item(url(2), "08月05日 15:54")))
    assert url(2) in [link.url for link in found.links]
    assert any(found.times.values())


def test_the_times_of_the_rows() -> None:
    found = parse(
        page(
            item(url(1, "2021-08-05"), "08月05日 15:54"),
            item(url(2, "2021-08-07")),  # by its path: midnight in China
            item(url(3, "2021-08-06"), "08月06日 00:01"),
        )
    )
    assert list(found.times.values()) == [
        utc(2021, 8, 5, 7, 54),
        utc(2021, 8, 6, 16, 0),
        utc(2021, 8, 5, 16, 1),
    ]
    assert parse(page()).times == {}


def test_twins_foreign_rows_and_relative_addresses() -> None:
    mobile = "https://finance.sina.cn/2021-08-05/detail-ikqtesta0000001.d.html"
    found = parse(page(item(mobile), item(url(1)), item("https://evil.example/"), item("/x.html")))
    assert [link.url for link in found.links] == [url(1)]
    assert found.foreign == ["https://evil.example/", "/x.html"]
    assert found.rows == 4


PIECES = [
    *'<div class="listBlk">|<ul class="list_009">|</ul>|</div>|<li>|</li>|<a>|</a>'.split("|"),
    *(item(url(number), "08月05日 15:54") for number in (1, 2)),
    *"08月05日 15:54|2021-08-05 10:00|<!--|-->|<script>|</script>|文".split("|"),
    '<a href="https://evil.example/">',
    f'<a href="{url(1, "0001-01-01")}">',
]


@given(st.lists(st.sampled_from(PIECES), max_size=20))
def test_no_markup_crashes_it(pieces: list[str]) -> None:
    try:
        found = parse("".join(pieces))
    except BadInput:
        return
    assert all(DOC_ID.fullmatch(link.doc_id) for link in found.links)
    assert len(found.links) + len(found.foreign) <= found.rows
