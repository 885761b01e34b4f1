"""A headless Chromium told what to do over a pipe, by the DevTools protocol.

https://chromedevtools.github.io/devtools-protocol/: JSON messages that end in a NUL.
"""

from __future__ import annotations

import base64
import json
import os
import select
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.security.browser import FLAGS

_TIMEOUT = 60.0


@dataclass
class Page:
    """What a page did when it was opened."""

    requests: list[str] = field(default_factory=list)  #: addresses
    complaints: list[str] = field(default_factory=list)  #: of the console, policies included


class Browser:
    """One window; `open` leads it to a page."""

    def __init__(self, asks: int, answers: int) -> None:
        self._asks, self._answers = asks, answers
        self._number, self._left = 0, b""
        self._session = ""
        self._events: list[dict[str, Any]] = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        told = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = told["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")

    def size(self, width: int, height: int, *, dark: bool = False) -> None:
        """As a phone or a desk has it."""
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[scheme])

    def open(self, url: str) -> Page:
        """Go there, and wait until all of it, frames included, has come."""
        self._events.clear()
        frame = self._call("Page.navigate", url=url)["frameId"]
        page, deadline = Page(), time.monotonic() + _TIMEOUT
        while not any(
            event["method"] == "Page.frameStoppedLoading" and event["params"]["frameId"] == frame
            for event in self._events
        ):
            self._events.append(self._read(deadline))
        self.ask("new Promise(done => setTimeout(done, 100))")
        for event in self._events:
            told = event["params"]
            if event["method"] == "Network.requestWillBeSent":
                page.requests.append(told["request"]["url"])
            elif event["method"] == "Log.entryAdded":
                page.complaints.append(told["entry"]["text"])
            elif event["method"] in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled"):
                page.complaints.append(json.dumps(told))
        return page

    def ask(self, expression: str) -> Any:
        """What an expression of JavaScript is in the page: DevTools may, whatever the policy."""
        told = self._call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def picture(self, path: Path) -> None:
        """The whole page as a PNG."""
        told = self._call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(told["data"]))

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._asks, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + _TIMEOUT
        while True:
            told = self._read(deadline)
            if told.get("id") == self._number:
                assert "error" not in told, told
                result: dict[str, Any] = told["result"]
                return result
            self._events.append(told)

    def _read(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._left:
            ready, _, _ = select.select([self._answers], [], [], deadline - time.monotonic())
            part = os.read(self._answers, 1 << 20) if ready else b""
            assert part, "the browser says nothing"
            self._left += part
        message, _, self._left = self._left.partition(b"\0")
        told: dict[str, Any] = json.loads(message)
        return told


@contextmanager
def started(program: str, profile: Path) -> Iterator[Browser]:
    """A browser with a new profile, that reaches nothing but this machine."""
    asked, asks = os.pipe()
    answers, answered = os.pipe()

    def pipes() -> None:  # the browser reads from 3 and writes to 4
        first, second = os.dup(asked), os.dup(answered)
        os.dup2(first, 3)
        os.dup2(second, 4)

    command = [program, *FLAGS, "--remote-debugging-pipe", f"--user-data-dir={profile}"]
    command.remove("--proxy-bypass-list=<-loopback>")
    command += ["--proxy-server=127.0.0.1:9", "--proxy-bypass-list=127.0.0.1", "about:blank"]
    process = subprocess.Popen(
        command,
        preexec_fn=pipes,
        close_fds=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(asked)
    os.close(answered)
    try:
        yield Browser(asks, answers)
    finally:
        process.kill()
        process.wait()
        os.close(asks)
        os.close(answers)
