"""How fast news-please crawls the same pages: its own crawl beside ours.

    python -m venv FOLDER && FOLDER/bin/pip install news-please
    python benchmarks/news_please.py FOLDER/bin/python [--pages 100] [--rounds 3]

It has the configuration that it comes with, without pictures, and is given the address of every
page (its crawler `Download`); it keeps the page, and a JSON file of what it found in it. Ours finds
the pages in the list, and keeps WARC, posts and ledger. Neither makes a pause. Every round runs
both, one after the other; printed are the medians of all rounds, and of their ratios. Seconds are
the spiders' own, from opening to closing.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from configparser import RawConfigParser
from pathlib import Path

import crawls
import origin
import processes
from crawls import Crawl

_WHERE = "import newsplease; print(newsplease.__path__[0])"
#: Its own four, the first of them without pictures.
_EXTRACTORS = [
    *("newspaper_extractor_no_images", "readability_extractor"),
    *("date_extractor", "lang_detect_extractor"),
]


def theirs(python: str, folder: Path, port: int, pages: int) -> Crawl:
    """*pages* articles by the news-please that *python* has, into the new *folder*."""
    package = Path(subprocess.check_output([python, "-c", _WHERE], text=True).strip())  # noqa: S603
    told = RawConfigParser()
    told.read(package / "config/config.cfg", "utf-8")
    told["Files"]["working_path"] = str(folder)
    told["ArticleMasterExtractor"]["extractors"] = str(_EXTRACTORS)
    folder.mkdir()
    config, sites = folder / "config.cfg", folder / "sitelist.hjson"
    with config.open("w", encoding="utf-8") as file:
        told.write(file)
    urls = [f"http://127.0.0.1:{port}{path}" for path in origin.paths(pages)]
    sites.write_text(json.dumps({"base_urls": [{"crawler": "Download", "url": urls}]}))
    # What its launcher starts for a site; the launcher itself looks every ten seconds for the end.
    line = [python, str(package / "single_crawler.py"), str(config), str(sites), "0"]
    took = processes.run([*line, "False", "False"], folder)
    found = [json.loads(path.read_bytes()) for path in (folder / "data").rglob("*.json")]
    assert len(found) == pages, took.told[-3000:]
    assert all(article["maintext"] for article in found)
    return crawls.crawl(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("python", help="of the environment that has news-please")
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    told = parser.parse_args()
    both: list[tuple[Crawl, Crawl]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        with origin.served(folder / "origin", told.pages) as port:
            for number in range(told.rounds):
                other = theirs(told.python, folder / "theirs", port, told.pages)
                ours = crawls.whole(folder / "ours", port, told.pages, SECOND_PROCESS=True)
                both.append((other, ours))
                rates = " against ".join(f"{told.pages / run.seconds:.2f}/s" for run in both[-1])
                print(f"round {number + 1}: {rates}", file=sys.stderr)
                for each in ("theirs", "ours"):
                    shutil.rmtree(folder / each)
    print("| | articles/s | CPU an article, ms | memory, MB |\n|---|---:|---:|---:|")
    for who, runs in zip(("news-please", "the crawl, with WARC files, SECOND_PROCESS"), zip(*both)):
        rate = statistics.median(told.pages / run.seconds for run in runs)
        cpu = statistics.median(run.cpu / told.pages * 1000 for run in runs)
        memory = statistics.median(run.memory / 1e6 for run in runs)
        print(f"| {who} | {rate:.2f} | {cpu:.1f} | {memory:.0f} |")
    ratio = statistics.median(other.seconds / ours.seconds for other, ours in both)
    print(f"\nOurs is {ratio:.0f} times as fast, starts not included.")


if __name__ == "__main__":
    main()
