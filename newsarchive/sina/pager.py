"""Articles in several pages: where the next one is, and how they are joined."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsarchive.sina import furniture, urls

#: A pager, inside or below the container (docs/sina.md).
_PAGERS = ".page, .pagebox, .article-page, .pages"
_NEXT = re.compile(r"下一页|下页")
_TURNS = re.compile(r"上一页|下一页|上页|下页")
#: More pages than any article has; a pager that leads in circles ends here.
PAGES_MAX = 50
#: More pagers, and links in one, than any page has.
_PAGERS_MAX, _LINKS_MAX = 10, 100


def next_page(container: LexborNode, page: LexborHTMLParser, url: str) -> str:
    """The URL of the article's next page, '' on the last one.

    Only a page of the same document is followed. Where there are several pages, the pager is taken
    out of *container*.
    """
    named = urls.parse(url)
    if named is None:
        return ""
    found = ""
    for pager in page.css(_PAGERS)[:_PAGERS_MAX]:
        for link in pager.css("a[href]")[:_LINKS_MAX]:
            target = urls.absolute(link.attributes.get("href") or "", url)
            further = urls.parse(target) if target and target != url else None
            same = further is not None and further.doc_id == named.doc_id
            if same and not found and _NEXT.search(link.text()):
                found = target
    if found or url != named.url:
        for pager in container.css(_PAGERS):
            if _TURNS.search(pager.text()):
                pager.decompose()
    return found


def join(before: str, page: str) -> str:
    """The body of a further *page* behind that of the pages *before* it.

    Every page repeats the furniture, editor line and promotion: the last one's stays.
    """
    return furniture.clean_copy(before) + "\n" + furniture.from_start(page)
