"""What is read from answers: unpacked, and its characters decided by the bytes, without a guess."""

from __future__ import annotations

import gzip
import importlib
import random
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse, Response, TextResponse

from newsarchive import clock
from newsarchive.archive.http_payload import PAYLOAD_MAX, unpacked
from newsarchive.archive.warc import Capture, Position
from newsarchive.exceptions import BadInput, Reason
from newsarchive.sina import encoding
from newsarchive.spiders import answers, captures

brotli: Any = importlib.import_module("brotli")

URL = "https://finance.sina.com.cn/china/2021-08-05/doc-ikqtesta0000501.shtml"
TEXT = "海关总署：冷链通道，朱镕基，喆。“引”"


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


def text_of(data: bytes, coding: str = "", content_type: str = "text/html") -> str:
    """What a spider reads of an answer that carries *data*."""
    headers = {"Content-Type": content_type} if content_type else {}
    if coding:
        headers["Content-Encoding"] = coding
    body = CODINGS[coding](data) if coding in CODINGS else data
    request = Request(URL, meta={"received_at": clock.now()})
    response = HtmlResponse(URL, headers=headers, body=body, request=request)
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
    assert text_of(data, coding, header) == page(meta)
    assert encoding.decode(data, header) == (page(meta), name)


@pytest.mark.parametrize("coding", CODINGS)
def test_the_header_counts_where_the_bytes_do_not_tell(coding: str) -> None:
    """Live as from a WARC file: as gb18030 these bytes are other characters."""
    text = "<html><body>臺灣證券交易所，經濟部</body></html>"
    data, header = text.encode("big5"), "text/html; charset=big5"
    assert text_of(data, coding, header) == text
    assert text_of(data, coding, "text/html") != text
    told = {"content-type": header}
    capture = Capture(URL, clock.now(), 200, told, data, Position(), identity="", digest="")
    assert captures.answer_of(capture).text() == text


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_counts(coding: str, codec: str) -> None:
    data = page("gb2312").encode(codec)
    assert text_of(data, coding, "text/html; charset=gb2312") == page("gb2312")


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("content_type", ["application/json", "application/javascript", ""])
def test_lists_are_texts_too(coding: str, content_type: str) -> None:
    data = f'{{"a": "{TEXT}"}}'
    assert text_of(data.encode(), coding, content_type) == data


@pytest.mark.parametrize("coding", CODINGS)
def test_a_character_that_breaks_gbk_costs_one_character(coding: str) -> None:
    data = page("gb2312").encode("gb18030").replace("冷".encode("gb18030"), b"\xff")
    text = text_of(data, coding)
    assert text.count("\ufffd") == 1
    assert "海关总署：\ufffd链通道" in text


@pytest.mark.parametrize("coding", CODINGS)
def test_strange_bodies(coding: str) -> None:
    for data in (b"", b"\x00" * 50, b"\xff\xfe\x00"):
        packed = CODINGS[coding](data)
        assert unpacked(packed, coding) == data
    assert text_of(b"", coding) == ""
    assert text_of(b"\x00" * 50, coding) == "\x00" * 50


@pytest.mark.parametrize("coding", CODINGS)
def test_what_is_not_coded_is_taken_as_it_is(coding: str) -> None:
    """As in a replay: some servers say so of plain pages."""
    data = page("utf-8").encode()
    request = Request(URL, meta={"received_at": clock.now()})
    response = Response(URL, headers={"Content-Encoding": coding}, body=data, request=request)
    assert answers.answered(response).text() == page("utf-8")


def test_codings_in_several_headers() -> None:
    body = brotli.compress(gzip.compress(page("utf-8").encode()))
    request = Request(URL, meta={"received_at": clock.now()})
    headers = {"Content-Encoding": ["gzip", "br"]}
    response = Response(URL, headers=headers, body=body, request=request)
    assert answers.answered(response).text() == page("utf-8")


def test_an_unknown_coding_is_left_as_it_is() -> None:
    assert text_of(page("utf-8").encode(), "compress") == page("utf-8")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_is_not_unpacked(coding: str) -> None:
    with pytest.raises(BadInput) as raised:
        text_of(b"0" * (PAYLOAD_MAX + 1), coding)
    assert raised.value.reason is Reason.TOO_LARGE


@pytest.mark.parametrize("codings", [", ".join(["br"] * 5), "," * 5_000])
def test_so_many_codings_nobody_uses(codings: str) -> None:
    with pytest.raises(BadInput, match="codings"):
        unpacked(b"x", codings)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_what_comes_in_many_pieces_is_whole_or_refused(coding: str) -> None:
    pack, data = CODINGS[coding], page("utf-8").encode()
    pieces = [pack(data[start : start + 2]) for start in range(0, len(data), 2)]
    assert len(pieces) > 30
    assert unpacked(b"".join(pieces), coding) == data
    with pytest.raises(BadInput, match="more than 1000"):
        unpacked(b"".join(pieces) * (1_001 // len(pieces) + 1), coding)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_of_what_is_broken_in_the_middle_there_is_the_begin(coding: str) -> None:
    dice = random.Random(20260806)
    data = "".join(dice.choices(TEXT, k=40_000)).encode()
    broken = bytearray(CODINGS[coding](data))
    broken[len(broken) // 2 :] = dice.randbytes(len(broken) // 2)
    found = unpacked(bytes(broken), coding)
    assert len(found) > len(data) // 4
    assert data.startswith(found[: len(data) // 4])


def test_a_broken_frame_is_not_taken_for_text() -> None:
    """Else what is none might look like a page that is no article, and be given up."""
    assert unpacked(b"\x28\xb5\x2f\xfd" + bytes(range(200)), "zstd") == b""


def test_the_guess_is_what_fails_here() -> None:
    """So that the tests above would see one."""
    with pytest.raises(pytest.fail.Exception, match="guessed"):
        _ = HtmlResponse(URL, body=gzip.compress(TEXT.encode())).text
