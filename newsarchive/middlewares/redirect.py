"""Redirects, inside Sina only: of pages to its news sites, of pictures to its picture hosts."""

from __future__ import annotations

from scrapy import Request, Spider
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from newsarchive import pictures
from newsarchive.sina import urls


class SinaRedirectMiddleware(RedirectMiddleware):
    """Takes the place of Scrapy's RedirectMiddleware.

    A redirect off Sina, or to another port, is refused here, where the request's errback hears of
    it: OffsiteMiddleware would drop it without a word, and the link would be asked for ever.
    """

    def process_response(
        self, request: Request, response: Response, spider: Spider | None = None
    ) -> Request | Response:
        try:
            result = super().process_response(request, response)
        except ValueError as error:  # `http://[half`, `javascript:…`
            raise IgnoreRequest(f"leads to no address: {error}") from error
        allowed = pictures.address if pictures.address(request.url) else urls.canonical_url
        if isinstance(result, Request) and not allowed(result.url):
            raise IgnoreRequest(f"leads off the site: {result.url}")
        if isinstance(result, Request):
            # Scrapy 2.19 would let it wait with those for the host that it came from.
            result.meta.pop("download_slot", None)
        return result
