"""Pictures of the archive in a body: named by the archive alone, and kept by every cleaning."""

from __future__ import annotations

import html

import ada_url
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsarchive import pictures
from newsarchive.post import body
from newsarchive.sina import reading
from tests.security.attacks import CASES
from tests.test_pictures import FAKES, OURS, PATH, URL

BASE = "https://finance.sina.com.cn/china/2021-08-06/doc-ikztesta0000001.shtml"
PAGE = f'<p>一</p><p><img src="{URL}" alt="a>b"><img src="https://example.org/b.png"></p><p>二</p>'


def image(attributes: dict[str, str]) -> str:
    told = "".join(f' {name}="{html.escape(value)}"' for name, value in attributes.items())
    return f"<p>字</p><img{told}>"


def test_nothing_but_the_picture_changes() -> None:
    before = body.clean(PAGE, BASE)
    after = body.with_images(before.html, {URL: PATH})
    rest = 'alt="a>b" referrerpolicy="no-referrer"'
    named = f'"../../../../{PATH}" {rest} {pictures.ORIGINAL}="{URL}"'
    assert after == before.html.replace(f'"{URL}" {rest}', named)
    assert body.with_images(before.html, {}) == before.html
    assert body.images("") == []
    assert [pictures.source(found) for found in body.images(after)] == [
        URL,
        "https://example.org/b.png",
    ]


@pytest.mark.parametrize(
    "post",
    [
        "file:///home/someone/output/posts/2021/08/06/a-kqtesta0000001.html",
        "http://127.0.0.1:8000/posts/2021/08/06/a-kqtesta0000001.html",
        "http://127.0.0.1:8000/revisions/kqtesta0000001/0001.html",
    ],
)
def test_where_a_browser_looks_for_it(post: str) -> None:
    """A browser goes up to the root at most: so over HTTP an earlier version shows it, too."""
    root = post[: post.index("/posts") if "/posts" in post else post.index("/revisions")]
    assert ada_url.join_url(post, pictures.UP + PATH) == f"{root}/{PATH}"


def test_what_it_is_called_elsewhere_stays() -> None:
    """The digest tells no edit, and the head picture is one that every reader can load."""
    before = body.clean(PAGE, BASE)
    after = body.clean(body.with_images(before.html, {URL: PATH}), stored=True)
    assert after.headimg == before.headimg == URL
    assert reading.digest("题", after.html) == reading.digest("题", before.html)
    assert reading.text(after.html) == reading.text(before.html)


@given(
    st.lists(st.sampled_from([markup for _, markup in CASES]), max_size=3),
    st.text("az<>&\"'{}`#图 ", max_size=20),
)
def test_a_body_with_pictures_stays_as_it_is(around: list[str], alt: str) -> None:
    page = f'{"".join(around)}<p>字<img alt="{html.escape(alt)}" src="{URL}?{{x}}#y"></p>'
    before = body.clean(page, BASE).html
    sources = [found.get("src", "") for found in body.images(before)]
    stored = {source: PATH for source in sources if pictures.address(source)}
    written = body.with_images(before, stored)
    assert body.clean(written, stored=True).html == written
    assert body.with_images(written, stored) == written
    assert body.without_images(written) == before
    if stored:
        assert PATH in written
    assert pictures.ORIGINAL not in body.clean(written, BASE).html


@pytest.mark.parametrize("name", FAKES)
def test_a_post_keeps_what_is_exactly_ours(name: str) -> None:
    kept = body.clean(image(OURS), stored=True).html
    assert OURS["src"] in kept
    assert pictures.ORIGINAL in kept
    faked = body.clean(image(OURS | FAKES[name]), stored=True).html
    assert 'src="..' not in faked
    assert pictures.ORIGINAL not in faked


@pytest.mark.parametrize("base", ["", BASE])
@pytest.mark.parametrize("name", ["ours", *FAKES])
def test_a_page_names_no_picture_of_the_archive(name: str, base: str) -> None:
    cleaned = body.clean(image(OURS | FAKES.get(name, {})), base).html
    assert 'src="..' not in cleaned
    assert pictures.ORIGINAL not in cleaned


@pytest.mark.parametrize("element", ["p", "div", "video", "input", "IMG/"])
def test_the_attribute_stays_on_pictures_only(element: str) -> None:
    told = f'{pictures.ORIGINAL}="{URL}" src="../../../../{PATH}"'
    cleaned = body.clean(f"<p>字</p><{element} {told}>", stored=True).html
    assert (pictures.ORIGINAL in cleaned) is (element == "IMG/")
