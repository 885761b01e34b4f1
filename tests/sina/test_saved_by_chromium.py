"""What Chromium itself saves as a "Webpage, Single File" of the small Sina's pages."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from select import select
from typing import Any

import pytest

from newsarchive.demo import SmallSina
from newsarchive.items import Article
from newsarchive.post import body
from newsarchive.sina import article, saved
from tests.running import ARTICLES
from tests.saves import served
from tests.security import browser

SAMPLES = {item.template: item for item in ARTICLES.values() if len(item.paragraphs) > 1}
CHROMIUM = browser.find()
#: It reads commands from descriptor 3, and answers on 4.
_START = """
import os, sys
os.dup2(int(sys.argv[1]), 3), os.dup2(int(sys.argv[2]), 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


class DevTools:
    """Chromium's protocol over two pipes: JSON messages that end in NUL."""

    def __init__(self, to: int, of: int) -> None:
        self.to, self.of = to, of
        self.number = 0
        self.unread = b""

    def call(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """Send one command, wait for its result."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        told = message | ({"sessionId": session} if session else {})
        os.write(self.to, json.dumps(told).encode() + b"\0")
        return self.wait("id", self.number)["result"]  # type: ignore[no-any-return]

    def wait(self, key: str, value: object) -> dict[str, Any]:
        """The next message that has *value* under *key*."""
        while True:
            while b"\0" not in self.unread:
                assert select([self.of], [], [], 60)[0], "the browser does not answer"
                read = os.read(self.of, 1 << 20)
                assert read, "the browser is gone"
                self.unread += read
            message, _, self.unread = self.unread.partition(b"\0")
            found: dict[str, Any] = json.loads(message)
            if found.get(key) == value:
                return found


@contextmanager
def devtools(port: int, profile: Path) -> Iterator[DevTools]:
    """A browser for which every host is the small Sina at *port*."""
    assert CHROMIUM
    (read, to), (of, write) = os.pipe(), os.pipe()
    line = [
        *(CHROMIUM, *browser.FLAGS, "--remote-debugging-pipe", f"--user-data-dir={profile}"),
        f"--host-resolver-rules=MAP * 127.0.0.1:{port}",
    ]
    started = [sys.executable, "-c", _START, str(read), str(write), *line]
    with subprocess.Popen(started, pass_fds=(read, write), stderr=subprocess.DEVNULL) as process:
        os.close(read)
        os.close(write)
        try:
            yield DevTools(to, of)
        finally:
            process.kill()
            os.close(to)
            os.close(of)


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A page of each template as Chromium saves it."""
    found = {}
    with SmallSina() as sina, devtools(sina.port, tmp_path_factory.mktemp("profile")) as tools:
        target = tools.call("Target.createTarget", url="about:blank")["targetId"]
        session = tools.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tools.call("Page.enable", session)
        for template, item in SAMPLES.items():
            tools.call("Page.navigate", session, url=item.url.replace("https:", "http:"))
            tools.wait("method", "Page.loadEventFired")
            told = tools.call("Page.captureSnapshot", session, format="mhtml")
            found[template] = told["data"].encode()
    return found


def cleaned(found: Article) -> Article:
    """With the body as a post has it, but for style sheets: in a save they are no part of it."""
    html = body.clean(found.body, found.url).html
    return replace(found, body=re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL))


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
@pytest.mark.parametrize("template", SAMPLES)
def test_its_saves_are_the_pages(template: str, snapshots: dict[str, bytes]) -> None:
    page, original = saved.read(snapshots[template]), saved.read(served(SAMPLES[template].url))
    assert page is not None
    assert original is not None
    assert page.url == SAMPLES[template].url
    assert cleaned(article.parse(page.markup, page.url)) == cleaned(
        article.parse(original.markup, page.url)
    )
