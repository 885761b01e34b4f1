"""The demo site over a socket: HTTP on loopback, routed by the Host header; TLS where asked."""

from __future__ import annotations

import socket
import ssl
import sys
import threading
import time
from collections import Counter
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import urlsplit

from newsarchive.demo.faults import Plan, Wire, fault_of
from newsarchive.demo.site import respond
from newsarchive.demo.special import is_slow


class SmallSina:
    """A small Sina. A context manager; one object can be started and stopped again.

    `port`: where it listens (0 before the first start: any free one). `requests`: (host, path
    with query) of every GET and HEAD in order of arrival. `slow`: seconds the slow page takes.
    `ahead`: seconds that its clock, in the Date header, is ahead of this machine's.
    `faults`: what goes wrong on the wire, by path; `met`: how often each of these was asked.
    `tls`: the server's side of TLS, which the demo's handler speaks with DEMO_TLS.
    `connections`: how many were made.
    """

    def __init__(self, port: int = 0, *, slow: float = 1.0, ahead: float = 0) -> None:
        self.port = port
        self.slow = slow
        self.ahead = ahead
        self.faults: Plan = {}
        self.met: Counter[str] = Counter()
        self.tls: ssl.SSLContext | None = None
        self.connections = 0
        self.requests: list[tuple[str, str]] = []
        self.stopping = threading.Event()
        self._server: _Server | None = None

    def start(self) -> None:
        """Listen, and answer from a daemon thread."""
        if self._server is not None:
            return
        self.stopping.clear()
        self._server = _Server(self)
        self.port = self._server.server_address[1]
        run = self._server.serve_forever
        threading.Thread(target=run, args=(0.02,), name="small-sina", daemon=True).start()

    def stop(self) -> None:
        """Stop listening and hang up on every client."""
        if self._server is None:
            return
        self.stopping.set()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._server = None

    def __enter__(self) -> SmallSina:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, sina: SmallSina) -> None:
        self.sina = sina
        self.clients: set[socket.socket] = set()
        self.lock = threading.Lock()
        super().__init__(("127.0.0.1", sina.port), _Handler)

    def get_request(self) -> tuple[socket.socket, object]:
        """The next connection; its handshake is left to the thread that reads from it."""
        client, address = super().get_request()
        self.sina.connections += 1
        if self.sina.tls is not None:
            client = self.sina.tls.wrap_socket(
                client, server_side=True, do_handshake_on_connect=False
            )
        return client, address

    def hang_up(self) -> None:
        with self.lock:
            for client in self.clients:
                try:
                    client.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that went away."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        with self.server.lock:
            self.server.clients.add(self.connection)

    def finish(self) -> None:
        with self.server.lock:
            self.server.clients.discard(self.connection)
        super().finish()

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        sina = self.server.sina
        target = urlsplit(self.path if "://" in self.path[:8] else f"//-{self.path}")
        named = target.netloc if target.scheme else self.headers.get("Host", "")
        host = named.partition(":")[0].lower()
        path = target.path or "/"
        sina.requests.append((host, f"{path}?{target.query}" if target.query else path))
        if is_slow(host, path):
            sina.stopping.wait(sina.slow)
        answer = respond(host, path, target.query, dict(self.headers.items()))
        lines = [
            f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
            f"Date: {formatdate(time.time() + sina.ahead, usegmt=True)}",
            *(f"{name}: {value}" for name, value in answer.headers.items()),
            f"Connection: {'close' if self.close_connection else 'keep-alive'}",
        ]
        wire = Wire(self.wfile.write, lines, answer.body, sina.stopping)
        if fault := fault_of(sina.faults, self.path, sina.met):
            if not fault(wire):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        head = wire.head(f"Content-Length: {len(answer.body)}")
        self.wfile.write(head + answer.body if with_body else head)

    def log_message(self, format: str, *args: object) -> None:
        """The access log is `SmallSina.requests`."""
