"""Compressed answers, and what their characters are: one decision, by the bytes, no guess."""

from __future__ import annotations

import gzip
import importlib
import logging
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import HtmlResponse, Response, TextResponse
from scrapy.settings import Settings
from scrapy.signalmanager import SignalManager
from scrapy.statscollectors import StatsCollector
from scrapy.utils._compression import _unzstd

from newsarchive import clock, settings
from newsarchive.archive.warc import Capture, Position
from newsarchive.middlewares.unpack import UnpackMiddleware
from newsarchive.sina import encoding
from newsarchive.spiders import answers, captures

brotli: Any = importlib.import_module("brotli")

URL = "https://finance.sina.com.cn/china/2021-08-05/doc-ikqtesta0000501.shtml"
TEXT = "海关总署：冷链通道，朱镕基，喆。“引”"


class FakeCrawler:
    """What the middleware asks of a crawler."""

    def __init__(self, **changes: Any) -> None:
        own = {"DOWNLOAD_MAXSIZE": 1_000_000, "DOWNLOAD_WARNSIZE": 0, "COMPRESSION_ENABLED": True}
        self.settings = Settings(own | changes)
        self.signals = SignalManager(self)
        self.stats = StatsCollector(self)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _no_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    """A charset guess costs more than the rest of a page, and over gzip data it is nonsense."""

    def guess(_response: TextResponse, _text: bytes) -> str:
        pytest.fail("a charset was guessed")

    monkeypatch.setattr(TextResponse, "_auto_detect_fun", guess)


def zstd(data: bytes) -> bytes:
    """A frame of one raw block (RFC 8878, 3.1.1): what any zstd reader takes."""
    blocks = b""
    for start in range(0, len(data) or 1, 65_535):
        part = data[start : start + 65_535]
        last = start + 65_535 >= len(data)
        blocks += (len(part) << 3 | last).to_bytes(3, "little") + part
    return b"\x28\xb5\x2f\xfd\xa0" + len(data).to_bytes(4, "little") + blocks


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd,
    "gzip, br": lambda data: brotli.compress(gzip.compress(data)),
}


def answered(
    data: bytes, coding: str = "", content_type: str = "text/html", **changes: Any
) -> Response:
    """What a spider gets; the response comes from the downloader as Scrapy makes it."""
    headers = {"Content-Type": content_type} if content_type else {}
    body = data
    if coding:
        headers["Content-Encoding"] = coding
        body = CODINGS[coding](data) if coding in CODINGS else data
    request = Request(URL, method=changes.pop("method", "GET"))
    cls = changes.pop("cls", HtmlResponse)
    response = cls(changes.pop("url", URL), status=200, headers=headers, body=body, request=request)
    middleware = UnpackMiddleware.from_crawler(FakeCrawler(**changes))  # type: ignore[arg-type]
    found = middleware.process_response(request, response)
    assert isinstance(found, Response)
    assert found.request is request
    return found


def text_of(response: Response) -> str:
    """What a spider reads."""
    response.meta["received_at"] = clock.now()
    return answers.answered(response).text()


def page(meta: str) -> str:
    return f"<html><head><meta charset={meta}></head><body>{TEXT}</body></html>"


#: what the bytes are, meta, header → the encoding
LABELS = [
    ("utf-8", "utf-8", "text/html; charset=utf-8", "utf-8"),
    ("utf-8", "utf-8", "text/html", "utf-8"),
    ("gb18030", "gb2312", "text/html", "gb18030"),
    ("gb18030", "gbk", "text/html; charset=gbk", "gb18030"),
    # lies
    ("utf-8", "gb2312", "text/html; charset=gb2312", "utf-8"),
    ("utf-8", "utf-8", "text/html; charset=iso-8859-1", "utf-8"),
    ("gb18030", "utf-8", "text/html; charset=utf-8", "gb18030"),
    ("gb18030", "gb2312", "text/html; charset=utf-8", "gb18030"),
    ("gb18030", "gb2312", "text/html; charset=iso-8859-1", "gb18030"),
    ("gb18030", "nosuch", "text/html; charset=nosuch", "gb18030"),
    ("gb18030", "rot13", 'text/html; charset="unicode_escape"', "gb18030"),
]


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize(("real", "meta", "header", "name"), LABELS)
def test_the_bytes_decide(coding: str, real: str, meta: str, header: str, name: str) -> None:
    data = page(meta).encode(real)
    found = answered(data, coding, header)
    assert isinstance(found, HtmlResponse)
    assert found.body == data
    assert text_of(found) == page(meta)
    assert encoding.decode(data, header) == (page(meta), name)
    assert "Content-Encoding" not in found.headers
    assert found.headers["Content-Type"] == header.encode()


