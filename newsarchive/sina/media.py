"""Pages that are no text: picture series (`slide_data`) and videos, told as a body of their own."""

from __future__ import annotations

import html
from typing import Any, NamedTuple

import chompjs
from selectolax.lexbor import LexborHTMLParser

from newsarchive.exceptions import BadInput, Reason

#: The script that holds a picture series (docs/sina.md; known from public code, no page is saved).
_MARK = "slide_data"
_PICTURES = ("image_url", "download_img", "img_url", "imageUrl", "src")


class Media(NamedTuple):
    """What such a page shows: its layout's name, its title, and a body made of it."""

    layout: str
    title: str
    body: str


def series(page: LexborHTMLParser) -> Media | None:
    """The pictures of a slide page with their captions; None where the page is none.

    Raises BadInput(TRUNCATED) where the script that holds them breaks off.
    """
    script = next((node for node in page.css("script") if _MARK in (node.text() or "")), None)
    if script is None:
        return None
    code = script.text()
    start = code.find("{", code.index(_MARK))
    try:
        data: Any = chompjs.parse_js_object(code[start:]) if start >= 0 else None
    except ValueError as error:
        raise BadInput(Reason.TRUNCATED, f"slide_data: {error}"[:200]) from error
    images = data.get("images") if isinstance(data, dict) else None
    if not isinstance(images, list):
        return None
    slide = data.get("slide")
    title = str(slide.get("title") or "") if isinstance(slide, dict) else ""
    pictures = [_picture(image) for image in images if isinstance(image, dict)]
    return Media("slide", title, "".join(filter(None, pictures)))


def _picture(image: dict[str, Any]) -> str:
    address = next((str(image[name]) for name in _PICTURES if image.get(name)), "")
    caption = str(image.get("intro") or image.get("title") or "").strip()
    if not address:
        return ""
    return (
        f'<div class="img_wrapper"><img src="{html.escape(address)}"'
        f' alt="{html.escape(str(image.get("title") or ""))}">'
        f'<span class="img_descr">{html.escape(caption)}</span></div>\n'
    )


def video(page: LexborHTMLParser, metas: dict[str, str], url: str) -> Media | None:
    """A video page as title, poster and a link to *url*; None without a title of its own."""
    title = metas.get("og:title", "")
    if not title or not url:
        return None
    link = f'<a href="{html.escape(url)}" target="_blank">'
    poster = metas.get("og:image", "")
    parts = []
    if poster:
        image = f'<img src="{html.escape(poster)}" alt="{html.escape(title)}">'
        parts.append(f'<div class="img_wrapper">{link}{image}</a></div>\n')
    parts.append(f"<p>{link}{html.escape(title)}</a></p>\n")
    if intro := metas.get("og:description") or metas.get("description", ""):
        parts.append(f"<p>{html.escape(intro)}</p>\n")
    return Media("video", title, "".join(parts))
