"""What is in a body and is not the article: promotion, charts, editor line, disclaimers, comments.

docs/sina.md lists where each was seen. One rule serves the reading text, the digest and the clean
copy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsarchive.dom import TEXT, walk
from newsarchive.sina.blanks import AROUND

_TAGS = frozenset(("style", "script", "noscript", "template", "iframe", "video", "audio", "head"))
_CLASSES = frozenset(
    (
        "appendQr_wrap app-kaihu-qr ct_hqimg hqimg_related otherContent_01 tech-quotation "
        "show_author article-editor finance_app_zqtg sinaads news_con_qrcode appendQr_normal_txt"
    ).split()
)
_IDS = frozenset(("ad_44086", "left_hzh_ad", "sinashareto", "wx_pic"))
_SUDA = frozenset(("suda_1028_guba",))
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
#: Lines of the house, not of the author.
_HOUSE_LINE = re.compile(
    r"[>＞]{3,}\s*消费曝光台|海量资讯、精准解读|进入【新浪财经股吧】"
    r"|(?:免责声明|新浪声明)[：:].{0,300}(?:版权|仅供参考|不代表|据此操作|传递更多信息)",
    re.DOTALL,
)
#: One of them is in every such line.
_HOUSE_WORDS = ("消费曝光台", "海量资讯、精准解读", "进入【新浪财经股吧】", "免责声明", "新浪声明")
#: The text proper, where a template marks it.
_STARTS = re.compile(r"publish_helper name='原始正文'|^\s*原始正文\s*(?:start|begin)")
#: What every such comment has in it.
_MARKED = re.compile(r"publish_helper|原始正文")
_INLINE = frozenset("a b i u em strong font span small big sub sup".split())
_ENDS = re.compile(r"publish_helper_end|^\s*原始正文\s*end")


def prune(body: str) -> LexborNode | None:
    """The `<body>` of *body* parsed, without furniture; None for an empty document."""
    root = parsed(body)
    if root is not None:
        doomed: list[LexborNode] = []
        for _ in _kept(root, body, doomed):
            pass
        for node in doomed:
            node.decompose()
    return root


def visible(root: LexborNode, html: str) -> Iterator[tuple[LexborNode, str, bool]]:
    """All nodes below *root* that are no furniture, as `walk` has them; *html* is what is in it."""
    return _kept(root, html, [])


def parsed(body: str) -> LexborNode | None:
    """The `<body>` of *body*; None for an empty document."""
    return LexborHTMLParser(f"<body>{body}").body  # what stands before <body> would get lost


def _kept(
    root: LexborNode, html: str, doomed: list[LexborNode]
) -> Iterator[tuple[LexborNode, str, bool]]:
    """The nodes below *root* that are kept, as `walk` has them; the topmost others are *doomed*."""
    starts, ends = _markers(root) if _MARKED.search(html) else (None, None)
    around = {node.mem_id for marker in (starts, ends) if marker for node in _ancestors(marker)}
    inside = starts is None
    text = root.text()
    house = any(word in text for word in _HOUSE_WORDS)  # else no line is asked for its text
    above: list[tuple[LexborNode, str]] = []
    node = root.first_child
    while node is not None:
        tag = node.tag or ""
        if tag == TEXT:
            keep = inside
        elif node.is_element_node:
            keep = (inside or node.mem_id in around) and not _is_furniture(node, tag, house)
        else:
            keep = inside and not node.is_comment_node
            if starts is not None and node.mem_id == starts.mem_id:
                inside = True
            elif ends is not None and node.mem_id == ends.mem_id:
                inside = False
        if not keep:
            doomed.append(node)
        else:
            yield node, tag, True
            if tag != TEXT and (child := node.first_child) is not None:
                above.append((node, tag))
                node = child
                continue
            if tag != TEXT:
                yield node, tag, False
        while (beside := node.next) is None and above:
            node, tag = above.pop()
            yield node, tag, False
        node = beside


def clean_copy(body: str) -> str:
    """*body* without its furniture, for `POST_PROFILE=clean`."""
    for _ in range(9):  # what furniture hid may be furniture itself
        root = prune(body)
        cleaned = (root.inner_html or "") if root is not None else ""
        if cleaned == body:
            break
        body = cleaned
    return body


def _markers(root: LexborNode) -> tuple[LexborNode | None, LexborNode | None]:
    """The comments that begin and end the text proper: the last that begins, the first after it."""
    starts = ends = None
    for node, _, entered in walk(root):
        if entered and node.is_comment_node:
            comment = node.comment_content or ""
            if _STARTS.search(comment) and not _is_hidden(node):
                starts, ends = node, None
            elif ends is None and _ENDS.search(comment) and not _is_hidden(node):
                ends = node
    return starts, ends


def _is_hidden(node: LexborNode) -> bool:
    above = (each for each in _ancestors(node) if each.is_element_node)
    return any(_is_furniture(each, each.tag or "", house=True) for each in above)


def _ancestors(node: LexborNode) -> Iterator[LexborNode]:
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def _stands_alone(node: LexborNode) -> bool:
    """Whether no running text is beside *node*, or beside the inline elements that hold it."""
    current: LexborNode | None = node
    while current is not None:
        for side in ("prev", "next"):
            near = getattr(current, side)
            while near is not None and (near.is_comment_node or not near.text().strip(AROUND)):
                if near.is_element_node and near.tag not in _INLINE:
                    break
                near = getattr(near, side)
            if near is not None and (near.is_text_node or near.tag in _INLINE):
                return False
        current = current.parent
        if current is None or current.tag not in _INLINE:
            break
    return True


def _is_furniture(node: LexborNode, tag: str, house: bool) -> bool:
    """*house*: there may be lines of the house."""
    if tag in _TAGS:
        return True
    if house and tag == "p" and _HOUSE_LINE.match(node.text().strip(AROUND)):
        return True
    attributes = node.attributes
    if not attributes:
        return False
    if tag == "a" and attributes.get("href") == node.text() != "" and _stands_alone(node):
        return True  # nothing but its address: what an embedded player or an ad left
    if not _CLASSES.isdisjoint((attributes.get("class") or "").split()):
        return True
    identity = attributes.get("id") or ""
    return (
        identity in _IDS
        or identity.startswith("quote_")  # a live quote
        or (attributes.get("data-sudaclick") or "") in _SUDA
        or "sax-type" in attributes
        or bool(_HIDDEN.search(attributes.get("style") or ""))
    )


def from_start(body: str) -> str:
    """*body* without what stands before its text proper, and without the marker of its start."""
    root = parsed(body)
    starts = _markers(root)[0] if root is not None else None
    if root is None or starts is None:
        return body
    around = {node.mem_id for node in _ancestors(starts)}
    doomed, skipped = [], None
    for node, tag, entered in walk(root):
        if skipped is None and entered and node.mem_id not in around:
            doomed.append(node)
            skipped = node.mem_id if tag != TEXT else None
        if not entered and node.mem_id == skipped:
            skipped = None
            if node.mem_id == starts.mem_id:
                break
    for node in doomed:
        node.decompose()
    return root.inner_html or ""
