"""What could run or load code in a piece of HTML or CSS, told by other means than the package's.

HTML is parsed again by two parsers (html5lib follows the standard of before 2025, where a <select>
still throws tags away; lexbor today's), CSS is cut into tokens as CSS Syntax 3 says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from selectolax.lexbor import LexborHTMLParser

HOSTILE_ELEMENTS = frozenset(
    (
        "script iframe object embed applet form base link meta svg math template noscript frame "
        "frameset noframes noembed portal fencedframe title xmp plaintext param source track"
    ).split()
)
HOSTILE_ATTRIBUTES = frozenset(
    (
        "srcdoc srcset imagesrcset formaction action ping background poster data lowsrc dynsrc "
        "xlink:href manifest codebase archive code classid profile http-equiv is"
    ).split()
)
_SCHEME = re.compile(r"([a-z][a-z0-9+.\-]*):")
_RASTER = re.compile(r"data:image/(?:png|gif|jpe?g|webp|bmp|avif|x-icon)[;,]")
_BAD_SCHEMES = frozenset("javascript vbscript livescript mocha data view-source blob".split())


class Element(NamedTuple):
    """One element as a parser sees it; text only of <style>."""

    name: str
    attributes: dict[str, str]
    text: str


def faults(html: str) -> list[str]:
    """What is hostile in *html*, alone and inside a page with a doctype, in either parser."""
    page = f"<!DOCTYPE html><html><body><div>   \n{html}  \n</div></body></html>"
    return [
        f"{parser}: {fault}"
        for markup in (html, page)
        for parser, elements in (
            ("lexbor", lexbor_elements(markup)),
            ("html5lib", html5lib_elements(markup, scripting=True)),
            ("html5lib without scripts", html5lib_elements(markup, scripting=False)),
        )
        for element in elements
        for fault in element_faults(element)
    ]


def lexbor_elements(html: str) -> Iterator[Element]:
    root = LexborHTMLParser(html.encode("utf-8", "replace")).root
    assert root is not None
    for node in (root, *root.css("*")):
        attributes = {key: value or "" for key, value in node.attributes.items()}
        text = node.text(deep=True) if node.tag == "style" else ""
        yield Element(str(node.tag), attributes, text)


def html5lib_elements(html: str, *, scripting: bool) -> Iterator[Element]:
    html5lib: Any = pytest.importorskip("html5lib")
    clean = re.sub("[\ud800-\udfff]", "?", html)
    tree = html5lib.parse(clean, namespaceHTMLElements=False, scripting=scripting)
    for element in tree.iter():
        if isinstance(element.tag, str):
            attributes = {str(key): value or "" for key, value in element.attrib.items()}
            # Foreign elements keep their namespace, in braces.
            yield Element(element.tag.rpartition("}")[2], attributes, element.text or "")


def element_faults(element: Element) -> Iterator[str]:
    if element.name in HOSTILE_ELEMENTS:
        yield f"<{element.name}>"
    if element.name == "style":
        yield from (f"<style> {fault}" for fault in css_faults(element.text))
    for key, value in element.attributes.items():
        name = key.rpartition("}")[2].lower()
        if name.startswith("on") or name in HOSTILE_ATTRIBUTES:
            yield f"{element.name} {name}="
        if name == "style":
            yield from (f"style= {fault}" for fault in css_faults(value))
        # As browsers read a URL: without tabs and newlines, and without C0 and blanks around.
        url = re.sub(r"[\t\r\n]", "", value).strip("".join(map(chr, range(33)))).lower()
        scheme = _SCHEME.match(url)
        if scheme and scheme[1] in _BAD_SCHEMES and not _RASTER.match(url):
            yield f"{element.name} {name}={value[:40]!r}"
        if name == "src" and element.name != "img":
            yield f"{element.name} src="


_CSS_TOKEN = re.compile(
    r"""(?P<comment>/\*.*?(?:\*/|\Z))
    |(?P<string>"(?:\\.|[^"\\\n\r\f])*(?:"|\Z|(?=[\n\r\f]))|'(?:\\.|[^'\\\n\r\f])*(?:'|\Z|(?=[\n\r\f])))
    |(?P<name>
        (?:@|\#)?-{0,2}
        (?:\\[^\n\r\f]|[^\W\d]|[\u0080-\U0010ffff])
        (?:\\[0-9a-fA-F]{1,6}[ \t\n\r\f]?|\\[^\n\r\f]|[\w-]|[\u0080-\U0010ffff])*
    )(?P<open>\()?
    |(?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)
_CSS_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})[ \t\n\r\f]?|(.))", re.DOTALL)
_URL_REST = re.compile(r"""[ \t\r\n\f]*(["'])?(.*?)(?:\1[ \t\r\n\f]*\)|\Z)""", re.DOTALL)
_HOSTILE_AT = frozenset("@import @charset @namespace @font-face @document @-moz-document".split())
_HOSTILE_CALLS = frozenset(
    "expression src image image-set -webkit-image-set cross-fade -webkit-cross-fade element".split()
)
_HOSTILE_NAMES = frozenset("behavior behaviour -moz-binding".split())


def css_faults(css: str) -> Iterator[str]:
    """What could load (but https images) or run in a style sheet or in declarations."""
    position = 0
    while match := _CSS_TOKEN.match(css, position):
        position = match.end()
        if match["string"] and re.match(r".(?:java|vb)script:", _unescape(match["string"]), re.I):
            yield match["string"]
        if not match["name"]:
            continue
        name = _unescape(match["name"]).lower()
        if name in _HOSTILE_AT or name in _HOSTILE_NAMES:
            yield name
        elif match["open"] and name in _HOSTILE_CALLS:
            yield f"{name}()"
        elif match["open"] and name in ("url", "url-prefix", "domain"):
            rest = _URL_REST.match(css, position)
            assert rest is not None
            position = rest.end()
            if not _unescape(rest[2]).strip().lower().startswith("https://"):
                yield f"url({rest[2][:40]})"


def _unescape(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        if match[1]:
            code = int(match[1], 16)
            return chr(code) if 0 < code < 0x110000 else "\ufffd"
        return match[2]

    return _CSS_ESCAPE.sub(character, text)
