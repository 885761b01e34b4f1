"""What commands, logs and exports print of what others wrote: nothing that cannot be seen."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsarchive import clock, log
from newsarchive.archive import harmless
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.store import Store
from newsarchive.demo.site import Answer
from newsarchive.items import Article
from newsarchive.log import OneLine, visible
from newsarchive.post.front_matter import one_line
from tests.archive.small import copied
from tests.commands.archives import command
from tests.running import Site, crawl, reports, scrapy
from tests.security.names import DAY, check_is_visible
from tests.spiders.answers import answer, listed

MARKED = "kqtesta0000701"
WRITTEN = "\x1b[2J\x1b]0;pwned\x07\x9b31m\u202e\u2066\x7f\r\n\x08题"


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small archive in which everything that others write has such marks in it."""
    root = copied(tmp_path_factory, tmp_path_factory.mktemp("marked") / "archive")
    with closing(Ledger(f"sqlite:///{root / 'ledger.db'}")) as opened:
        store = Store(root, opened)
        for version in "12":
            title = one_line(f"{version} {WRITTEN}")  # no other is stored
            body = f"<p>{title} {WRITTEN}</p>".replace("\r", "")
            article = Article(title, body, MARKED, date=clock.http_date(DAY))
            article.url = article.source = article.editor = WRITTEN
            article.digest = version
            article.fetched_at = DAY
            store.put(article)
        for _ in range(3):
            opened.missing(MARKED, DAY, WRITTEN, 1, pause=timedelta(), due_at=None)
    stray = root / "posts" / "2021" / "08" / "05" / f"{WRITTEN.replace('/', '')}.html"
    stray.write_text("x")
    for path in reports(root):
        told = json.loads(path.read_bytes()) | {"stale_lists": [WRITTEN], "layouts": {}}
        path.write_text(json.dumps(told))
    return root


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (f"history {MARKED}", "\\u202e"),
        (f"history --diff {MARKED}", "  +2 "),
        ("history kqtesta\x1b[2J", "\\x1b[2J"),
        ("status", "attention: lists that stand still: \\x1b[2J"),
        ("verify", "\\u202e"),
        ("export", "\\u202e"),
    ],
)
def test_a_command_writes_only_what_can_be_seen(marked: Path, line: str, shown: str) -> None:
    done = command(*line.split(" "), archive=marked)
    assert shown in done.out + done.err
    check_is_visible(done.out + done.err)


@pytest.fixture(scope="module")
def redirected() -> Iterator[Site]:
    """A site whose lists lead to an address that Python complains of, as it is."""
    place = "//\u2100\u202e\x9b31m/".encode().decode("latin-1") + "\x1b[2J"

    def answers(host: str, path: str, query: str) -> Answer | None:
        return answer("", 302, Location=place) if listed(host, path, query) else None

    with Site(answers) as site:
        yield site


def test_a_check_shows_a_servers_words_harmlessly(redirected: Site, tmp_path: Path) -> None:
    args = ("channels", "--check", "--only", "china")
    done = scrapy(*args, archive=tmp_path / "archive", port=redirected.port)
    assert "leads to no address" in done.out
    assert "\\u202e" in done.out
    check_is_visible(done.out + done.err)


def test_a_crawl_shows_a_servers_words_harmlessly(redirected: Site, tmp_path: Path) -> None:
    args = ("-a", "channels=china", "-s", "FAILURES_MAX=1")
    done = crawl(tmp_path / "archive", redirected, *args)
    assert done.err.count("\\u202e") == 3  # the miss, the end of the run, and the command
    check_is_visible(done.out + done.err)
    (report,) = reports(tmp_path / "archive")
    check_is_visible(report.read_text("utf-8"))


def test_a_stage_that_breaks_names_the_file_harmlessly() -> None:
    item = Article("x", "x", path=f"{WRITTEN}.html")
    result = OneLine().item_error(item, ValueError(), None, None)  # type: ignore[arg-type]
    check_is_visible(logging.LogRecord("x", 40, "", 0, result["msg"], result["args"], None).msg)
    check_is_visible(result["msg"] % result["args"])


def test_every_line_of_the_log_is_harmless() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    with patch.object(log, "get_scrapy_root_handler", lambda: handler):
        OneLine.from_crawler(None)  # type: ignore[arg-type]
    try:
        raise ValueError(WRITTEN)
    except ValueError:
        record = logging.LogRecord("x", 40, "", 0, "%s", (WRITTEN,), sys.exc_info())
    handler.handle(record)
    assert "ValueError: \\x1b[2J" in stream.getvalue()
    check_is_visible(stream.getvalue())


@given(st.text(st.characters()))
@example(WRITTEN)
def test_what_is_written_as_json_is_read_back(text: str) -> None:
    told = harmless.dumps({text: [text]})
    assert json.loads(told) == {text: [text]}
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f]", told)


@pytest.mark.parametrize(
    "char", "\x7f\x85\xad\u061c\u180e\u200b\u200f\u2028\u202e\u2060\u2069\u206f\ufeff\ufff9"
)
def test_json_shows_what_cannot_be_seen(char: str) -> None:
    assert harmless.dumps(char) == f'"\\u{ord(char):04x}"'


@given(st.text(st.characters()))
def test_what_is_visible_is_one_line(text: str) -> None:
    assert not re.search(
        "[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", visible(text)
    )
