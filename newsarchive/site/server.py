"""The site on a port of this machine: waitress around the application."""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Callable
from contextlib import closing
from types import FrameType

import waitress

from newsarchive.archive.export import Reader
from newsarchive.archive.store import Store
from newsarchive.exceptions import BadArgument
from newsarchive.sina import reading
from newsarchive.site.app import create_app
from newsarchive.site.background import Background
from newsarchive.site.here import Site

#: Pages that are made at once.
_THREADS = 6
#: Bytes: nothing is sent to this site.
_BODY_MAX, _HEAD_MAX = 1024, 16 * 1024


def serve(
    store: Store,
    host: str,
    port: int,
    ready: Callable[[str], None],
    complain: Callable[[str], None],
) -> None:
    """Answer until Ctrl-C or SIGTERM. *ready* is told the address, *complain* what goes wrong.

    Raises BadArgument where nothing can listen there.
    """
    # How many pages wait is nothing to tell: they are made one after another.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    listener = _listener(host, port)
    with closing(listener):
        background = Background(store, Reader(reading.text, reading.exchange_form), complain)
        server = waitress.create_server(
            create_app(Site(store, background), host),
            sockets=[listener],
            threads=_THREADS,
            ident=None,
            max_request_body_size=_BODY_MAX,
            max_request_header_size=_HEAD_MAX,
            clear_untrusted_proxy_headers=True,
        )
        before = signal.signal(signal.SIGTERM, _end)
        background.start()
        try:
            ready(_address(host, listener.getsockname()[1]))
            server.run()  # returns at Ctrl-C
        finally:
            signal.signal(signal.SIGTERM, before)
            background.stop()
            server.close()


def _listener(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise BadArgument(f"--host {host}: {error.strerror or error}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        told = f"--host {host} --port {port}: {error.strerror or error}"
        raise BadArgument(told) from error
    return listener


def _address(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"


def _end(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
