"""What is fuzzed: one function a target. Bytes in; an AssertionError, or any error that the
target's documentation does not name, is a finding."""

from __future__ import annotations

import html
import io
import re
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import PurePosixPath

from newsarchive import clock
from newsarchive.archive import naming, warc
from newsarchive.archive.http_payload import PAYLOAD_MAX
from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import DOC_ID, Article
from newsarchive.post import body, document, front_matter
from newsarchive.sina import article, encoding, flash, listing, reading, saved, urls
from newsarchive.sina.channels import BY_NAME
from newsarchive.spiders import context
from tests.inspection import element_faults, faults, lexbor_elements

URL = "https://finance.sina.com.cn/china/2021-08-06/doc-ikztesta0000001.shtml"
DAY = datetime(2021, 8, 6, tzinfo=clock.UTC)
_PATH = re.compile(r"posts/\d{4}/\d\d/\d\d/[a-z0-9]+(-[a-z0-9]+)*\.html", re.ASCII)


@contextmanager
def allowed(*reasons: Reason) -> Iterator[None]:
    """BadInput for one of *reasons* is an answer."""
    try:
        yield
    except BadInput as error:
        if error.reason not in reasons or "\n" in str(error):
            raise AssertionError(f"not as documented: {error}") from error


def post(data: bytes) -> None:
    """A post: what is read is written, and read again."""
    with allowed(Reason.BAD_ENCODING, Reason.TRUNCATED, Reason.BAD_FRONT_MATTER, Reason.NO_TITLE):
        read = document.read(data)
        _named(read.title, DAY if not read.date else clock.parse_http_date(read.date))
        _written(read)


def front(data: bytes) -> None:
    """A front matter: what is read survives in a post."""
    with allowed(Reason.BAD_FRONT_MATTER, Reason.NO_TITLE, Reason.TRUNCATED):
        read = front_matter.read(data.decode("utf-8", "replace"))
        for text in (read.title, read.author, read.headimg, *read.categories):
            assert text == front_matter.one_line(text)
        read.body = "<p>字</p>"
        _written(read)


def rows(data: bytes) -> None:
    """A list: of links that are what they say, in either form of a list."""
    text, _ = encoding.decode(data)
    for channel in (BY_NAME["china"], BY_NAME["c-company"]):
        with allowed(Reason.BAD_LISTING):
            found = listing.parse(text, channel)
            assert len(found.links) + len(found.foreign) <= found.rows
            assert len({link.doc_id for link in found.links}) == len(found.links)
            assert found.times.keys() == {link.doc_id for link in found.links}
            for link in found.links:
                _identified(link.doc_id, link.url)


def feed(data: bytes) -> None:
    """The 7x24 feed: flashes whose text is text."""
    text, _ = encoding.decode(data)
    with allowed(Reason.BAD_LISTING):
        found = flash.parse(text)
        assert len(found.articles) + len(found.misses) <= found.rows
        for item in found.articles:
            assert item.doc_id
            _identified(item.doc_id, item.url)
            _named(item.title, item.published_at)


#: What a page may be told to be.
_NO_ARTICLE = (
    Reason.NOT_FOUND,
    Reason.BLOCKED,
    Reason.NOT_ARTICLE,
    Reason.TRUNCATED,
    Reason.NO_BODY,
    Reason.NO_TITLE,
)


def page(data: bytes) -> None:
    """A page: an article that is what it says."""
    text, name = encoding.decode(data)
    assert encoding.decode(data) == (text, name)
    with allowed(*_NO_ARTICLE):
        for url in (URL, ""):
            _parsed(text, url)


def save(data: bytes) -> None:
    """A browser's save: a page, whose address is one of Sina's."""
    with allowed(*_NO_ARTICLE, Reason.UNKNOWN_FORMAT):
        found = saved.read(data)
        if found is not None:
            assert found.url in ("", urls.canonical_url(found.url))
            _parsed(found.markup, found.url)


def warcs(data: bytes) -> None:
    """A WARC file: captures that are bounded, contexts that name articles of Sina."""
    size = 0
    for found in warc.captures(io.BytesIO(data), "x", urls.is_on_sina):
        if isinstance(found, BadInput):
            assert found.reason in _NO_WARC, found
            continue
        assert urls.canonical_url(found.url)
        assert len(found.body) <= PAYLOAD_MAX
        assert 0 <= found.status <= 999
        assert found.position.offset is None or size <= found.position.offset <= len(data)
        size = found.position.offset or size
        with allowed(Reason.UNKNOWN_FORMAT):
            told = context.read(found.context or {})
            if told.link is not None:
                _identified(told.link.doc_id, told.link.url)
                assert told.link.title.encode() is not None


def markup(data: bytes) -> None:
    """A body: cleaned it is harmless, and stays as it is."""
    with allowed(Reason.UNSTABLE_BODY, Reason.TOO_LARGE):
        cleaned = body.clean(data.decode("utf-8", "replace"), URL)
        assert body.clean(cleaned.html) == cleaned
        assert body.clean(cleaned.html, URL) == cleaned
        assert _hostile(cleaned.html, thorough=zlib.crc32(data) % 8 == 0) == []
        assert not re.search(r"[{}\ufffc]|```|~~~|<!--#", cleaned.html)
        assert cleaned.headimg == "" or cleaned.headimg in html.unescape(cleaned.html)
        reading.text(cleaned.html)


def _hostile(markup: str, *, thorough: bool) -> list[str]:
    """What is hostile in *markup*; html5lib, the slowest by far, only if *thorough*."""
    if thorough:
        return faults(markup)
    return [fault for element in lexbor_elements(markup) for fault in element_faults(element)]


_NO_WARC = (Reason.UNKNOWN_FORMAT, Reason.TRUNCATED, Reason.TOO_LARGE)

TARGETS: dict[str, Callable[[bytes], None]] = {
    "post": post,
    "front_matter": front,
    "listing": rows,
    "flash": feed,
    "page": page,
    "save": save,
    "body": markup,
    "warc": warcs,
}
#: Seconds of computing for one input, for which none has a reason.
SLOW = 1.0


def run(name: str, data: bytes) -> None:
    """One input through one target; slowness is a finding."""
    start = time.process_time()
    TARGETS[name](data)
    spent = time.process_time() - start
    assert spent < SLOW, f"{spent:.1f} seconds for {len(data)} bytes"


def _parsed(text: str, url: str) -> None:
    found = article.parse(text, url)
    assert found.title.strip()
    _identified(found.doc_id, found.url)
    _named(found.title, found.published_at)
    reading.text(found.body)


def _written(read: Article) -> None:
    """What can be written reads back, and is written the same again."""
    with suppress(BadInput):
        data = document.write(read)
        assert document.write(document.read(data)) == data
        assert data.split(b"\n---\n", 2)[1].splitlines()


def _identified(doc_id: str, url: str) -> None:
    assert not doc_id or DOC_ID.fullmatch(doc_id)
    assert not url or (url.startswith("https://") and urls.canonical_url(url) == url), url


def _named(title: str, moment: datetime | None) -> None:
    """The post's path is plain, and stays below its folder."""
    with suppress(OverflowError):  # a day beyond the calendar: the store refuses it
        path = naming.post_path(title, "kztesta0000001", moment or DAY)
        assert _PATH.fullmatch(path), path
        assert naming.id_in_name(PurePosixPath(path).name) == "kztesta0000001"
