"""URLs as browsers join them."""

from __future__ import annotations

import ada_url


def absolute(url: str, base_url: str = "") -> str:
    """*url* against *base_url* as WHATWG URL says; unchanged where that is no URL."""
    try:
        return str(ada_url.join_url(base_url, url) if base_url else ada_url.normalize_url(url))
    except ValueError:
        return url
