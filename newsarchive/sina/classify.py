"""What a page is: an article, or which kind of something else."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsarchive.exceptions import BadInput, Reason
from newsarchive.sina import reading

#: docs/sina.md: the missing page, served with status 200.
_NOT_FOUND = re.compile(r"页面没有找到|您访问的页面不存在")
#: No saved copy of a block page exists (docs/sina.md); these words are what such pages say.
_BLOCKED = re.compile(
    r"访问过于频繁|请输入验证码|安全验证|异常访问|访问受限|captcha|拒绝访问|Access Denied",
    re.IGNORECASE,
)
#: A verification page is short; an article that talks about captchas has a body container.
_SHORT = 20_000
_END_TAG = re.compile(r"</(?:body|html)\s{0,10}>", re.IGNORECASE)
#: What may come after a page's last end tag.
_AFTER_END = re.compile(
    r"<!--.*?-->|<script\b.*?</script\s{0,10}>|</\w{1,20}\s{0,10}>|\s", re.IGNORECASE | re.DOTALL
)
_TAIL = 20_000
_PROBE = "newsarchive-end"


def check(page: LexborHTMLParser, markup: str, container: LexborNode | None) -> None:
    """Pass if *page* is a whole article with something in its body.

    *container* is the body container that a layout found. Raises BadInput: NOT_FOUND, BLOCKED,
    NOT_ARTICLE, TRUNCATED, NO_BODY.
    """
    if container is None:
        if len(markup) < _SHORT:
            visible = reading.text(markup)
            if _NOT_FOUND.search(visible):
                raise BadInput(Reason.NOT_FOUND, "the site's page for missing pages")
            if _BLOCKED.search(visible):
                raise BadInput(Reason.BLOCKED, "a verification page")
        if not _ends(markup):
            raise BadInput(Reason.TRUNCATED, "the page ends before any body")
        raise BadInput(Reason.NOT_ARTICLE, "no body container")
    if not _is_followed(container) and not _ends(markup):
        raise BadInput(Reason.TRUNCATED, "the page ends inside the body")
    if not reading.is_filled(container):
        raise BadInput(Reason.NO_BODY)


def _ends(markup: str) -> bool:
    """Whether the page's own end tag was there: not one in a comment, script, text or attribute."""
    *_, last = [None, *_END_TAG.finditer(markup, max(0, len(markup) - _TAIL))]
    if last is None or _AFTER_END.sub("", markup[last.end() :]):
        return False
    # What is appended becomes an element only where no comment, script or attribute is open.
    return LexborHTMLParser(f"{markup}<{_PROBE}>").css_first(_PROBE) is not None


def _is_followed(container: LexborNode) -> bool:
    """Whether any element comes after the container: then its end tag was there."""
    node: LexborNode | None = container
    while node is not None:
        following = node.next
        while following is not None:
            if following.is_element_node:
                return True
            following = following.next
        node = node.parent
    return False
