"""The 7x24 feed: each flash is an article of its own (docs/sina.md, "The 7x24 feed")."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from newsarchive import clock
from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import DOC_ID, Article, Miss
from newsarchive.sina import listing, urls

#: Of an article that is a flash: its page, where it has one, says something else.
LAYOUT = "7x24"

_HEADLINE = re.compile(r"\A\s*【(?P<title>[^】\n]{1,200})】\s*(?P<text>.*)\Z", re.DOTALL)
#: 【快讯】 and 【观点】 are no titles.
_LABEL = 3
_SENTENCE = re.compile(r"[^。！？!?\n]{1,80}")
#: The feed's market → the market of an article's symbols; '' is China, whose codes stand alone.
_MARKETS = {"cn": "", "us": "usstock", "hk": "hkstock"}


@dataclass
class Feed:
    """One page of the feed."""

    articles: list[Article] = field(default_factory=list)
    misses: list[Miss] = field(default_factory=list)
    rows: int = 0

    @property
    def times(self) -> dict[str, datetime | None]:
        """By document id, when the flash was sent."""
        return {article.doc_id: article.published_at for article in self.articles}


def parse(text: str) -> Feed:
    """The flashes of one answer, JSON or JSONP. Raises BadInput(BAD_LISTING)."""
    data = listing.result(text).get("data")
    feed = data.get("feed") if isinstance(data, dict) else None
    rows = feed.get("list") if isinstance(feed, dict) else None
    if not isinstance(rows, list):
        raise BadInput(Reason.BAD_LISTING, "no 'feed' with a 'list'")
    found = Feed(rows=len(rows))
    for row in rows:
        if not isinstance(row, dict) or str(row.get("is_delete") or "0") != "0":
            continue
        try:
            found.articles.append(_flash(row))
        except BadInput as error:
            subject = f"flash {row.get('zhibo_id')}-{row.get('id')}"
            found.misses.append(Miss(subject, error.reason, error.detail))
    return found


def _flash(row: dict[str, Any]) -> Article:
    text = str(row.get("rich_text") or "").strip()
    if not text:
        raise BadInput(Reason.NOT_ARTICLE, "an empty flash")
    extra = _json(row.get("ext"))
    address = str(extra.get("docurl") or row.get("docurl") or "")
    created, updated = str(row.get("create_time") or ""), str(row.get("update_time") or "")
    return Article(
        title=_title(text),
        body=_body(text, row, address),
        doc_id=_doc_id(row, extra),
        url=urls.canonical_url(address) or "",
        source="新浪财经",
        keywords=[
            str(tag["name"]) for tag in _dicts(row.get("tag")) if str(tag.get("name") or "").strip()
        ],
        symbols=_symbols(extra),
        layout=LAYOUT,
        published_at=clock.parse_shanghai(created),
        updated_at=clock.parse_shanghai(updated),
        raw_clocks={"published_at": created, "updated_at": updated},
    )


def _title(text: str) -> str:
    """What stands in the leading 【】; without one the first sentence, behind a mere label both."""
    label = ""
    if headline := _HEADLINE.match(text):
        label, text = headline["title"].strip(), headline["text"].strip()
        if len(label) > _LABEL or not text:
            return label
        label += "："
    sentence = _SENTENCE.search(text)
    return label + (sentence[0] if sentence else text[:80]).strip()


def _body(text: str, row: dict[str, Any], address: str) -> str:
    paragraphs = [
        f"<p>{html.escape(line.strip())}</p>" for line in text.splitlines() if line.strip()
    ]
    pictures = _json(row.get("multimedia")).get("img_url")
    paragraphs += [
        f'<div class="img_wrapper"><img src="{html.escape(str(picture))}"></div>'
        for picture in (pictures if isinstance(pictures, list) else [])
    ]
    if urls.canonical_url(address):
        link = html.escape(urls.canonical_url(address) or "")
        paragraphs.append(f'<p><a href="{link}" target="_blank">{link}</a></p>')
    return "\n".join(paragraphs) + "\n"


def _doc_id(row: dict[str, Any], extra: dict[str, Any]) -> str:
    """The id of the flash's own document, where it has one; else its number in the feed."""
    said = str(extra.get("docid") or "")
    named = urls.parse(str(extra.get("docurl") or ""))
    if named is not None and named.doc_id == said:
        return said
    numbered = f"live-{row.get('zhibo_id')}-{row.get('id')}"
    if not DOC_ID.fullmatch(numbered):
        raise BadInput(Reason.BAD_LISTING, "a flash without a number")
    return numbered


def _symbols(extra: dict[str, Any]) -> list[str]:
    found = []
    for stock in _dicts(extra.get("stocks")):
        market, code = str(stock.get("market") or ""), str(stock.get("symbol") or "")
        market = _MARKETS.get(market, market)
        if code:
            found.append(
                f"{market}:{code.upper() if market == 'usstock' else code}" if market else code
            )
    return list(dict.fromkeys(found))


def _json(value: object) -> dict[str, Any]:
    """A JSON object that comes as a string; {} for anything else."""
    try:
        parsed = listing.loads(value) if isinstance(value, str) and value else value
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