@pytest.mark.parametrize("coding", CODINGS)
def test_the_header_counts_where_the_bytes_do_not_tell(coding: str) -> None:
    """Live as from a WARC file: as gb18030 these bytes are other characters."""
    text = "<html><body>臺灣證券交易所，經濟部</body></html>"
    data, header = text.encode("big5"), "text/html; charset=big5"
    assert text_of(answered(data, coding, header)) == text
    assert text_of(answered(data, coding, "text/html")) != text
    told = {"content-type": header}
    capture = Capture(URL, clock.now(), 200, told, data, Position(), identity="", digest="")
    assert captures.answer_of(capture).text() == text


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_counts(coding: str, codec: str) -> None:
    data = page("gb2312").encode(codec)
    found = answered(data, coding, "text/html; charset=gb2312")
    assert isinstance(found, TextResponse)
    assert text_of(found) == page("gb2312")


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("content_type", ["application/json", "application/javascript", ""])
def test_lists_are_texts_too(coding: str, content_type: str) -> None:
    data = f'{{"a": "{TEXT}"}}'.encode()
    found = answered(data, coding, content_type)
    assert isinstance(found, TextResponse)
    assert text_of(found) == data.decode()


@pytest.mark.parametrize("coding", CODINGS)
def test_a_character_that_breaks_gbk_costs_one_character(coding: str) -> None:
    data = page("gb2312").encode("gb18030").replace("冷".encode("gb18030"), b"\xff")
    found = answered(data, coding)
    assert isinstance(found, TextResponse)
    assert text_of(found).count("\ufffd") == 1
    assert "海关总署：\ufffd链通道" in text_of(found)


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("data", [b"", b"\x00" * 50, b"\xff\xfe\x00"])
def test_strange_bodies(coding: str, data: bytes) -> None:
    found = answered(data, coding)
    assert found.body == data


def test_pictures_are_no_text() -> None:
    data = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    for coding in ("", "gzip"):
        found = answered(data, coding, "image/png", cls=Response, url="https://n.sinaimg.cn/a.png")
        assert (type(found), found.body) == (Response, data)


def test_an_unknown_coding_is_left_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    data = bytes(range(256)) * 20
    found = answered(data, "compress")
    assert found.body == data
    assert found.headers["Content-Encoding"] == b"compress"
    assert "unsupported encoding" in caplog.text


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_a_bomb_is_not_unpacked(coding: str) -> None:
    with pytest.raises(IgnoreRequest, match="DOWNLOAD_MAXSIZE"):
        answered(b"0" * 2_000_000, coding)


def test_the_answer_to_head_stays_as_it_is() -> None:
    found = answered(b"x", "gzip", method="HEAD")
    assert found.headers["Content-Encoding"] == b"gzip"


def test_a_response_keeps_all_else() -> None:
    request = Request(URL, meta={"link": "x"})
    headers = {"Content-Encoding": "gzip", "Content-Type": "text/html", "X-Other": ["1", "2"]}
    response = HtmlResponse(
        URL,
        status=206,
        headers=headers,
        body=gzip.compress(page("utf-8").encode()),
        flags=["partial"],
        request=request,
        ip_address="192.0.2.1",
        protocol="HTTP/1.1",
    )
    middleware = UnpackMiddleware.from_crawler(FakeCrawler())  # type: ignore[arg-type]
    found = middleware.process_response(request, response)
    assert isinstance(found, HtmlResponse)
    assert (found.url, found.status, found.flags) == (URL, 206, ["partial"])
    assert (str(found.ip_address), found.protocol) == ("192.0.2.1", "HTTP/1.1")
    assert found.headers.getlist("X-Other") == [b"1", b"2"]
    assert found.meta == {"link": "x"}


def test_the_guess_is_what_fails_here() -> None:
    """So that the tests above would see one."""
    with pytest.raises(pytest.fail.Exception, match="guessed"):
        _ = HtmlResponse(URL, body=gzip.compress(TEXT.encode())).text
    assert _unzstd(zstd(b"abc" * 50_000), max_size=0) == b"abc" * 50_000


def test_scrapys_own_is_replaced(caplog: pytest.LogCaptureFixture) -> None:
    base = UnpackMiddleware.__mro__[1]
    own = settings.DOWNLOADER_MIDDLEWARES
    assert own[f"{base.__module__}.{base.__name__}"] is None
    assert own[f"{UnpackMiddleware.__module__}.UnpackMiddleware"] == 590
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
