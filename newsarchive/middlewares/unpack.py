"""Decompression. What encoding comes out is `sina.encoding`'s to say, whoever reads it.

Scrapy 2.19 makes a text response of the compressed bytes and, when it replaces their body, asks it
for its encoding: that is a charset guess over gzip data, which costs more than the rest of a page
(`python benchmarks/unpack.py`). Here compressed bytes are no text.
"""

from __future__ import annotations

from scrapy import Request, Spider
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.http import Response


class UnpackMiddleware(HttpCompressionMiddleware):
    """Takes the place of Scrapy's HttpCompressionMiddleware."""

    def process_response(
        self, request: Request, response: Response, spider: Spider | None = None
    ) -> Request | Response:
        if "Content-Encoding" in response.headers:
            response = Response(  # `response.replace` would ask for the encoding on the way
                url=response.url,
                status=response.status,
                headers=response.headers,
                body=response.body,
                flags=response.flags,
                request=response.request,
                certificate=response.certificate,
                ip_address=response.ip_address,
                protocol=response.protocol,
            )
        return super().process_response(request, response)
