"""What the spiders read from answers, and from answers that did not come."""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from newsarchive.download import codings, served
from newsarchive.exceptions import Reason
from newsarchive.items import Miss
from newsarchive.middlewares.retry_after import asked_for
from newsarchive.spiders.pages import GONE, Answer

#: A list or page that answers so refuses us.
_REFUSED = (401, 403, 418, 429, 451)

#: What errors of Scrapy's mean that have no text.
_MEANT = {
    "DownloadCancelledError": "larger than DOWNLOAD_MAXSIZE",
    "ResponseDataLossError": "the body ends early, or in bad chunks",
}


def answered(response: Response) -> Answer:
    """An answer as live and replayed ones are read: where that is, it is unpacked, too."""
    return Answer(
        body=response.body,
        content_type=(response.headers.get("Content-Type") or b"").decode("latin-1"),
        codings=codings(response),
        url=response.url,
        at=response.meta["received_at"],
        served_at=served(response),
        redirected="redirect_urls" in response.meta,
    )


def explain(failure: Failure) -> tuple[Reason, str]:
    """Why no answer came, as a reason and a detail."""
    error = failure.value
    if isinstance(error, HttpError):
        status = error.response.status
        if status in GONE:
            return Reason.NOT_FOUND, f"status {status}"
        refused = status in _REFUSED or asked_for(error.response) is not None
        return (Reason.BLOCKED if refused else Reason.HTTP_ERROR), f"status {status}"
    if isinstance(error, IgnoreRequest):
        text = str(error)
        if "robots.txt" in text.lower():
            return Reason.ROBOTS, text
        # A redirect off the site, or too many of them.
        return Reason.HTTP_ERROR, text[:300]
    name = type(error).__name__
    return Reason.NETWORK, f"{name}: {str(error) or _MEANT.get(name, '')}"[:300]


def explain_list(failure: Failure, channel: str) -> Miss:
    """As `explain`, for *channel*'s list: one that is not there is an error, no missing page."""
    reason, detail = explain(failure)
    url = failure.request.url  # type: ignore[attr-defined]
    if reason is Reason.NOT_FOUND:
        reason = Reason.HTTP_ERROR
    return Miss(url, reason, detail, channel=channel)
