"""What a body says to its reader: the text without furniture, its symbols, its editor.

Works on a container's inner HTML and on a post's BODY alike, so that a replayed post tells what the
page told (docs/sina.md).
"""

from __future__ import annotations

import hashlib
import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

_NOISE_TAGS = frozenset("style script noscript template iframe video audio head".split())
_NOISE_CLASSES = frozenset(
    (
        "appendQr_wrap app-kaihu-qr ct_hqimg hqimg_related otherContent_01 tech-quotation "
        "show_author article-editor finance_app_zqtg sinaads news_con_qrcode appendQr_normal_txt"
    ).split()
)
_NOISE_IDS = frozenset(["ad_44086", "left_hzh_ad", "sinashareto", "wx_pic"])
_NOISE_SUDA = frozenset(("suda_1028_guba",))
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)

#: The text proper, where a template marks it.
_TEXT_STARTS = re.compile(r"publish_helper name='原始正文'|^\s*原始正文\s*(?:start|begin)")
_TEXT_ENDS = re.compile(r"publish_helper_end|^\s*原始正文\s*end")

_BLOCKS = frozenset(
    (
        "address article aside blockquote caption center dd details div dl dt fieldset figcaption "
        "figure footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table "
        "tbody tfoot thead tr ul"
    ).split()
)
_SHOWN = frozenset(("img", "embed", "object"))
_PLAYED = frozenset(("video", "audio", "iframe"))
_CELLS = frozenset(("td", "th"))
#: All blanks of Unicode, with the zero-width ones.
_BLANKS = re.compile(r"[\s\u200b\ufeff]+")
_ASCII_BLANKS = re.compile(r"[ \t\r\n\f]+")
_AROUND = " \t\r\n\f\u00a0\u3000\u200b\ufeff"

_SYMBOLS = re.compile(r"<!--\s*news_keyword_pub(,[^<>]*)-->")
_SYMBOL_SPAN = re.compile(r'<span id="([a-z]{0,6}stock)_([A-Za-z0-9.$_-]{1,20})"')
_EDITOR = re.compile(r"(?:责任)?编辑\s*[：:]\s*(?P<name>[^\n）)]{1,40})")


def text(body: str) -> str:
    """The text of *body*, a paragraph a line, without promotion, editor line and live quotes."""
    return "\n".join(_read(body)[0])


def is_empty(body: str) -> bool:
    """Whether nothing is in *body* but furniture: no text, and nothing to be seen."""
    lines, shows = _read(body)
    return not lines and not shows


def _read(body: str) -> tuple[list[str], bool]:
    """The lines of *body*, and whether it shows anything beside text."""
    root = LexborHTMLParser(body).body
    lines: list[str] = []
    line: list[str] = []
    shows = False

    def end_line() -> None:
        joined = _ASCII_BLANKS.sub(" ", "".join(line)).strip(_AROUND)
        line.clear()
        if joined:
            lines.append(joined)

    if root is None:
        return lines, shows
    end = root.mem_id  # comparing nodes would compare their HTML
    node = root.first_child
    while node is not None:
        descend = None
        if node.is_text_node:
            line.append(node.text_content or "")
        elif node.is_comment_node:
            comment = node.comment_content or ""
            if _TEXT_STARTS.search(comment):
                line.clear()
                lines.clear()
            elif _TEXT_ENDS.search(comment):
                break
        elif node.is_element_node and not _is_noise(node) and not _is_bare_link(node):
            if node.tag in _BLOCKS or node.tag == "br":
                end_line()
            elif node.tag in _CELLS:
                line.append(" ")
            shows = shows or node.tag in _SHOWN
            descend = node.first_child
        elif node.is_element_node:
            shows = shows or node.tag in _PLAYED
        if descend is not None:
            node = descend
            continue
        while node is not None and node.mem_id != end:
            if node.tag in _BLOCKS:
                end_line()
            if node.next is not None:
                node = node.next
                break
            node = node.parent
        if node is not None and node.mem_id == end:
            break
    end_line()
    return lines, shows


def _is_noise(node: LexborNode) -> bool:
    if node.tag in _NOISE_TAGS:
        return True
    attributes = node.attributes
    if not attributes:
        return False
    if not _NOISE_CLASSES.isdisjoint((attributes.get("class") or "").split()):
        return True
    identity = attributes.get("id") or ""
    return (
        identity in _NOISE_IDS
        or identity.startswith("quote_")
        or (attributes.get("data-sudaclick") or "") in _NOISE_SUDA
        or "sax-type" in attributes
        or bool(_HIDDEN.search(attributes.get("style") or ""))
    )


def _is_bare_link(node: LexborNode) -> bool:
    """Whether a link shows nothing but its address, as embedded players and ads leave it."""
    return node.tag == "a" and node.attributes.get("href") == node.text()


def digest(title: str, body: str) -> str:
    """SHA-256, in hex, of the visible text and title without blanks.

    Ads, quotes and white space do not change it: two versions with the same digest are one.
    """
    visible = _BLANKS.sub("", title) + "\n" + _BLANKS.sub("", text(body))
    return hashlib.sha256(visible.encode("utf-8", "replace")).hexdigest()


def symbols(body: str) -> list[str]:
    """The codes that the article names: `sz300059`; of other markets `usstock:JPM`.

    From the comment that lists them, from the linked spans where a page has no such comment.
    """
    found: list[tuple[str, str]] = []
    comments = _SYMBOLS.findall(body)
    for listed in comments:
        parts = listed.split(",")[1:]
        for market, codes in zip(parts[::2], parts[1::2]):
            found += [(market.strip(), code) for code in re.split(r"&(?:amp;)?", codes.strip())]
    if not comments:
        found = _SYMBOL_SPAN.findall(body)
    named = [code if market == "stock" else f"{market}:{code}" for market, code in found if code]
    return list(dict.fromkeys(named))


def editor(body: str) -> str:
    """The editor named in the body, with the staff code where there is one; else ''."""
    page = LexborHTMLParser(body)
    for node in page.css(".article-editor, .show_author"):
        if name := editor_name(node.text()):
            return name
    tail = (page.body.text() if page.body is not None else "")[-2000:]
    named = re.findall(r"责任编辑\s*[：:][^\n）)]{1,40}", tail)
    return editor_name(named[-1]) if named else ""


def editor_name(line: str) -> str:
    """`支全明 SF099` of `责任编辑：支全明 SF099`, `SN067` of `（编辑：SN067）`; else ''."""
    match = _EDITOR.search(line)
    return " ".join(match["name"].split()).strip(_AROUND) if match else ""
