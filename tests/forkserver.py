"""`python -m tests.forkserver`: imports what a run imports, then forks a process for each command.

On standard input is a socket. Over it come, for each command, its standard streams and a pipe,
and what is to be run; into the pipe go the number of its process and, in the end, its status. See
`tests/fork.py`, which asks.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import io
import json
import os
import select
import signal
import socket
import struct
import sys
import time
from contextlib import suppress
from typing import Any

#: Before what is to be run: how long that is.
HEAD = struct.Struct("I")
#: In the pipe: the number of a process, its status.
WORD = struct.Struct("i")


def _told(line: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """What to run, with its descriptors; None where nobody asks any more."""
    head, descriptors, _, _ = socket.recv_fds(line, HEAD.size, 4)
    if not head:
        return None
    size, text = HEAD.unpack(head)[0], b""
    while len(text) < size:
        if not (part := line.recv(size - len(text))):
            return None
        text += part
    return json.loads(text), descriptors


def _serve(line: socket.socket) -> dict[str, Any] | None:
    """Fork for each command. Returns in the new process, with what that is to do; None: the end."""
    ended, rings = os.pipe()
    for end in (ended, rings):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(rings)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C on a terminal is for who asks
    pipes: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([line.fileno(), ended], [], [])
        if ended in ready:
            os.read(ended, 4096)
            _bury(pipes)
        if line.fileno() not in ready:
            continue
        if (told := _told(line)) is None:
            return None
        job, (*streams, pipe) = told
        child = os.fork()
        if child == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            for descriptor in (ended, rings, pipe, *pipes.values()):
                os.close(descriptor)
            line.close()
            _take(streams, job["closed"])
            return job
        for descriptor in streams:
            os.close(descriptor)
        pipes[child] = pipe
        os.write(pipe, WORD.pack(child))


def _bury(pipes: dict[int, int]) -> None:
    """Tell of each process that has ended how it did."""
    while pipes:
        child, status = os.waitpid(-1, os.WNOHANG)
        if child == 0:
            break
        pipe = pipes.pop(child)
        with suppress(BrokenPipeError):  # nobody waits for it
            os.write(pipe, WORD.pack(os.waitstatus_to_exitcode(status)))
        os.close(pipe)


def _take(streams: list[int], closed: list[int]) -> None:
    """Have *streams* as standard ones, but for those that are *closed*, as Python has them from its
    start on."""
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        ours, theirs = getattr(sys, name), None
        if number in closed:
            os.close(number)
        else:
            raw = open(number, f"{mode}b", -1, closefd=False)  # noqa: SIM115
            by_line = number == 2 or (number == 1 and os.isatty(number))
            theirs = io.TextIOWrapper(raw, ours.encoding, ours.errors, line_buffering=by_line)
        setattr(sys, name, theirs)
        setattr(sys, f"__{name}__", theirs)


def _become(job: dict[str, Any]) -> None:
    """The process that `scrapy …` would be, started from where *job* says."""
    if job["session"]:
        os.setsid()
    os.environ.clear()
    os.environ.update(job["env"])
    time.tzset()
    os.chdir(job["cwd"])
    if "SHIM_ROOT" in os.environ:
        told = (os.fsencode(os.environ[f"SHIM_{name}"]) for name in ("ROOT", "SPEC", "TRACE"))
        ctypes.CDLL(None).shim_arm(*told)
    sys.argv = ["scrapy", *job["arguments"]]
    # Processes that it spawns look there for what to import.
    sys.modules["__main__"] = importlib.import_module("scrapy.__main__")


def main() -> None:
    importlib.import_module("tests.preload")
    from scrapy.cmdline import execute

    gc.collect()
    gc.freeze()
    job = _serve(socket.socket(fileno=os.dup(0)))
    if job is not None:
        _become(job)
        execute(sys.argv)


if __name__ == "__main__":
    main()
