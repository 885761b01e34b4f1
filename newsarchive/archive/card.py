"""The data card beside an export: what is in it, how it was made, and what it is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from newsarchive import __version__

#: What each field means.
MEANINGS = {
    "doc_id": "Sina's id of the document, the key; of a post without one 16 digits of a hash",
    "url": "canonical address, https",
    "title": "title, as the page has it",
    "published_at": "when it was published, by the page",
    "updated_at": "the page's own word on its last change",
    "listed_at": "when it was published, by the list that named it first",
    "first_seen_at": "when the archive first met the article, by list or page; never rewritten",
    "seen_at": "when the archive first had this version",
    "fetched_at": "when the page of this version was fetched",
    "served_at": "the site's own clock at that time, by its Date header",
    "gone_at": "since when the site no longer has it, as far as is known",
    "date": "the date of the post: of publication, as well as is known",
    "raw_clocks": "the times as page and list wrote them; China time where they name no zone",
    "source": "the medium that the page names",
    "editor": "the editor that the page names, with the staff code",
    "author": "the author of the post; 新浪财经 for what was crawled",
    "channel": "the list that first named it",
    "categories": "categories of the post",
    "keywords": "keywords, as the page has them",
    "symbols": "the securities that the page names, as Sina writes them: sz300059, usstock:JPM",
    "tickers": "the same in the exchange's form, where it is known: 300059.SZ, JPM.US",
    "original_title": "the title where it was first printed, by the text (原标题)",
    "column_ids": "Sina's columns, the main one first",
    "headimg": "address of the first picture",
    "body_text": "the text, a paragraph a line, without promotion, charts, disclaimers and quotes",
    "body_html": "the body of the post, cleaned HTML",
    "layout": "the page template it was read by",
    "origin": "crawl; backfill: by a range of days or a file of addresses; replay: from files",
    "path": "the file in the archive",
    "revision": "number of the version, from 1",
    "cause": "what is new in this version: site, or extraction: the page was read anew",
    "sha256": "SHA-256 of the file, hex",
    "warc_file": "the WARC file with the page as it came",
    "warc_offset": "where in it, in bytes",
    "cluster": "the first article with the same text, by doc_id; null where all versions are here",
    "duplicate_of": "the same, null for the first itself",
    "replaced_at": "when the next version took its place; null for the current one",
    "absences": "each time that the site did not have it: since when, when that was known, when "
    "it was back",
}

#: How a card begins.
OPENING = "---\npretty_name: Sina Finance articles (新浪财经), archived by newsarchive\n"

_CARD = (
    OPENING
    + """\
language:
- zh
license: other
license_name: no-redistribution
tags:
- finance
- news
size_categories:
- {size}
configs:
- config_name: default
  data_files:
  - split: train
    path: data/*/*.parquet
---

# Sina Finance articles (新浪财经)

{count} rows, by date and id, one for each {unit}, from an archive of Sina Finance. Written by
newsarchive {version}:

    {command}

## Files

`data/month=2021-08/articles.parquet` has the rows whose `date` is in that month in China (UTC+8).
`months.json` has their checksums, and what the next export needs to keep what is still the same.
Times are UTC to the millisecond. What is not known is null, a list without items empty.

## Fields

| field | type | meaning |
|---|---|---|
{fields}

## Rows by channel and year of `date` in China

{counts}

## Licence

The articles belong to whoever wrote them. This is an archive for your own use: no licence to
redistribute it comes with it.

## Known limits

- It holds what the archive met, no more: an article that was gone before, or that no list named,
  is not there. {left_out} that fitted could not be read and were left out.
- What was fetched late (`origin` is backfill or replay) is as it was then, not as it was published;
  `first_seen_at` says since when the archive knew of it.
- `gone_at` is known of articles that were asked for again, and as exactly as they were.
- `body_text` is made by rules, `symbols` are those that the page itself names.
"""
)

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


class Tally:
    """Counts the rows that are written; *seen* is told of how many more, each time."""

    def __init__(self, seen: Callable[[int], object] = lambda count: None) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._seen = seen
        self.left_out = 0  #: rows that could not be read

    def add(self, counts: Mapping[tuple[str, str], int]) -> None:
        """So many more rows, by channel and month."""
        self._counts.update(counts)
        self._seen(sum(counts.values()))

    def card(self, types: Mapping[str, str], command: str) -> str:
        """The data card, Markdown behind a YAML header as Hugging Face reads it.

        *types* has the fields with the name of their type, *command* what made the export. The same
        rows give the same card: nothing in it says when it was written.
        """
        count = self._counts.total()
        return _CARD.format(
            size=next((name for bound, name in _SIZES if count < bound), "n>1M"),
            count=f"{count:,}",
            unit="version of an article" if "replaced_at" in types else "article",
            version=__version__,
            command=command,
            fields="\n".join(f"| `{n}` | {kind} | {MEANINGS[n]} |" for n, kind in types.items()),
            counts=self._table(),
            left_out=f"{self.left_out:,}",
        )

    def _table(self) -> str:
        counts: Counter[tuple[str, str]] = Counter()
        for (name, month), count in self._counts.items():
            counts[name, month[:4]] += count
        channels, years = (sorted({key[place] for key in counts}) for place in (0, 1))
        lines = [["channel", *years, "all"], ["---", *["---:"] * (len(years) + 1)]]
        for channel in (*channels, "all"):
            of_it = [
                sum(counts[name, year] for name in channels if channel in (name, "all"))
                for year in years
            ]
            lines.append([channel, *(f"{count:,}" for count in (*of_it, sum(of_it)))])
        return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
