"""The scored pages, each with what should be read from it (docs/accuracy.md)."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from newsarchive.demo.site import DemoArticle, load_articles
from newsarchive.demo.templates import render
from newsarchive.sina import encoding
from tests.accuracy import visible

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures" / "pages"
#: Other people's saved pages, which are not ours to hand on: beside the checkout, or elsewhere.
SHARED = Path(os.environ.get("NEWSARCHIVE_SHARED") or ROOT.parent / "shared") / "sina" / "pages"
#: Where a text begins and ends, for pages whose expected.json names sentences inside of it.
MARKS: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parent / "marks.json").read_text("utf-8")
)

DEMO, FIXTURE, REAL = "small Sina", "fixtures", "real pages"
_FAMILY = {"T2N": "T2", "K": "T4", "G": "generic"}
#: The templates of the small Sina that name the editor.
_WITH_EDITOR = frozenset(("T2N", "T3", "T4", "T6"))
#: Those that show an article's text and nothing else that stands in it, but for a picture.
_PLAIN = frozenset(("T1", "T7"))


@dataclass(frozen=True)
class Page:
    """A page's bytes and its gold; `text` is None where the body is not scored."""

    name: str
    origin: str
    template: str
    data: bytes
    url: str
    title: str
    published: datetime | None
    source: str
    editor: str | None
    text: str | None


def pages() -> list[Page]:
    """All scored pages that are here: those of SHARED only where that folder is."""
    return [*_demo_pages(), *_saved_pages()]


def _demo_pages() -> Iterator[Page]:
    for article in load_articles():
        if not article.paragraphs:
            continue  # an empty page: nothing to score
        yield Page(
            name=article.doc_id,
            origin=DEMO,
            template=_FAMILY.get(article.template, article.template),
            data=render(article),
            url=article.url,
            title=article.title,
            published=None if article.extras.get("no_date") else article.published,
            source=article.source,
            editor=article.editor if article.template in _WITH_EDITOR else None,
            text=_demo_text(article.part(1)),
        )


def _demo_text(article: DemoArticle) -> str:
    """The text in the order of the page, out of the article's data."""
    extras: Any = article.extras
    blocks = list(article.paragraphs)
    caption = extras.get("picture", {}).get("caption", "")
    if article.template == "G":
        return "\n".join(blocks)
    if article.template in _PLAIN:
        blocks.insert(0 if article.template == "T1" else 1, caption)
        return "\n".join(blocks)
    if "related" in extras:
        blocks.append(f"相关阅读：{extras['related'][1]}")
    cells = (str(cell) for row in extras.get("table", ()) for cell in row)
    inserted = [
        (2, "\n".join(cells)),
        (int(extras.get("picture", {}).get("at", 1)), caption),
        (0, extras.get("video", {}).get("title", "")),
    ]
    for position, text in sorted(inserted, key=lambda pair: -pair[0]):
        blocks.insert(position, text)
    if "original_title" in extras:
        blocks.insert(0, f"原标题：{extras['original_title']}")
    return "\n".join(blocks)


def _saved_pages() -> Iterator[Page]:
    for file in sorted(FIXTURES.glob("*/expected.json")):
        expected = json.loads(file.read_text("utf-8"))
        if expected["kind"] == "article":
            page = file.with_name("page.html")
            yield _saved(file.parent.name, FIXTURE, expected["layout"], page, expected)
    if SHARED.is_dir():
        for expected in json.loads((SHARED / "expected.json").read_text("utf-8")):
            layout = re.match(r"T\d", expected["note"])
            if layout and expected["title"]:
                name = expected["file"]
                yield _saved(name, REAL, layout[0], SHARED / name, expected)


def _saved(name: str, origin: str, template: str, file: Path, expected: dict[str, Any]) -> Page:
    data = file.read_bytes()
    published = expected["published_at"]
    return Page(
        name=name,
        origin=origin,
        template=template,
        data=data,
        url=expected["url"] or "",
        title=expected["title"],
        published=datetime.fromisoformat(published) if published else None,
        source=expected["source"],
        editor=expected["editor"],
        text=_slice(name, data, expected),
    )


def _slice(name: str, data: bytes, expected: dict[str, Any]) -> str | None:
    marks = MARKS.get(name, {})
    starts = marks.get("starts", expected["body_text_starts"])
    ends = marks.get("ends", expected["body_text_contains"])
    if starts is None or not ends or not visible.has_parser():
        return None
    return visible.between(encoding.decode(data)[0], starts, ends)
