"""Labels lie in both directions: the bytes are asked first."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsarchive.sina import encoding

#: 镕, 喆 and 囧 are in GBK, not in GB2312; 㛃 and 𠮷 are four bytes of GB18030.
IN_GBK = "朱镕基与陶喆的囧事，上证综指收报3458.23点。" * 3
IN_GB18030 = IN_GBK + "㛃𠮷"
BROKEN_GBK = IN_GBK.encode("gbk") + b"\xff" + IN_GBK.encode("gbk")
BROKEN_UTF8 = IN_GB18030.encode() + b"\xe4\xb8" + IN_GB18030.encode()


def page(charset: str | None, text: bytes) -> bytes:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">'.encode()
    return b"<html><head>" + (meta if charset else b"") + b"</head><body>" + text + b"</body>"


#: header label, meta label, bytes, the text that must come out
TABLE = {
    "utf-8, no label": (None, None, IN_GB18030.encode(), IN_GB18030),
    "utf-8, labels agree": ("utf-8", "utf-8", IN_GB18030.encode(), IN_GB18030),
    "utf-8, meta gb2312": (None, "gb2312", IN_GB18030.encode(), IN_GB18030),
    "utf-8, header gb2312": ("gb2312", None, IN_GB18030.encode(), IN_GB18030),
    "utf-8, both gbk": ("gbk", "gbk", IN_GB18030.encode(), IN_GB18030),
    "utf-8, header iso-8859-1": ("ISO-8859-1", None, IN_GB18030.encode(), IN_GB18030),
    "utf-8 with BOM, meta gb2312": (None, "gb2312", codecs.BOM_UTF8 + IN_GB18030.encode(), None),
    "gbk, no label": (None, None, IN_GBK.encode("gbk"), IN_GBK),
    "gbk, meta gb2312": (None, "gb2312", IN_GBK.encode("gbk"), IN_GBK),
    "gbk, meta GBK": (None, "GBK", IN_GBK.encode("gbk"), IN_GBK),
    "gbk, header gb2312": ("GB2312", None, IN_GBK.encode("gbk"), IN_GBK),
    "gbk, meta utf-8": (None, "utf-8", IN_GBK.encode("gbk"), IN_GBK),
    "gbk, header utf-8": ("utf-8", None, IN_GBK.encode("gbk"), IN_GBK),
    "gbk, header utf-8, meta gb2312": ("utf-8", "gb2312", IN_GBK.encode("gbk"), IN_GBK),
    "gbk, header gb2312, meta utf-8": ("gb2312", "utf-8", IN_GBK.encode("gbk"), IN_GBK),
    "gbk, header iso-8859-1, meta gb2312": ("ISO-8859-1", "gb2312", IN_GBK.encode("gbk"), IN_GBK),
    "gb18030, meta gb2312": (None, "gb2312", IN_GB18030.encode("gb18030"), IN_GB18030),
    "gb18030, no label": (None, None, IN_GB18030.encode("gb18030"), IN_GB18030),
    "gb18030, header gbk": ("gbk", None, IN_GB18030.encode("gb18030"), IN_GB18030),
    "gb18030, meta x-gbk": (None, "x-gbk", IN_GB18030.encode("gb18030"), IN_GB18030),
    "big5, meta big5": (None, "big5", "金融市場與經濟體".encode("big5"), "金融市場與經濟體"),
}


@pytest.mark.parametrize(("header", "meta", "data", "text"), TABLE.values(), ids=TABLE)
def test_label_and_bytes(
    header: str | None, meta: str | None, data: bytes, text: str | None
) -> None:
    whole = data if data.startswith(codecs.BOM_UTF8) else page(meta, data)
    markup, _ = encoding.decode(whole, f"text/html; charset={header}" if header else "text/html")
    assert (text or IN_GB18030) in markup
    assert "\ufffd" not in markup
    assert "\ufeff" not in markup


@pytest.mark.parametrize(
    ("bom", "codec"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
def test_a_byte_order_mark_decides(bom: bytes, codec: str) -> None:
    data = bom + page("gb2312", b"").decode().encode(codec) + IN_GB18030.encode(codec)
    markup, name = encoding.decode(data, "text/html; charset=gbk")
    assert markup.endswith(IN_GB18030)
    assert markup.startswith("<html>")
    assert name == codec


@pytest.mark.parametrize(
    ("header", "meta", "data", "text"),
    [
        (None, "gb2312", BROKEN_GBK, IN_GBK),
        (None, None, BROKEN_GBK, IN_GBK),
        ("utf-8", "gb2312", BROKEN_GBK, IN_GBK),
        ("ISO-8859-1", "gb2312", BROKEN_GBK, IN_GBK),
        ("windows-1252", None, BROKEN_GBK, IN_GBK),
        (None, "utf-8", BROKEN_UTF8, IN_GB18030),
        (None, "gb2312", BROKEN_UTF8, IN_GB18030),
        (None, None, BROKEN_UTF8, IN_GB18030),
        ("ISO-8859-1", None, BROKEN_UTF8, IN_GB18030),
        ("ISO-8859-1", "utf-8", BROKEN_UTF8, IN_GB18030),
    ],
    ids=lambda value: {BROKEN_GBK: "gbk", BROKEN_UTF8: "utf8", IN_GBK: "", IN_GB18030: ""}.get(
        value, str(value)
    ),
)
def test_a_broken_byte_costs_one_character(
    header: str | None, meta: str | None, data: bytes, text: str
) -> None:
    """A single byte label takes any bytes: that it does not fail says nothing."""
    content_type = f"text/html; charset={header}" if header else ""
    markup, _ = encoding.decode(page(meta, data), content_type)
    assert markup.count(text) >= 1
    assert 1 <= markup.count("\ufffd") <= 3


@pytest.mark.parametrize("header", ["ISO-8859-1", "latin-1", "windows-1252", "iso-8859-15"])
def test_a_single_byte_header_does_not_turn_chinese_into_letters(header: str) -> None:
    """What a web server says that nobody configured."""
    markup, _ = encoding.decode(page(None, IN_GBK.encode("gbk")), f"text/html; charset={header}")
    assert IN_GBK in markup


NO_ENCODINGS = (
    "rot13 rot_13 hex base64 zlib bz2 uu quopri utf-7 utf7 unicode_escape raw_unicode_escape "
    "undefined idna punycode mbcs oem nonsense aliases x - 8859_1_"
).split()


@pytest.mark.parametrize("label", [*NO_ENCODINGS, "utf-16", "utf-32", "a" * 3000])
@pytest.mark.parametrize("where", ["header", "meta"])
def test_a_label_that_is_no_encoding_of_pages_is_not_believed(label: str, where: str) -> None:
    data = page(label if where == "meta" else None, IN_GBK.encode("gbk"))
    markup, _ = encoding.decode(data, f"text/html; charset={label}" if where == "header" else "")
    assert IN_GBK in markup


@pytest.mark.parametrize("label", [*NO_ENCODINGS, "utf-16", "utf-32", "big5", "shift_jis"])
def test_such_a_label_over_broken_bytes_is_no_crash(label: str) -> None:
    markup, _ = encoding.decode(page(label, BROKEN_GBK), f"text/html; charset={label}")
    assert isinstance(markup, str)


@pytest.mark.parametrize(
    "meta",
    [
        b"<meta charset=gb2312>",
        b'<META CHARSET="GB2312"/>',
        b"<meta charset='gbk'>",
        b"<meta http-equiv='Content-Type' content='text/html; charset = gb2312'>",
        b'<meta name="x" content="y">\n<meta charset="gb18030">',
    ],
)
def test_the_spellings_of_a_meta(meta: bytes) -> None:
    markup, name = encoding.decode(meta + IN_GB18030.encode("gb18030"))
    assert markup.endswith(IN_GB18030)
    assert name == "gb18030"


def test_a_script_has_no_say() -> None:
    script = b'<script src="x.js" charset="shift_jis"></script>'
    markup, _ = encoding.decode(script + IN_GBK.encode("gbk"))
    assert markup.endswith(IN_GBK)


def test_nothing() -> None:
    assert encoding.decode(b"") == ("", "utf-8")


@given(st.text(max_size=200))
def test_utf_8_is_read_whatever_the_label_says(text: str) -> None:
    data = "<p>" + text
    assert encoding.decode(data.encode(), "text/html; charset=gb2312")[0] == data


@given(st.binary(max_size=200), st.text(max_size=30))
def test_no_bytes_crash_it(data: bytes, label: str) -> None:
    markup, name = encoding.decode(data, f"text/html; charset={label}")
    assert isinstance(markup, str)
    codecs.lookup(name)
