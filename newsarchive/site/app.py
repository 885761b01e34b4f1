"""The site put together: a WSGI application over an open archive."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import TracebackType

from flask import Flask, Response, abort, g, make_response, render_template, request
from jinja2 import StrictUndefined, select_autoescape
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter

from newsarchive.exceptions import NewsarchiveError
from newsarchive.site import (
    body,
    guard,
    here,
    language,
    views_article,
    views_health,
    views_lists,
)

#: Answers that have a text of their own.
_CODES = (400, 404, 405, 500)


class _DocumentId(BaseConverter):
    """Nothing else gets into a query; which of them are archived the ledger says."""

    regex = "[0-9A-Za-z-]{1,64}"


class _Pages(Flask):
    """Faults of ours are told as everything is: in one line, with what does not print escaped."""

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        where = traceback.extract_tb(exc_info[2])[-1]
        place = f"{Path(where.filename).name}:{where.lineno}"
        here.site().background.complain(f"{request.path} broke: {exc_info[1]!r} ({place})")


def create_app(site: here.Site, bound: str = "127.0.0.1") -> Flask:
    """The application; *bound* is what it listens on: other names are not answered."""
    app = _Pages("newsarchive.site")
    app.config.update(SITE=site, BOUND=bound, PROVIDE_AUTOMATIC_OPTIONS=False)
    app.jinja_options = {"autoescape": select_autoescape(default=True, default_for_string=True)}
    app.jinja_env.undefined = StrictUndefined
    app.url_map.converters["id"] = _DocumentId
    here.furnish(app)
    app.before_request(language.choose)
    app.before_request(guard.admit)
    app.after_request(guard.protect)
    app.url_defaults(language.keep)
    app.add_url_rule("/", "home", views_lists.home)
    app.add_url_rule("/frame-<int:narrow>-<int:middle>-<int:wide>.css", "frame", _frame)
    app.add_url_rule("/images/<fan>/<name>", "picture", views_article.picture)
    for pages in (views_lists.pages, views_article.pages, views_health.pages):
        app.register_blueprint(pages)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(NewsarchiveError, _broken)
    language.catalogue()  # these now, not at the first request
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)
    return app


def _frame(narrow: int, middle: int, wide: int) -> Response:
    """How high an article's frame is, at three widths: a policy without inline styles wants it."""
    if max(narrow, middle, wide) > body.HEIGHT_MAX:
        abort(404)
    text = (
        f".article-frame{{height:{narrow}px}}\n"
        f"@media(min-width:560px){{.article-frame{{height:{middle}px}}}}\n"
        f"@media(min-width:820px){{.article-frame{{height:{wide}px}}}}\n"
    )
    answer = Response(text, mimetype="text/css")
    answer.headers["Cache-Control"] = "max-age=86400, immutable"
    return answer


def _refused(error: HTTPException) -> Response:
    code = error.code or 500
    if error.response is not None or code < 400:  # a redirect is an answer
        return Response.force_type(error.get_response())  # type: ignore[return-value]
    told = code if code in _CODES else 400 if code < 500 else 500
    page = render_template("error.html", code=code, told=told, why=g.get("reason", ""))
    answer = make_response(page, code)
    if code == 405:
        answer.headers["Allow"] = "GET, HEAD"
    return answer


def _broken(error: NewsarchiveError) -> Response:
    """The ledger or the disk: it may pass."""
    here.site().background.complain(str(error))
    page = render_template("error.html", code=503, told=503, why="")
    return make_response(page, 503, {"Retry-After": "10"})
