"""The site's two languages: which one a reader gets, and the catalogue of what is said in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any

import yaml
from flask import g, request

from newsarchive import clock

#: As HTML names them, in the order of preference where a reader has none.
LANGUAGES = {"en": "en", "zh": "zh-CN"}


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """What is said, by key and language."""
    text = resources.files("newsarchive.site").joinpath("messages.yaml").read_text("utf-8")
    found: dict[str, dict[str, str]] = yaml.safe_load(text)
    return found


def choose() -> None:
    """Settle the language of this request: `?lang=`, else what the browser asks for."""
    asked = request.args.get("lang", "")
    g.asked = asked if asked in LANGUAGES else None
    g.language = g.asked or request.accept_languages.best_match(list(LANGUAGES)) or "en"


def keep(endpoint: str, values: dict[str, Any]) -> None:
    """A language that was asked for goes on from page to page; there are no cookies."""
    if g.get("asked") and endpoint not in ("static", "frame", "picture"):
        values.setdefault("lang", g.asked)


def say(key: str, language: str = "", **values: object) -> str:
    """What *key* says in the language of this request, or in *language*.

    One of something (`n=1`) may be said otherwise: `key.one`.
    """
    said = catalogue()
    if values.get("n") == 1 and f"{key}.one" in said:
        key = f"{key}.one"
    told = {name: number(v) if isinstance(v, int) else v for name, v in values.items()}
    return said[key][language or g.language].format_map(told)


def number(value: int) -> str:
    """12,345."""
    return f"{value:,}"


def in_china(moment: datetime | None, precision: str = "minutes") -> str:
    """`2021-08-06 15:54`, China time; '' for none."""
    if moment is None:
        return ""
    return moment.astimezone(clock.SHANGHAI).replace(tzinfo=None).isoformat(" ", precision)


def day_of(moment: datetime) -> date:
    """The day in China."""
    return moment.astimezone(clock.SHANGHAI).date()


def size(count: int) -> str:
    """Bytes for people: `3.4 MB`."""
    value, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
