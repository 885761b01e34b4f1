"""A Sina of pages of the real size, served faster than any crawl can ask.

By nginx where the system has it, else by a process of ours that has every answer ready. The pages
are gzipped beforehand, as Sina sends them: articles of the small Sina's templates, each filled up
to the size of a real page (83 kB) with lists of links, as a real page is; and the list that names
them, 50 rows a page.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cache
from http import HTTPStatus
from pathlib import Path

from newsarchive.demo.lists import article_row
from newsarchive.demo.site import SPECIALS, load_articles
from newsarchive.demo.templates import render

HOST = "finance.sina.com.cn"
#: Bytes of a page before it is gzipped.
SIZE = 83_000
#: The list that names the pages: of the channel `gncj`.
LID = 1686
_ROWS = 50
_NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; root {folder}/www;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{port};
    default_type "text/html; charset=utf-8";
    location = /api/roll/get {{ default_type application/json; try_files /lists/$arg_page =404; }}
    location / {{ gzip_static always; gunzip off; }}
  }}
}}
"""


def paths(count: int) -> list[str]:
    """The addresses of the pages, without the host."""
    return [f"/china/gncj/2026-08-24/doc-ikqbench{number:07}.shtml" for number in range(count)]


@cache
def pages(count: int) -> dict[str, bytes]:
    """Plain pages by path."""
    odd = {special.doc_id for special in SPECIALS.values()}
    known, dice = load_articles(), random.Random(20260806)
    plain = [item for item in known if item.doc_id not in odd]
    articles = [item for item in plain if item.template == "T4" and item.paragraphs]
    made = {}
    for number, path in enumerate(paths(count)):
        like = articles[number % len(articles)]
        item = replace(like, doc_id=f"kqbench{number:07}", url=f"https://{HOST}{path}")
        page = render(replace(item, title=f"{item.title}（{number}）"), "T4", 1)
        links, room = [], SIZE - len(page)
        while room > 0:
            to = dice.choice(known)
            links.append(f'<li><a href="{to.url}?cid={dice.randrange(10**6)}">{to.title}</a></li>')
            room -= len(links[-1].encode()) + 1
        lists = "\n".join(links)
        made[path] = page.replace(b"</body>", f"<ul>{lists}</ul>\n</body>".encode())
    return made


def lists(count: int) -> list[bytes]:
    """The list's pages, the empty one behind the last included."""
    like = load_articles()[0]
    rows = []
    for number, path in enumerate(paths(count)):
        item = replace(like, doc_id=f"kqbench{number:07}", url=f"https://{HOST}{path}")
        rows.append(
            article_row(replace(item, published=like.published - timedelta(seconds=number)), LID)
        )
    answers = []
    for start in range(0, count + _ROWS, _ROWS):
        result = {
            "status": {"code": 0, "msg": "succ"},
            "total": str(count),
            "lid": str(LID),
            "data": rows[start : start + _ROWS],
        }
        answers.append(json.dumps({"result": result}).encode())
    return answers


@contextmanager
def served(folder: Path, count: int) -> Iterator[int]:
    """The port of a server of *count* pages on loopback, a process of its own with its files in
    *folder*, which is new."""
    folder.mkdir()
    folder.chmod(0o755)  # nginx's workers have another user
    line = [sys.executable, __file__, str(folder), str(count)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        port = int(process.stdout.readline())
        try:
            _await(port)
            yield port
        finally:
            process.terminate()


def main(folder: Path, count: int) -> None:
    """Make the pages, say the port, and become the server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    files = {f"/lists/{number}": page for number, page in enumerate(lists(count), 1)}
    zipped = {path: gzip.compress(page, 6) for path, page in pages(count).items()}
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if nginx is None:
        print(port, flush=True)
        _serve(port, files, zipped)
        return
    for path, page in (*files.items(), *((f"{path}.gz", page) for path, page in zipped.items())):
        (place := folder / "www" / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(page)
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, port=port))
    print(port, flush=True)
    os.execv(  # noqa: S606
        nginx, [nginx, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    )


def _await(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise SystemExit("the server does not listen")


def _serve(port: int, files: dict[str, bytes], zipped: dict[str, bytes]) -> None:
    """Answers that are ready, by what stands in the request's first line."""
    json_type, html = "application/json", "text/html; charset=utf-8\r\nContent-Encoding: gzip"
    ready = {path: _answer(200, json_type, body) for path, body in files.items()}
    ready |= {path: _answer(200, html, body) for path, body in zipped.items()}
    missing = _answer(404, "text/plain", b"")

    class Connection(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport, self.left = transport, b""

        def data_received(self, data: bytes) -> None:
            *requests, self.left = (self.left + data).split(b"\r\n\r\n")
            for request in requests:
                path, _, query = request.split(b" ", 2)[1].decode().partition("?")
                page = dict(each.partition("=")[::2] for each in query.split("&")).get("page")
                answer = ready.get(f"/lists/{page}" if page else path, missing)
                assert isinstance(self.transport, asyncio.Transport)
                self.transport.write(answer)

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", port)
        await server.serve_forever()

    asyncio.run(run())


def _answer(status: int, kind: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: {kind}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
