"""Pages opened in a real browser whose every request, wherever to, comes to a recorder.

The recorder is the browser's proxy. It also ends the TLS of every host, and so sees what a picture
or a style sheet is asked for as: the browser says it in Sec-Fetch-Dest.
"""

from __future__ import annotations

import json
import re
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import trustme

from tests.fork import PATIENCE

#: Debian's name, and others'.
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-extensions "
    "--disable-background-networking --disable-component-update --disable-sync "
    "--disable-default-apps --disable-features=HttpsUpgrades,OptimizationHints,MediaRouter "
    "--ignore-certificate-errors --hide-scrollbars --proxy-bypass-list=<-loopback>"
).split()
#: What the browser itself asks for, whatever page it shows.
_OWN = re.compile(r"(?:\A|\.)(?:google|googleapis|gstatic|gvt1|google-analytics)\.com\Z")
HOST = "posts.test"

#: Before each page, in its frame: what a reader could do is done once it has loaded.
_FRAME = """<!DOCTYPE html><meta charset="utf-8"><link rel="icon" href="data:,"><script>
addEventListener('load', () => setTimeout(() => {
  for (const element of document.querySelectorAll('*')) {
    for (const {name} of [...element.attributes]) {
      if (name.startsWith('on')) element.dispatchEvent(new Event(name.slice(2)));
    }
    const address = element.href?.baseVal ?? element.href ?? element.formAction ?? '';
    if (/^javascript:/i.test(String(address).replace(/[^!-~]/g, ''))) {
      element.dispatchEvent(new MouseEvent('click', {cancelable: true, bubbles: true}));
    }
  }
  setTimeout(() => top.settled?.(), 50);
}));
</script><body>"""
#: Around them all: `top.alert(number)` is the canary.
_TOP = """<!DOCTYPE html><meta charset="utf-8"><link rel="icon" href="data:,"><script>
const ran = [];
let open = COUNT;
alert = (number) => ran.push(number);
show = () => document.documentElement.dataset.ran = JSON.stringify([open, ran]);
settled = () => { open--; show(); };
</script><body>"""


class Request(NamedTuple):
    """One that the browser made: for which page is not known, but for what."""

    method: str
    url: str
    destination: str

    @property
    def is_https_image(self) -> bool:
        return (self.method, self.destination) == ("GET", "image") and self.url[:8] == "https://"


class Seen(NamedTuple):
    """What pages did: the numbers of those that ran something, and all requests."""

    ran: set[int]
    requests: list[Request]
    #: Pages that were opened and swept; others went elsewhere.
    settled: int


def find() -> str | None:
    """The path of a Chromium, or none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Recorder(ThreadingHTTPServer):
    """Serves *pages* by address, and notes every other request."""

    daemon_threads = True

    def __init__(self, pages: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages = pages
        self.requests: list[Request] = []
        # One certificate does for all hosts: the browser is told not to mind.
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("any.test").configure_cert(self.tls)

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser closes connections as it likes."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Recorder
    origin = ""

    def do_CONNECT(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.origin = f"https://{self.path.removesuffix(':443')}"
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", 0)
        self.close_connection = False

    def finish(self) -> None:
        super().finish()
        self.connection.close()  # that of the TLS, where there is one

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        url = self.origin + self.path
        page = self.server.pages.get(url)
        host = re.sub(r"\A\w+://|[:/].*", "", url)
        if page is None and not _OWN.search(host):
            destination = self.headers["Sec-Fetch-Dest"] or ""
            self.server.requests.append(Request(self.command, url, destination))
        data = (page or "").encode("utf-8", "replace")
        self.send_response(200 if page is not None else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_HEAD = do_PUT = do_OPTIONS = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Nothing to say."""


@contextmanager
def recording(pages: dict[str, str]) -> Iterator[Recorder]:
    """A recorder at work, for a browser whose proxy it is."""
    with Recorder(pages) as recorder:
        threading.Thread(target=recorder.serve_forever, daemon=True).start()
        yield recorder
        recorder.shutdown()


def look(browser: str, pages: Sequence[str], profile: Path, *options: str) -> Seen:
    """Open *pages*, each in a frame of its own; `top.alert(number)` in one tells that it runs.

    *profile* is the browser's folder, a new one.
    """
    frames = "".join(f'<iframe src="/{number}"></iframe>' for number in range(len(pages)))
    served = {f"http://{HOST}/{number}": _FRAME + page for number, page in enumerate(pages)}
    top = f"http://{HOST}/"
    served[top] = _TOP.replace("COUNT", str(len(pages))) + frames
    with recording(served) as recorder:
        command = [
            *(browser, *FLAGS, f"--user-data-dir={profile}"),
            f"--proxy-server=127.0.0.1:{recorder.server_address[1]}",
            *("--virtual-time-budget=15000", *(options or ["--dump-dom"]), top),
        ]
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
    shown = re.search(r'data-ran="([^"]*)"', done.stdout.decode("utf-8", "replace"))
    open_, ran = json.loads(shown[1]) if shown else (len(pages), [])
    return Seen(set(ran), recorder.requests, len(pages) - open_)
