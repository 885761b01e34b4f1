"""What is a picture, which addresses are Sina's, how a post may name one."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsarchive import pictures
from newsarchive.pictures import Unstored
from tests.conftest import ROOT
from tests.pictures import KINDS, OTHERS, PNG

HASH = hashlib.sha256(PNG).hexdigest()
PATH = f"images/{HASH[:2]}/{HASH}.png"
URL = "https://n.sinaimg.cn/finance/a.png"
OURS = {"src": f"../../../../{PATH}", pictures.ORIGINAL: URL}


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_known_by_its_bytes(kind: str) -> None:
    assert pictures.kind(KINDS[kind]) == kind


@pytest.mark.parametrize("name", OTHERS)
def test_what_else_there_is_is_none(name: str) -> None:
    assert pictures.kind(OTHERS[name]) == ""


@given(st.binary(max_size=64) | st.sampled_from(list(KINDS.values())), st.binary(max_size=64))
def test_what_stands_behind_the_beginning_does_not_matter(begin: bytes, end: bytes) -> None:
    kind = pictures.kind(begin + end)
    assert kind in ("", *KINDS)
    if found := pictures.kind(begin):
        assert kind == found
    # No markup, in whatever encoding a browser may guess: none begins with these bytes.
    assert not kind or not re.match(rb"[\s\0]*[<+]|\xef\xbb\xbf|\xfe\xff|\xff\xfe", begin + end)


SINAS = [
    URL,
    "https://k.sinaimg.cn/n/finance/a.jpg/w160h120l1t170c.jpg",
    "https://i0.sinaimg.cn/cj/2012/a.gif?x=1&y={2}",
    "https://wx1.sinaimg.cn/large/a",
    "https://sinaimg.cn/",
]
NOBODYS = [
    "",
    "http://n.sinaimg.cn/a.png",
    "//n.sinaimg.cn/a.png",
    "https://N.sinaimg.cn/a.png",
    "https://n.sinaimg.cn:8443/a.png",
    "https://user@n.sinaimg.cn/a.png",
    "https://n.sinaimg.cn.example.org/a.png",
    "https://xsinaimg.cn/a.png",
    "https://n.sinaimg.cn",
    "https://n.sinaimg.cn\\@example.org/a.png",
    "https://n.sinaimg.cn/a b.png",
    "https://n.sinaimg.cn/图.png",
    "https://example.org/n.sinaimg.cn/a.png",
    "https://example.org/?https://n.sinaimg.cn/",
    "https://finance.sina.com.cn/a.png",
    "https://n.sinaimg.cn/a.png\n",
    "data:image/png;base64,AAAA",
    "file:///etc/passwd",
    f"https://n.sinaimg.cn/{'x' * 2100}.png",
    PATH,
]


@pytest.mark.parametrize("url", SINAS)
def test_an_address_of_sinas_pictures(url: str) -> None:
    assert pictures.address(url) == url
    assert pictures.address(f"{url}#fragment") == url


@pytest.mark.parametrize("url", NOBODYS)
def test_no_address_of_sinas_pictures(url: str) -> None:
    assert pictures.address(url) == ""


def test_a_path() -> None:
    assert pictures.path(HASH, "png") == PATH
    assert pictures.is_path(PATH)
    assert pictures.sha256_of(PATH) == HASH
    assert pictures.sha256_of("images/x.svg") == ""


@pytest.mark.parametrize("kind", ["svg", "", "PNG", "html", "png/../x"])
def test_no_path_of_another_kind(kind: str) -> None:
    with pytest.raises(ValueError, match="no picture's path"):
        pictures.path(HASH, kind)


@pytest.mark.parametrize("sha256", ["", HASH[:63], HASH.upper(), "../" + HASH[3:], f"{HASH}\n"])
def test_no_path_of_another_name(sha256: str) -> None:
    with pytest.raises(ValueError, match="no picture's path"):
        pictures.path(sha256, "png")


FAKES = {
    "another path": {"src": "../../../../images/x.svg"},
    "an SVG": {"src": f"../../../../images/{HASH[:2]}/{HASH}.svg"},
    "another folder": {"src": f"../../../../images/00/{HASH}.png"},
    "another depth": {"src": f"../../{PATH}"},
    "deeper": {"src": f"../../../../../{PATH}"},
    "from the root": {"src": f"/{PATH}"},
    "something behind": {"src": f"../../../../{PATH}?x"},
    "a line behind": {"src": f"../../../../{PATH}\n"},
    "a blank before": {"src": f" ../../../../{PATH}"},
    "no address": {pictures.ORIGINAL: ""},
    "an address elsewhere": {pictures.ORIGINAL: "https://example.org/a.png"},
    "a script": {pictures.ORIGINAL: "javascript:alert(1)"},
}


def test_a_picture_of_ours_is_known_by_both_of_its_attributes() -> None:
    assert pictures.is_stored(OURS)
    assert pictures.source(OURS) == URL
    assert not pictures.is_stored({"src": OURS["src"]})
    assert pictures.source({"src": "x.png", pictures.ORIGINAL: URL}) == "x.png"


@pytest.mark.parametrize("name", FAKES)
def test_what_is_not_exactly_ours_is_not(name: str) -> None:
    assert not pictures.is_stored(OURS | FAKES[name])


def test_why_an_answer_is_not_kept() -> None:
    assert pictures.refusal(200, PNG, len(PNG)) is None
    assert pictures.refusal(200, PNG, len(PNG) - 1) is Unstored.TOO_LARGE
    assert pictures.refusal(200, b"<html>", 100) is Unstored.NO_PICTURE
    assert pictures.refusal(404, PNG, 1000) is pictures.refusal(410, PNG, 1000)
    assert pictures.refusal(404, PNG, 1000) is Unstored.NOT_FOUND
    assert {pictures.refusal(status, PNG, 1000) for status in (301, 403, 500)} == {
        Unstored.HTTP_ERROR
    }


def test_the_reasons_are_those_of_the_documents() -> None:
    text = (ROOT / "docs/images.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", text, re.M)
    assert rows == [(reason.label, reason.meaning) for reason in Unstored]
