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

from tests.security.browser import FLAGS, Recorder, recording

_TIMEOUT = 60.0
#: Seconds in which a page that has come can still ask for something.
_AFTER = 0.15


@dataclass
class Page:
    """What a page did when it was opened."""

    requests: list[str] = field(default_factory=list)  #: addresses, as the page tells them
    elsewhere: list[str] = field(default_factory=list)  #: addresses that left this machine
    complaints: list[str] = field(default_factory=list)  #: of the console, policies included


class Browser:
    """One window; `open` leads it to a page. Frames without an origin are processes of their own,
    and speak in sessions of their own."""

    def __init__(self, asks: int, answers: int, recorder: Recorder) -> None:
        self._asks, self._answers, self._recorder = asks, answers, recorder
        self._number, self._left = 0, b""
        self._session = ""
        self._events: list[dict[str, Any]] = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        told = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = told["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")
        self._call(
            "Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=True, flatten=True
        )

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
        self._recorder.requests.clear()
        frame = self._call("Page.navigate", url=url)["frameId"]
        deadline = time.monotonic() + _TIMEOUT
        while not any(
            event["method"] == "Page.frameStoppedLoading" and event["params"]["frameId"] == frame
            for event in self._events
        ):
            self._note(self._read(deadline))
        return self.page()

    def page(self) -> Page:
        """What the page did since it was opened."""
        time.sleep(_AFTER)
        self.ask("1")  # what was said meanwhile is read
        page = Page(elsewhere=[request.url for request in self._recorder.requests])
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
        told = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def picture(self, path: Path) -> None:
        """The whole page as a PNG."""
        told = self._call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(told["data"]))

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        number = self._send(method, self._session, **params)
        deadline = time.monotonic() + _TIMEOUT
        while True:
            told = self._read(deadline)
            if told.get("id") == number:
                assert "error" not in told, told
                result: dict[str, Any] = told["result"]
                return result
            self._note(told)

    def _send(self, method: str, session: str, **params: Any) -> int:
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self._asks, json.dumps(message).encode() + b"\0")
        return self._number

    def _note(self, told: dict[str, Any]) -> None:
        """Keep an event; a new frame is listened to before it begins."""
        if told.get("method") == "Target.attachedToTarget":
            session = told["params"]["sessionId"]
            for method in ("Network.enable", "Log.enable", "Runtime.enable"):
                self._send(method, session)
            self._send("Runtime.runIfWaitingForDebugger", session)
        if "method" in told:
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
    """A browser with a new profile; what it asks elsewhere comes to a recorder."""
    with recording({}) as recorder:
        yield from _started(program, profile, recorder)


def _started(program: str, profile: Path, recorder: Recorder) -> Iterator[Browser]:
    asked, asks = os.pipe()
    answers, answered = os.pipe()

    def pipes() -> None:  # the browser reads from 3 and writes to 4
        first, second = os.dup(asked), os.dup(answered)
        os.dup2(first, 3)
        os.dup2(second, 4)

    command = [program, *FLAGS, "--remote-debugging-pipe", f"--user-data-dir={profile}"]
    command.remove("--proxy-bypass-list=<-loopback>")
    command += [f"--proxy-server=127.0.0.1:{recorder.server_address[1]}"]
    command += ["--proxy-bypass-list=127.0.0.1", "about:blank"]
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
        yield Browser(asks, answers, recorder)
    finally:
        process.kill()
        process.wait()
        os.close(asks)
        os.close(answers)
