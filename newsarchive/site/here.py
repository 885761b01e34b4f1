"""What the views share: the archive that the site is of, and what templates can ask."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple, NoReturn

from flask import Flask, abort, current_app, g, request, url_for
from markupsafe import Markup

from newsarchive import clock
from newsarchive.archive.store import Store
from newsarchive.sina.channels import BY_NAME
from newsarchive.site import language
from newsarchive.site.background import Background

#: What the pages' addresses may ask for.
PARAMETERS = frozenset("q channel symbol since until sort page old new pictures".split())


class Site(NamedTuple):
    """An archive and what is known of it."""

    store: Store
    background: Background


def site() -> Site:
    """The archive of this request."""
    found = current_app.config["SITE"]
    assert isinstance(found, Site)
    return found


def channel_label(name: str) -> str:
    """As Sina calls it; the name of one that the table does not know."""
    return BY_NAME[name].label if name in BY_NAME else name


def when(moment: datetime | None, precision: str = "minutes") -> Markup:
    """A time in China, with what it is in UTC for machines and who points at it."""
    if moment is None:
        return Markup("")
    utc = clock.iso(moment)
    told = language.in_china(moment, precision)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(utc, utc, told)


def other_language() -> tuple[str, str]:
    """The language that this page is not in, and where it is in that one."""
    other = next(name for name in language.LANGUAGES if name != g.language)
    if request.endpoint is None or request.view_args is None:
        return other, url_for("home", lang=other)
    # No others: to Flask some names are something else than parameters.
    values: dict[str, Any] = {name: v for name, v in request.args.items() if name in PARAMETERS}
    return other, url_for(request.endpoint, **(values | request.view_args | {"lang": other}))


def nothing(what: str) -> NoReturn:
    """There is no such page; *what* is the key of the reason."""
    g.reason = language.say(what)
    abort(404)


def wrong(what: str) -> NoReturn:
    """The address makes no sense; *what* is the key of the reason."""
    g.reason = language.say(what)
    abort(400)


def furnish(app: Flask) -> None:
    """Give the templates what they ask for."""
    app.jinja_env.globals |= {
        "t": language.say,
        "when": when,
        "number": language.number,
        "channel_label": channel_label,
        "other_language": other_language,
        "LANGUAGES": language.LANGUAGES,
    }
    app.jinja_env.filters |= {"size": language.size, "in_china": language.in_china}
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
