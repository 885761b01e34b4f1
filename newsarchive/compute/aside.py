"""Mere computing, done in a second process: meanwhile the first one fetches and stores."""

from __future__ import annotations

import asyncio
import pickle
import subprocess
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from newsarchive.compute import server
from newsarchive.exceptions import BadInput, Reason

_T = TypeVar("_T")
#: How many calls are told to the process before it has answered the first of them.
_AHEAD = 16


class Aside:
    """Calls functions in a second process, one after the other; without *beside* in this one.

    What is called changes nothing, and can be pickled: so can its arguments, its result, and what
    it raises. Where the process dies, another one goes on; a call of which two died, as of a page
    that a parser in C is no match for, raises BadInput(INTERNAL).
    """

    def __init__(self, *, beside: bool) -> None:
        self._beside = beside
        #: What is called, as it is sent, and who waits for it; the first `_sent` were.
        self._calls: deque[tuple[bytes, asyncio.Future[Any]]] = deque()
        self._sent = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._transport: asyncio.Transport | None = None
        self._serving: asyncio.Task[None] | None = None

    async def __call__(self, function: Callable[..., _T], *arguments: object) -> _T:
        if not self._beside:
            return function(*arguments)
        done: asyncio.Future[_T] = asyncio.get_running_loop().create_future()
        self._calls.append((server.message((function, arguments)), done))
        if self._transport is not None:
            self._send(self._transport)
        elif self._serving is None:
            self._serving = asyncio.ensure_future(self._serve())
        return await done

    def close(self) -> None:
        """End the second process: what is asked of it is not answered any more."""
        if self._serving is not None:
            self._serving.cancel()
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    async def _serve(self) -> None:
        try:
            suspect = None
            while self._calls:
                status = await self._one_process()
                if self._calls and self._calls[0][1] is not suspect:
                    suspect = self._calls[0][1]  # it may have died of something else
                elif self._calls:
                    _, done = self._calls.popleft()
                    if not done.done():
                        told = f"the process that read it ended with {status}"
                        done.set_exception(BadInput(Reason.INTERNAL, told))
        except Exception as error:  # it cannot be begun, or understood: whoever waits is told
            for _, done in self._calls:
                if not done.done():
                    done.set_exception(error)
            self._calls.clear()
        finally:
            self._serving = None

    async def _one_process(self) -> int:
        """Let a process make the calls until it dies; its status."""
        loop = asyncio.get_running_loop()
        self._process, ours = server.begun()
        ended: asyncio.Future[None] = loop.create_future()
        self._transport, _ = await loop.create_connection(
            lambda: _Answers(self._answered, ended), sock=ours
        )
        try:
            self._sent = 0
            self._send(self._transport)
            await ended
        finally:
            self._transport.close()
            self._transport = None
        return self._process.wait()

    def _send(self, transport: asyncio.Transport) -> None:
        while self._sent < min(len(self._calls), _AHEAD):
            transport.write(self._calls[self._sent][0])
            self._sent += 1

    def _answered(self, result: Any, error: Exception | None) -> None:
        _, done = self._calls.popleft()
        self._sent -= 1
        if done.done():  # nobody waits any more: the run is being cut off
            pass
        elif error is None:
            done.set_result(result)
        else:
            done.set_exception(error)
        if self._transport is not None:
            self._send(self._transport)


class _Answers(asyncio.Protocol):
    """What comes from the process; *ended* when nothing more does, or what cannot be understood."""

    def __init__(self, answered: Callable[..., None], ended: asyncio.Future[None]) -> None:
        self._answered = answered
        self._ended = ended
        self._buffer = bytearray()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= server.HEAD.size:
            end = server.HEAD.size + server.HEAD.unpack_from(self._buffer)[0]
            if len(self._buffer) < end:
                return
            answer = bytes(self._buffer[server.HEAD.size : end])
            del self._buffer[:end]
            try:
                self._answered(*pickle.loads(answer))  # noqa: S301  # ours
            except Exception as error:  # of ours: it is none
                if not self._ended.done():
                    self._ended.set_exception(error)
                return

    def connection_lost(self, error: Exception | None) -> None:
        if not self._ended.done():
            self._ended.set_result(None)
