"""`python -m newsarchive.demo [--port N]`: serve the small Sina until Ctrl-C."""

from __future__ import annotations

import argparse
import threading

from newsarchive.demo import SmallSina
from newsarchive.demo.site import load_articles


def main() -> None:
    """Parse the options, serve, and stop quietly on Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m newsarchive.demo", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: any)")
    parser.add_argument("--slow", type=float, default=1.0, help="seconds the slow page takes")
    options = parser.parse_args()
    with SmallSina(options.port, slow=options.slow) as sina:
        here = f"http://127.0.0.1:{sina.port}"
        page = next(item for item in load_articles() if item.template == "T4" and item.paragraphs)
        path = page.url.removeprefix("https://finance.sina.com.cn")
        print(f"A small Sina listens on {here} (Ctrl-C ends it). Try:")
        print(f"  curl -H 'Host: finance.sina.com.cn' {here}{path}")
        print(
            "  curl -H 'Host: feed.mix.sina.com.cn' -e https://finance.sina.com.cn/ "
            f"'{here}/api/roll/get?pageid=155&lid=1686&num=5&page=1'",
            flush=True,
        )
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
