"""Which characters the bytes of a page or list stand for.

Labels lie in both directions at Sina (docs/sina.md): GBK pages declare gb2312 and break it,
saved copies are UTF-8 under a gb2312 meta. So the bytes are asked first.
"""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([a-zA-Z0-9_\-]+)""", re.IGNORECASE)
_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([a-zA-Z0-9_\-]+)""", re.IGNORECASE)
#: gb2312 and gbk are read as their superset, as browsers do (WHATWG Encoding, 4.2).
_GB = {"gb2312", "gb_2312", "gb_2312-80", "gbk", "cp936", "x-gbk", "chinese", "gb18030"}
#: Labels that are believed: encodings of Chinese that can fail. A single-byte label (what a server
#: says that nobody configured) takes any bytes, and Python's own codecs are no encodings of pages.
_MULTI_BYTE = frozenset(("utf-8", "gb18030", "big5", "big5hkscs", "shift_jis", "euc_jp", "euc_kr"))
_FALLBACKS = ("gb18030", "big5")


def decode(data: bytes, content_type: str = "") -> tuple[str, str]:
    """The text of *data* and the name of the encoding it was read in.

    BOM, then strict UTF-8, then the strict label (meta before header), then whichever encoding
    leaves the fewest U+FFFD. *content_type* is the HTTP header's value.
    """
    for bom, name in _BOMS:
        if data.startswith(bom):
            return data[len(bom) :].decode(name, "replace"), name
    try:
        return data.decode(), "utf-8"
    except UnicodeDecodeError:
        pass  # as the labels say
    labels = [match[1].decode("ascii") for match in _META.finditer(data[:4096])]
    if header := _HEADER.search(content_type):
        labels.append(header[1])
    labelled = list(filter(None, map(_codec, labels)))
    for name in labelled:
        try:
            return data.decode(name), name
        except UnicodeDecodeError:
            continue
    readings = [(data.decode(name, "replace"), name) for name in ("utf-8", *labelled, *_FALLBACKS)]
    return min(readings, key=lambda reading: reading[0].count("\ufffd"))


def _codec(label: str) -> str | None:
    if label.lower() in _GB:
        return "gb18030"
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return None
    return name if name in _MULTI_BYTE else None
