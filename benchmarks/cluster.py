"""How several workers share a crawl, and what it costs a worker to claim what it asks for.

    python benchmarks/cluster.py LEDGER_URL CLUSTER_URL [PAGES]

Crawls so many pages (600) of some 83 kB each from a server in a process of its own, without a rate
limit, into an empty archive and an empty schema of the PostgreSQL that LEDGER_URL names: by a run
that is alone (its queue is in memory), by one worker (which claims), and by two. The server answers
at once, or after 50 ms, as one that is not on the same machine does. Prints pages a second, from
the first answer to the last, the median of three rounds, and how one compares with the other.
"""

from __future__ import annotations

import gzip
import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from zlib import crc32

import sqlalchemy as sa

from newsarchive import clock
from newsarchive.demo.handler import LOOPBACK
from newsarchive.demo.site import load_articles
from newsarchive.demo.templates import render
from newsarchive.sina import article

ROUNDS = 3
SIZE = 83_000
SCHEMA = "newsarchive_benchmark"
ADDRESS = "https://finance.sina.com.cn/china/2026-01-01/doc-ikqtestb{:07}.shtml"
ROOT = Path(__file__).parent.parent


def pages() -> list[bytes]:
    """Pages as a server sends them."""
    articles = [item for item in load_articles() if item.template == "T4" and item.paragraphs]
    found = []
    for page in map(render, articles):
        if article.parse(page.decode(), ADDRESS.format(0)).published_at is None:
            continue  # its list would have told it
        filler = (f"<!-- {'x' * 76} -->\n" * ((SIZE - len(page)) // 86)).encode()
        found.append(gzip.compress(page.replace(b"</body>", filler + b"</body>"), 6))
    return found


def serve(port: Connection, wait: float) -> None:
    """Answer every address with a page, *wait* seconds later."""
    bodies = pages()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            robots = self.path == "/robots.txt"
            body = b"" if robots else bodies[crc32(self.path.encode()) % len(bodies)]
            time.sleep(wait)
            self.send_response(200)
            if not robots:
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port.send(server.server_address[1])
    server.serve_forever()


def rate(folder: Path, url: str, cluster: str, port: int, workers: int, count: int) -> float:
    """Pages a second of a crawl by so many *workers*, of *count* pages."""
    archive = folder / "archive"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
        connection.execute(sa.text(f"CREATE SCHEMA {SCHEMA}"))
    ledger = engine.url.update_query_dict({"options": f"-csearch_path={SCHEMA}"})
    settings = {
        **LOOPBACK,
        "DEMO_PORT": port,
        "DOWNLOAD_DELAY": 0,
        "ARCHIVE_DIR": archive,
        "LEDGER_URL": ledger.render_as_string(hide_password=False),
        "CLUSTER_URL": cluster,
    }
    line = [
        sys.executable,
        "-m",
        "scrapy",
        "crawl",
        "sina_finance",
        "-a",
        f"urls={folder / 'urls'}",
    ]
    for name, value in settings.items():
        line += ["-s", f"{name}={json.dumps(value) if isinstance(value, dict) else value}"]
    processes = [
        subprocess.Popen(line, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)  # noqa: S603
        for _ in range(workers)
    ]
    for process in processes:
        _, told = process.communicate()
        if process.returncode:
            sys.exit(told.decode(errors="replace")[-3000:])
    stored = sum(1 for _ in (archive / "posts").rglob("*.html"))
    if stored != count:
        sys.exit(f"{stored} of {count} pages were archived")
    with engine.begin() as connection:
        query = f"SELECT min(fetched_at), max(fetched_at) FROM {SCHEMA}.article"  # noqa: S608
        begun, ended = map(clock.from_iso, connection.execute(sa.text(query)).one())
        connection.execute(sa.text(f"DROP SCHEMA {SCHEMA} CASCADE"))
    engine.dispose()
    shutil.rmtree(archive)
    return count / (ended - begun).total_seconds()


def measure(folder: Path, url: str, cluster: str, wait: float, count: int) -> None:
    """Print how the three ways compare."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs, wait), daemon=True)
    server.start()
    port = ours.recv()
    ways = {"in memory": (1, ""), "1 worker": (1, cluster), "2 workers": (2, cluster)}
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, (workers, shared) in ways.items():
            took[name].append(rate(folder, url, shared, port, workers, count))
    server.kill()
    middle = {name: statistics.median(rates) for name, rates in took.items()}
    print(f"answers after {1000 * wait:.0f} ms, load {os.getloadavg()[0]:.1f}:")
    for name, rates in took.items():
        print(f"  {name}: {middle[name]:.1f} pages/s ({', '.join(f'{r:.1f}' for r in rates)})")
    print(
        f"  claims against memory {middle['1 worker'] / middle['in memory']:.2f}, "
        f"2 workers against 1 {middle['2 workers'] / middle['1 worker']:.2f}",
        flush=True,
    )


def main() -> None:
    """Measure, and say how it went."""
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    url, cluster = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 600
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        addresses = (ADDRESS.format(number) for number in range(count))
        (folder / "urls").write_text("\n".join(addresses), "utf-8")
        for wait in (0, 0.05):
            measure(folder, url, cluster, wait, count)


if __name__ == "__main__":
    main()
