"""A line that can be cut: a TCP proxy on loopback that hangs up, or swallows what it takes."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Proxy:
    """Leads its own `port` to *port*, until told otherwise. Every thread of it is a daemon."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._open = threading.Event()
        self._open.set()
        self._lines: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def swallow(self) -> None:
        """Take what is sent, and send nothing on: nobody hears of it."""
        self._open.clear()

    def drop(self) -> None:
        """Hang up on everybody, once."""
        lines, self._lines = self._lines, []
        for line in lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Lead on again who comes anew; what was swallowed is lost."""
        self.drop()
        self._open.set()

    def close(self) -> None:
        self._server.close()
        self.drop()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._server.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", self._target), timeout=5)
                except OSError:
                    near.close()
                    continue
                far.settimeout(None)
                self._lines += [near, far]
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._lead, args=pair, daemon=True).start()

    def _lead(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if self._open.is_set():
                    target.sendall(data)
        for line in (source, target):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        source.close()
