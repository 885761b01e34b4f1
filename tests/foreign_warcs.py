"""WARC records as other tools write them."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable
from uuid import UUID

HTTP = "application/http; msgtype=response"


def record(
    kind: str, url: str, block: bytes, *told: tuple[str, str], version: str = "1.0", **more: str
) -> bytes:
    """A record; *more*: further header fields, with `_` for `-`; '' leaves one of these out."""
    number = UUID(int=zlib.crc32(block + kind.encode()))
    fields = {
        "WARC-Type": kind,
        "WARC-Target-URI": url,
        "WARC-Date": "2021-08-06T08:00:00Z",
        "WARC-Record-ID": f"<urn:uuid:{number}>",
        "Content-Type": HTTP if kind in ("response", "revisit") else "",
        "Content-Length": str(len(block)),
    }
    fields |= {name.replace("_", "-"): value for name, value in more.items()}
    lines = [f"{name}: {value}" for name, value in (*fields.items(), *told) if value]
    head = "\r\n".join([f"WARC/{version}", *lines, "", ""])
    return head.encode() + block + b"\r\n\r\n"


def http(body: bytes, *lines: str, status: str = "200 OK", length: bool = True) -> bytes:
    """An HTTP answer; *length*: with a Content-Length."""
    framing = [f"Content-Length: {len(body)}"] if length else []
    head = "\r\n".join([f"HTTP/1.1 {status}", "Content-Type: text/html", *lines, *framing, "", ""])
    return head.encode("latin-1") + body


def chunked(body: bytes, size: int = 1000) -> bytes:
    """*body* in chunks, with an extension and a trailer."""
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    chunks = b"".join(b"%x;a=b\r\n%b\r\n" % (len(part), part) for part in parts)
    return chunks + b"0\r\nX-Trailer: y\r\n\r\n"


def request(url: str, **more: str) -> bytes:
    block = b"GET / HTTP/1.1\r\nHost: finance.sina.com.cn\r\n\r\n"
    return record("request", url, block, Content_Type="application/http; msgtype=request", **more)


def warcinfo(software: str, version: str = "1.0") -> bytes:
    block = f"software: {software}\r\nformat: WARC File Format {version}\r\n".encode()
    told = {"Content_Type": "application/warc-fields", "WARC_Filename": "x.warc.gz"}
    return record("warcinfo", "", block, version=version, **told)


def members(records: Iterable[bytes]) -> bytes:
    """Each a gzip member of its own."""
    return b"".join(gzip.compress(each, mtime=0) for each in records)


def cc_news(pages: dict[str, bytes]) -> bytes:
    """As StormCrawler writes for CC-NEWS: decoded, the headers that say otherwise renamed."""
    told = [warcinfo("StormCrawler 2.10 https://stormcrawler.net/")]
    for url, page in pages.items():
        answer = http(
            page,
            "X-Crawler-Content-Encoding: gzip",
            "X-Crawler-Content-Length: 1234",
            "X-Crawler-Transfer-Encoding: chunked",
        )
        told.append(request(url))
        told.append(record("response", url, answer, WARC_Truncated=""))
    return members(told)


def wget(pages: dict[str, bytes]) -> bytes:
    """As Wget 1.21 writes: addresses in angle brackets, chunks as they came, its log at the end."""
    told = [warcinfo("Wget/1.21.3 (linux-gnu)")]
    for url, page in pages.items():
        answer = http(chunked(page), "Transfer-Encoding: chunked", length=False)
        request_ = request(f"<{url}>")
        told += [request_, record("response", f"<{url}>", answer, WARC_Concurrent_To="<urn:x>")]
    log = record("resource", "metadata://gnu.org/software/wget/warc/wget.log", b"log",
                 Content_Type="text/plain")  # fmt: skip
    manifest = record("metadata", "metadata://gnu.org/software/wget/warc/MANIFEST.txt", b"<urn:x>",
                      Content_Type="text/plain")  # fmt: skip
    return members([*told, manifest, log])


def browsertrix(pages: dict[str, bytes], coding: str, encoded: dict[str, bytes]) -> bytes:
    """As warcio.js writes for Browsertrix: WARC/1.1, milliseconds, codings as they came."""
    told = [warcinfo("Browsertrix-Crawler 1.5.0 (with warcio.js 2.4.0)", "1.1")]
    date = {"WARC_Date": "2021-08-06T08:00:00.250Z", "version": "1.1"}
    for url in pages:
        answer = http(encoded[url], f"Content-Encoding: {coding}", "x-orig-te: chunked")
        response = record("response", url, answer, ('WARC-JSON-Metadata', '{"ipType":"Public"}'),
                          WARC_Page_ID="0a1b", WARC_Resource_Type="document", **date)  # fmt: skip
        told += [response, request(url, **date)]
        told.append(
            record("resource", f"urn:text:{url}", b"text", Content_Type="text/plain", **date)
        )
        told.append(record("resource", f"urn:pageinfo:{url}", b'{"pageid": "0a1b"}',
                           Content_Type="application/json", **date))  # fmt: skip
        head = answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        told.append(record("revisit", url, head, WARC_Refers_To_Target_URI=url, **date))
    return members(told)


def heritrix(pages: dict[str, bytes]) -> bytes:
    """As Heritrix 3.1 wrote: metadata of its own, a dns record, HTTP/1.0 without a length."""
    told = [warcinfo("Heritrix/3.1.1 http://crawler.archive.org")]
    told.append(record("response", "dns:finance.sina.com.cn", b"20210806\nfinance A 1.2.3.4\n",
                       Content_Type="text/dns"))  # fmt: skip
    for url, page in pages.items():
        answer = http(page, length=False).replace(b"HTTP/1.1", b"HTTP/1.0", 1)
        response = record("response", url, answer, WARC_Payload_Digest="sha1:ABC")
        identity = response.partition(b"WARC-Record-ID: ")[2].partition(b"\r\n")[0].decode()
        told += [response, request(url, WARC_Concurrent_To=identity)]
        told.append(record("metadata", url, b"via: http://www.sina.com.cn/\r\noutlink: x\r\n",
                           Content_Type="application/warc-fields",
                           WARC_Concurrent_To=identity))  # fmt: skip
    return members(told)
