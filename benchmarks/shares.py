"""Where the time of a crawl goes: its samples, taken by py-spy, by what the code was about.

    python benchmarks/shares.py [PAGES]

Crawls PAGES (2,000) pages as `bench.py` does, without WARC files, and prints a table. A sample
counts for the innermost of its frames that is in the table below.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

import crawls
import origin
import processes

#: Samples a second.
_RATE = 200
#: What a frame's file, or its function, is about; the first that fits counts.
_ABOUT = {
    "syncing files, side by side in threads": r"_sync|_WorkItem|threading\.py",
    "writing posts": r"/archive/(?:atomic|post_files|exchange)|pathlib|concurrent",
    "ledger: commit": r"do_commit",
    "ledger: statements": r"/archive/(?:database|links|re|ver|schema|mom)|sqlalchemy",
    "store: deciding, naming, front matter": r"/archive/|slugify|post/(?:document|front_matter)",
    "bounds of hostile markup": r"bounds\.py",
    "extraction: lexbor's parsing, and reading its tree": r"newsarchive/sina/(?!encoding)",
    "body: what may stay, and back to text": r"newsarchive/(?:post/|pictures)",
    "decompressing, decoding": r"http_payload|sina/encoding|w3lib",
    "our spider, stages, middlewares, report": r"newsarchive/",
    "imports": r"importlib",
    "Twisted: HTTP and sockets": r"twisted/",
    "Scrapy": r"scrapy/",
    "asyncio": r"asyncio/",
}


def shares(samples: Path) -> Counter[str]:
    """How many samples were about what, of py-spy's raw format."""
    found: Counter[str] = Counter()
    for line in samples.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        if stack.rpartition(";")[2].startswith("_worker "):
            continue  # a thread that waits for work
        about = "the rest"
        for frame in reversed(stack.split(";")):
            fits = (name for name, pattern in _ABOUT.items() if re.search(pattern, frame))
            if name := next(fits, ""):
                about = name
                break
        found[about] += int(count)
    return found


def main(pages: int = 2_000) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        samples = folder / "samples"
        spy = [str(Path(sys.executable).with_name("py-spy")), "record", "--rate", str(_RATE)]
        processes.UNDER[:] = [*spy, "--format", "raw", "--output", str(samples), "--"]
        with origin.served(folder / "origin", pages) as port:
            crawls.whole(folder / "archive", port, pages, WARC_ENABLED=False)
        found = shares(samples)
    print("| | share | ms an article |\n|---|---:|---:|")
    for about, count in found.most_common():
        each = count / _RATE / pages * 1000
        print(f"| {about} | {count / found.total():.0%} | {each:.2f} |")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
