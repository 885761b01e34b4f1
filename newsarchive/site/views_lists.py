"""The pages with lists: what is new, searches, the calendar, channels, symbols."""

from __future__ import annotations

import calendar as calendars
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, render_template, request, url_for

from newsarchive.archive.derived import Unusable
from newsarchive.exceptions import BadQuery
from newsarchive.sina import reading
from newsarchive.sina.channels import BY_NAME
from newsarchive.site import lists
from newsarchive.site.here import nothing, site, wrong
from newsarchive.site.language import say

pages = Blueprint("lists", __name__)
#: Symbols that their page names, the most frequent first.
_SYMBOLS = 400


def home() -> str:
    """The newest articles, under the field to search in."""
    return _search(lists.asked({}), "home.html")


@pages.get("/search")
def search() -> str:
    return _search(_asked(), "search.html")


@pages.get("/channels/")
def channels() -> str:
    counted = site().background.counts.channels
    unused = [name for name in BY_NAME if name not in counted]
    return render_template("channels.html", counted=counted, unused=unused)


@pages.get("/channels/<name>")
def channel(name: str) -> str:
    if name not in BY_NAME and name not in site().background.counts.channels:
        nothing("error.channel")
    return _search(replace(_asked(), channel=name), "channel.html", name=name)


@pages.get("/symbols/")
def symbols() -> str:
    counted = site().background.counts.symbols
    shown = list(counted.items())[:_SYMBOLS]
    return render_template("symbols.html", shown=shown, count=len(counted))


@pages.get("/symbols/<path:code>")
def symbol(code: str) -> str:
    form = reading.exchange_form(code)
    return _search(replace(_asked(), symbol=code), "symbol.html", code=code, form=form)


@pages.get("/calendar/")
def calendar() -> str:
    return render_template("years.html")


@pages.get("/calendar/<int(fixed_digits=4):year>/")
def year(year: int) -> str:
    if not _is_shown(year):
        nothing("error.day")
    months = site().background.counts.months(year)
    return render_template("year.html", year=year, months=months)


@pages.get("/calendar/<int(fixed_digits=4):year>/<int(fixed_digits=2):month>/")
def month(year: int, month: int) -> str:
    if not (_is_shown(year) and 1 <= month <= 12):
        nothing("error.day")
    weeks = calendars.Calendar().monthdatescalendar(year, month)
    counted = site().background.counts.by_day
    most = max((counted.get(day, 0) for week in weeks for day in week), default=0)
    return render_template(
        "month.html",
        year=year,
        month=month,
        weeks=weeks,
        counted=counted,
        most=most or 1,
        beside=[
            url_for("lists.month", year=day.year, month=day.month)
            for day in (date(year, month, 1) - timedelta(1), date(year, month, 28) + timedelta(4))
        ],
    )


@pages.get(
    "/calendar/<int(fixed_digits=4):year>/<int(fixed_digits=2):month>/<int(fixed_digits=2):day>/"
)
def day(year: int, month: int, day: int) -> str:
    try:
        wanted = date(year, month, day)
        if not _is_shown(year):
            raise ValueError
    except ValueError:
        nothing("error.day")
    beside = [
        url_for("lists.day", year=other.year, month=other.month, day=other.day)
        for other in (wanted - timedelta(1), wanted + timedelta(1))
    ]
    asked = replace(_asked(), since=wanted, until=wanted)
    return _search(asked, "day.html", day=wanted, beside=beside)


def _is_shown(year: int) -> bool:
    """Whether Sina can have articles of it, or the archive has, whatever their pages mean by it."""
    return 1990 <= year <= 2100 or year in site().background.counts.years


def _asked() -> lists.Asked:
    try:
        return lists.asked(request.args)
    except lists.BadRequest as error:
        wrong(str(error))


def _search(asked: lists.Asked, template: str, **values: Any) -> str:
    """A list on a page: without an index, or of a query that is none, with what is wrong."""
    background = site().background
    found, trouble = lists.Found([], False), ""
    try:
        found = lists.find(site().store, asked)
    except BadQuery as error:
        trouble = say("search.bad", why=say(f"query.{error.key}", "", **error.values))
    except lists.NoIndex:
        trouble = say("search.none_yet")
    except Unusable:
        background.damaged()
        trouble = say("search.damaged")
    turned = {
        name: _turned(asked.page + step)
        for name, step, there in (
            ("newer", -1, asked.page > 1),
            ("older", 1, found.more and asked.page < lists.PAGES_MAX),
        )
        if there
    }
    return render_template(
        template, asked=asked, found=found, trouble=trouble, turned=turned, **values
    )


def _turned(page: int) -> str:
    """Where another page of this list is."""
    values: dict[str, Any] = {
        name: request.args[name]
        for name in ("q", "channel", "symbol", "since", "until", "sort")
        if request.args.get(name)
    }
    endpoint = "lists.search" if request.endpoint == "home" else request.endpoint
    assert endpoint is not None
    return url_for(endpoint, **(values | (request.view_args or {}) | {"page": page}))
