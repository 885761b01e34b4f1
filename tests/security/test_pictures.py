"""Pictures: no page and no post makes the archive ask, hold or show anything else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response
from twisted.internet.defer import Deferred, succeed

from newsarchive import pictures
from newsarchive.addresses import PublicResolver
from newsarchive.demo.handler import LoopbackHandler
from newsarchive.download import Handler
from newsarchive.post import body, document
from newsarchive.spiders import replay
from tests.running import export, posts, scrapy
from tests.running import replay as replayed
from tests.security import browser
from tests.security.attacks import CASES
from tests.security.posts import post_of
from tests.spiders.test_images import GOOD, HOST, ONE, Pictures, sources, with_pictures
from tests.test_pictures import FAKES, OURS, PATH, URL

LOCAL = OURS["src"]
#: Markup that would have a reader load a picture of the archive, or what only looks like one.
HOSTILE = [
    '<img src="../../../../images/x.svg">',
    f'<img src="{LOCAL}">',
    f'<img src="{LOCAL}" {pictures.ORIGINAL}="{URL}">',
    f'<img {pictures.ORIGINAL}="{LOCAL}">',
    f'<img {pictures.ORIGINAL}="javascript:alert(1)" data-src="{LOCAL}">',
    f"<IMG SRC={LOCAL} DATA-NEWSARCHIVE-SRC={URL}>",
    f'<svg><img src="{LOCAL}" {pictures.ORIGINAL}="{URL}"></svg>',
    f'<p {pictures.ORIGINAL}="{URL}" src="{LOCAL}">字</p>',
    f'<input type=image src="{LOCAL}" {pictures.ORIGINAL}="{URL}">',
    f'<img srcset="{LOCAL}" src="{LOCAL}#x" {pictures.ORIGINAL}="{URL}">',
    f'<div style="background:url({LOCAL})">字</div>',
]


class Resolver(PublicResolver):
    """Names of the news lead to loopback, where the small Sina is; those of pictures inside."""

    def getHostByName(  # noqa: N802  # Twisted's name
        self, name: str, timeout: Any = ()
    ) -> Deferred[str]:
        if name == "127.0.0.1":
            return succeed(name)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                "twisted.internet.base.ThreadedResolver.getHostByName",
                lambda *args, **kwargs: succeed(os.environ["INSIDE"]),
            )
            return super().getHostByName(name, timeout)


class Inside(LoopbackHandler):
    """The live handler for pictures; for all else the small Sina."""

    async def download_request(self, request: Request) -> Response:
        if "sinaimg" in request.url:
            return await Handler.download_request(self, request)
        return await super().download_request(request)


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.1", "169.254.169.254"])
def test_a_picture_of_a_private_address_is_not_asked_for(tmp_path: Path, inside: str) -> None:
    handler = "tests.security.test_pictures.Inside"
    with Pictures(GOOD) as site:
        site.pages_now[GOOD] = with_pictures(GOOD, f"{HOST}/plain.jpg")
        done = scrapy(
            *("crawl", "sina_finance", *ONE),
            *("-s", f'DOWNLOAD_HANDLERS={{"http": "{handler}", "https": "{handler}"}}'),
            *("-s", "TWISTED_DNS_RESOLVER=tests.security.test_pictures.Resolver"),
            archive=tmp_path / "archive",
            port=site.port,
            more={"INSIDE": inside},
        )
        assert not [host for host, _ in site.requests if "sinaimg" in host]
    assert done.code == 0
    assert done.report["images"] == {"stored": 0, "known": 0, "failed": {"network": 2}}
    assert f"{HOST}/plain.jpg" in [found["src"] for found in sources(tmp_path / "archive", GOOD)]


# Bodies


@pytest.mark.parametrize("markup", HOSTILE)
def test_a_page_names_no_file_of_the_archive(markup: str) -> None:
    post = post_of(markup).decode()
    assert not [found for found in body.images(post) if LOCAL in found.get("src", "")]
    assert pictures.ORIGINAL not in post


@pytest.mark.parametrize("markup", HOSTILE)
def test_a_post_of_a_stranger_names_at_most_pictures(tmp_path: Path, markup: str) -> None:
    """Replayed; what is exactly of our form may stay: a hash, and nothing else, can be asked."""
    post = post_of("<p>这里</p>").decode().replace("<p>这里</p>", markup)
    (tmp_path / "post.html").write_text(post)
    cleaned = body.clean(replay.read(tmp_path / "post.html").body, stored=True).html
    for found in body.images(cleaned):
        assert pictures.is_stored(found) or found.get("src", "https://").startswith("https://")
        assert pictures.is_stored(found) or pictures.ORIGINAL not in found
    assert cleaned.count(pictures.ORIGINAL) == cleaned.count(f' src="{LOCAL}"')


@pytest.mark.parametrize("name", FAKES)
def test_a_replayed_post_loses_what_only_looks_like_ours(tmp_path: Path, name: str) -> None:
    attributes = OURS | FAKES[name]
    told = " ".join(f'{key}="{value}"' for key, value in attributes.items())
    post = post_of("<p>这里</p>").decode().replace("<p>这里</p>", f"<img {told}>")
    (tmp_path / "post.html").write_text(post)
    done = replayed(tmp_path / "archive", tmp_path / "post.html", "-s", "IMAGES_ENABLED=True")
    assert done.code == 0
    (data,) = posts(tmp_path / "archive").values()
    assert b"../images" not in data
    assert pictures.ORIGINAL.encode() not in data


def test_a_replayed_post_of_ours_comes_back_byte_for_byte(tmp_path: Path) -> None:
    attributes = f'src="{LOCAL}" alt referrerpolicy="no-referrer" {pictures.ORIGINAL}="{URL}"'
    post = post_of("<p>这里</p>").decode().replace("<p>这里</p>", f"<img {attributes}>")
    (tmp_path / "post.html").write_text(post.replace("headimg: ''", f"headimg: '{URL}'").replace(
        "thumbnail: ''", f"thumbnail: '{URL}'"
    ))  # fmt: skip
    done = replayed(tmp_path / "archive", tmp_path / "post.html")
    assert done.code == 0
    assert list(posts(tmp_path / "archive").values()) == [(tmp_path / "post.html").read_bytes()]
    (row,) = export(tmp_path / "archive")
    assert row["headimg"] == URL


def test_a_browser_loads_nothing_but_pictures(tmp_path: Path) -> None:
    """The attacks as replayed posts, around a picture of the archive's."""
    chromium = browser.find()
    if chromium is None:
        pytest.skip("no chromium here")
    ours = f'<img src="{LOCAL}" {pictures.ORIGINAL}="{URL}">'
    pages = []
    for number, markup in enumerate([*HOSTILE, *(markup for _, markup in CASES[::20])]):
        armed = markup.replace("alert(1)", f"top.alert({number})")
        cleaned = body.clean(body.clean(armed + ours, stored=True).html, stored=True).html
        article = document.read(post_of("<p>字</p>"))
        article.body = cleaned
        pages.append(document.write(article).decode())
    seen = browser.look(chromium, ["".join(pages)], tmp_path)
    assert seen.ran == set()
    local = {f"http://{browser.HOST}/{PATH}"}
    others = {found for found in seen.requests if not found.is_https_image}
    assert {found.url for found in others} == local
