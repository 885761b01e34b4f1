"""What can go wrong on the wire, by name: the small Sina asks here before it answers.

A fault sends what it sends and says whether the connection stays open; `Wire.send` raises OSError
once the client has gone.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

#: path, or a part of it -> the fault there; of several each is met once, "" being none.
Plan = Mapping[str, "str | Sequence[str]"]

_BLOCK = b"<p>" + b"x" * 65_000 + b"</p>\n"


@dataclass(frozen=True)
class Wire:
    """An answer before it is sent. `stopping` is set when the site stops."""

    send: Callable[[bytes], object]
    lines: Sequence[str]  #: status and headers, without those that frame the body
    body: bytes
    stopping: threading.Event

    def head(self, *framing: str) -> bytes:
        """Status and headers, up to the body."""
        return ("\r\n".join((*self.lines, *framing)) + "\r\n\r\n").encode("latin-1")

    @property
    def whole(self) -> bytes:
        """The answer as it should be."""
        return self.head(f"Content-Length: {len(self.body)}") + self.body

    @property
    def half(self) -> int:
        """Bytes of the whole answer up to the middle of its body."""
        return len(self.whole) - len(self.body) // 2


Fault = Callable[[Wire], bool]


def fault_of(plan: Plan, path: str, met: Counter[str]) -> Fault | None:
    """The fault that *path* meets now; *met* counts how often each was."""
    for part, planned in plan.items():
        if part in path:
            number = met[part]
            met[part] += 1
            names = (*planned, "") if not isinstance(planned, str) else (planned,)
            name = names[min(number, len(names) - 1)]
            return FAULTS[name] if name else None
    return None


def _hang(wire: Wire) -> bool:
    return wire.stopping.wait()


def _stall(wire: Wire) -> bool:
    wire.send(wire.whole[: wire.half])
    return wire.stopping.wait()


def _drip(wire: Wire) -> bool:
    for byte in wire.whole:
        wire.send(bytes([byte]))
        if wire.stopping.wait(1):
            break
    return False


def _hang_up(wire: Wire) -> bool:
    return False


def _cut_head(wire: Wire) -> bool:
    wire.send(wire.whole[:60])
    return False


def _cut_body(wire: Wire) -> bool:
    wire.send(wire.whole[: wire.half])
    return False


def _long_length(wire: Wire) -> bool:
    wire.send(wire.head(f"Content-Length: {len(wire.body) + 1000}") + wire.body)
    return False


def _short_length(wire: Wire) -> bool:
    wire.send(wire.head(f"Content-Length: {len(wire.body) // 2}") + wire.body)
    return True


def _two_answers(wire: Wire) -> bool:
    wire.send(wire.whole + wire.whole)
    return True


def _bad_chunks(wire: Wire) -> bool:
    wire.send(wire.head("Transfer-Encoding: chunked") + b"5\r\n<html\r\nzz\r\n" + wire.body)
    return False


def _cut_chunks(wire: Wire) -> bool:
    begun = wire.head("Transfer-Encoding: chunked")
    wire.send(begun + f"{len(wire.body):x}\r\n".encode() + wire.body + b"\r\n")
    return False


def _no_http(wire: Wire) -> bool:
    wire.send(b"SSH-2.0-OpenSSH_9.6\r\n" + bytes(range(256)))
    return False


def _endless(begun: Callable[[Wire], bytes], block: bytes) -> Fault:
    def send(wire: Wire) -> bool:
        wire.send(begun(wire))
        for part in repeat(block):
            wire.send(part)
            if wire.stopping.is_set():
                break
        return False

    return send


FAULTS: Mapping[str, Fault] = {
    "hang": _hang,
    "stall": _stall,
    "drip": _drip,
    "hang_up": _hang_up,
    "cut_head": _cut_head,
    "cut_body": _cut_body,
    "long_length": _long_length,
    "short_length": _short_length,
    "two_answers": _two_answers,
    "bad_chunks": _bad_chunks,
    "cut_chunks": _cut_chunks,
    "no_http": _no_http,
    "endless_body": _endless(Wire.head, _BLOCK),
    "endless_chunks": _endless(
        lambda wire: wire.head("Transfer-Encoding: chunked"),
        b"%x\r\n%b\r\n" % (len(_BLOCK), _BLOCK),
    ),
    "endless_head": _endless(lambda wire: wire.head()[:-2], b"X-Filler: " + b"x" * 8000 + b"\r\n"),
    "endless_line": _endless(lambda wire: b"HTTP/1.1 200 ", b"x" * 8000),
}
