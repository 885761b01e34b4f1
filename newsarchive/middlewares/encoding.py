"""Decompression, and the encoding of what comes out: decided once, by the bytes.

Scrapy 2.19 makes a text response of the compressed bytes and, when it replaces their body, asks it
for its encoding: that is a charset guess over gzip data, which costs more than the rest of a page
(`python benchmarks/encoding.py`). Here compressed bytes are no text, and a text has its encoding
from `sina.encoding`, whatever header and meta say.
"""

from __future__ import annotations

from typing import Any, TypeVar

from scrapy import Request, Spider
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.http import Response, TextResponse

from newsarchive.sina import encoding

_R = TypeVar("_R", bound=Response)


class EncodingMiddleware(HttpCompressionMiddleware):
    """Takes the place of Scrapy's HttpCompressionMiddleware."""

    def process_response(
        self, request: Request, response: Response, spider: Spider | None = None
    ) -> Request | Response:
        if "Content-Encoding" in response.headers:
            response = _remade(response, Response)
        result = super().process_response(request, response)
        if isinstance(result, TextResponse):
            declared = (result.headers.get("Content-Type") or b"").decode("latin-1")
            _, name = encoding.decode(result.body, declared)
            return _remade(result, type(result), encoding=name)
        return result


def _remade(response: Response, cls: type[_R], **kwargs: Any) -> _R:
    """The same response as *cls*. `Response.replace` would ask for the encoding on the way."""
    return cls(
        url=response.url,
        status=response.status,
        headers=response.headers,
        body=response.body,
        flags=response.flags,
        request=response.request,
        certificate=response.certificate,
        ip_address=response.ip_address,
        protocol=response.protocol,
        **kwargs,
    )
