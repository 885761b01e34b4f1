"""What each answer of the site promises a browser, and whom the site answers at all."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from flask import Response, current_app, request

#: Nothing runs, nothing comes from elsewhere, nothing is sent, and nobody shows it in a frame.
PAGE = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
#: An article's own markup: in a frame without an origin. Its links open elsewhere, unhampered.
ARTICLE = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'self'; "
    "style-src-attr 'unsafe-inline'; img-src {pictures}; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex",
}


def article_policy(*, remote: bool) -> str:
    """The Content-Security-Policy of an article's frame; *remote*: with pictures from the web."""
    return ARTICLE.format(pictures="'self' data: https:" if remote else "'self' data:")


def is_loopback(host: str) -> bool:
    """Whether *host*, an address or a name, is this machine's own and nobody else reaches it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def trusts(bound: str, asked: str) -> bool:
    """Whether a site that listens on *bound* may be *asked* for by that Host.

    A page elsewhere can let a name of its own lead to any address (DNS rebinding), and then read
    what is answered. So the name must be the one that was bound, `localhost`, or an address; on
    loopback, one of loopback.
    """
    try:
        host = urlsplit(f"//{asked}").hostname or ""
    except ValueError:
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host in ("localhost", bound.lower())
    return address.is_loopback or not is_loopback(bound)


def admit() -> Response | None:
    """Before each request: refuse one that some other site's page may have made."""
    if trusts(current_app.config["BOUND"], request.headers.get("Host", "")):
        return None
    told = "This archive is not served under that name: use its address, or --host NAME.\n"
    return Response(told, 421, mimetype="text/plain")


def protect(response: Response) -> Response:
    """Behind each request."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", PAGE)
    if request.endpoint not in ("static", "frame", "picture"):
        # These an article's frame asks for, too, which has no origin.
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "no-cache")
        response.vary.add("Accept-Language")
    return response
