"""`scrapy search`: articles by what they say."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import closing

from newsarchive import clock, refresh
from newsarchive.archive import harmless, query, snippet
from newsarchive.archive.derived import Unusable
from newsarchive.archive.index import Wanted
from newsarchive.archive.indexing import channel_facet, symbol_facet
from newsarchive.archive.schema import Row
from newsarchive.archive.snippet import Snippet
from newsarchive.archive.store import Store
from newsarchive.cli import ArchiveCommand, add_choice, choice_of, complain
from newsarchive.exceptions import BadArgument, BadInput, ExitCode, StorageError
from newsarchive.log import visible
from newsarchive.sina import reading
from newsarchive.spiders.arguments import number

_SORTS = ("newest", "rank")
_FORMATS = ("text", "json")
#: Around a hit: on a terminal bold red, else signs.
_COLOURS, _SIGNS = ("\x1b[1;31m", "\x1b[0m"), ("【", "】")


class Command(ArchiveCommand):
    """Prints the articles that fit, each with the place of its first hit."""

    arguments = sys.maxsize

    def syntax(self) -> str:
        return '[options] <word> ["phrase"] [AND|OR|NOT] …'

    def short_desc(self) -> str:
        return "Find articles by words and phrases, Chinese ones included"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        add_choice(parser)
        parser.add_argument(
            "--symbol", metavar="CODE", help="only what names it: sz300059, 300059.SZ"
        )
        parser.add_argument(
            "--sort",
            metavar="NAME",
            default="newest",
            help="newest (without it) or rank: hits in titles first",
        )
        parser.add_argument("--limit", metavar="N", default="10", help="how many articles (10)")
        parser.add_argument(
            "--format", metavar="NAME", default="text", help="text (without it) or json"
        )

    def work(self, opts: argparse.Namespace, *args: str) -> None:
        for name, known in (("sort", _SORTS), ("format", _FORMATS)):
            if getattr(opts, name) not in known:
                raise BadArgument(f"--{name} {getattr(opts, name)}: there are {', '.join(known)}")
        unknown = [word for word in args if word.startswith("--")]
        if unknown:
            raise BadArgument(f"unknown argument: {unknown[0]}")
        limit = number("--limit", opts.limit)
        assert limit is not None
        choice = choice_of(opts)
        facets = {channel_facet(choice.channel)} if choice.channel is not None else set()
        facets |= {symbol_facet(opts.symbol)} if opts.symbol is not None else set()
        wanted = Wanted(choice.since, choice.until, frozenset(facets))
        asked = query.parse(" ".join(args))
        phrases = query.phrases(asked)
        with closing(self.store()) as store:
            found = self._found(store, asked, wanted, limit + 1, ranked=opts.sort == "rank")
            show = _json if opts.format == "json" else _text
            for row, title, text in self._articles(store, found[:limit]):
                show(row, snippet.whole(title, phrases), snippet.piece(text, phrases))
        if opts.format == "text" and not found:
            print("nothing found")
        elif opts.format == "text" and len(found) > limit:
            print(f"There are more: --limit {limit * 10}")

    def _found(
        self, store: Store, asked: query.Query, wanted: Wanted, limit: int, *, ranked: bool
    ) -> list[str]:
        try:
            with refresh.index(self, store) as index:
                return index.find(asked, wanted, limit, ranked=ranked)
        except Unusable as error:
            complain(f"the index is damaged ({error}): it is made anew")
        try:
            with refresh.index(self, store, anew=True) as index:
                return index.find(asked, wanted, limit, ranked=ranked)
        except Unusable as error:
            raise StorageError(f"the index: {error}") from error

    def _articles(self, store: Store, doc_ids: list[str]) -> Iterator[tuple[Row, str, str]]:
        """The ledger's row, the title and the text of each; '' for a text that cannot be read."""
        rows = {row["doc_id"]: row for row in store.ledger.some(doc_ids)}
        for doc_id in doc_ids:
            if row := rows.get(doc_id):
                try:
                    post = store.read(row)
                    yield row, post.title, reading.text(post.body)
                except (BadInput, StorageError) as error:
                    complain(f"cannot be shown: {row['path']}: {error}")
                    self.exitcode = int(ExitCode.SOME_FAILED)
                    yield row, row["title"], ""


def _text(row: Row, title: Snippet, text: Snippet) -> None:
    date = row["date"].astimezone(clock.SHANGHAI)
    print(f"{date:%Y-%m-%d %H:%M}  {_told(title)}")
    print(f"  {row['doc_id']}  {visible(row['channel']) or '-'}  {visible(row['path'])}")
    if text.text:
        print(f"  {_told(text)}")


def _told(found: Snippet) -> str:
    signs = _COLOURS if sys.stdout.isatty() else _SIGNS
    return snippet.marked(found, *signs, visible)


def _json(row: Row, title: Snippet, text: Snippet) -> None:
    told = {name: row[name] or None for name in ("doc_id", "channel", "path", "url")}
    told |= {"title": title.text, "date": clock.iso(row["date"])}
    told |= {"snippet": text.text, "hits": text.hits, "title_hits": title.hits}
    print(harmless.dumps(told))
