"""What it costs to unpack and decode a gzipped page: in Scrapy's middleware, and where we read it.

    python benchmarks/unpack.py

Prints CPU per page of both, in one run, and the ratio. The page is made of several of
the small Sina's, 83 kB in all, and sent with `Content-Type: text/html` and no charset.
"""

from __future__ import annotations

import gzip
import statistics
import time
from collections.abc import Callable

from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.http import HtmlResponse
from scrapy.utils.test import get_crawler

from newsarchive import clock
from newsarchive.demo.site import load_articles
from newsarchive.demo.templates import render
from newsarchive.spiders.answers import answered

ROUNDS = 7
PAGES = 40


def page() -> bytes:
    """83 kB of UTF-8 HTML that compresses as a real page does: many articles, one after another."""
    pages = [render(item) for item in load_articles() if item.template == "T4"]
    head, _, tail = pages[0].rpartition(b"</body>")
    bodies = [html.partition(b"<body")[2] for html in pages[1:]]
    return (head + b"".join(bodies))[: 83_000 - len(tail)] + b"</body>" + tail


def cpu_per_page(text_of: Callable[[Request, HtmlResponse], str]) -> float:
    """Milliseconds of CPU that one page takes, the text read once, as a spider does."""
    request = Request("https://finance.sina.com.cn/x.shtml", meta={"received_at": clock.now()})
    body = gzip.compress(page())
    headers = {"Content-Type": "text/html", "Content-Encoding": "gzip"}
    begun = time.process_time()
    for _ in range(PAGES):
        assert text_of(
            request, HtmlResponse(request.url, headers=headers, body=body, request=request)
        )
    return (time.process_time() - begun) / PAGES * 1000


def main() -> None:
    middleware = HttpCompressionMiddleware.from_crawler(get_crawler())

    def theirs(request: Request, response: HtmlResponse) -> str:
        found = middleware.process_response(request, response)
        assert isinstance(found, HtmlResponse)
        return found.text

    def ours(_: Request, response: HtmlResponse) -> str:
        return answered(response).text()

    pairs = [(cpu_per_page(theirs), cpu_per_page(ours)) for _ in range(ROUNDS)]
    print(f"Scrapy's: {statistics.median(a for a, _ in pairs):.2f} ms a page")
    print(f"ours:     {statistics.median(b for _, b in pairs):.2f} ms a page")
    print(f"ratio:    {statistics.median(a / b for a, b in pairs):.1f}")


if __name__ == "__main__":
    main()
