"""A process that computes for the one that began it, which asks and is answered over a socket."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import struct
import subprocess
import sys
import traceback
from contextlib import ExitStack, suppress

from newsarchive.exceptions import NewsarchiveError
from newsarchive.garbage import collect_seldom

#: Before each message: how many bytes it has.
HEAD = struct.Struct(">I")
#: What the process runs, with its socket in place of standard input. It imports from where the one
#: that began it does, and from nowhere else.
_COMMAND = (
    sys.executable,
    "-c",
    "import sys; sys.path[:] = sys.argv[1:]; "
    "from newsarchive.compute import server; server.serve()",
)
#: They are to the process that began it, and ends it.
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def begun() -> tuple[subprocess.Popen[bytes], socket.socket]:
    """A process that serves, and the socket that leads to it. Raises OSError."""
    with ExitStack() as undone:
        ours, theirs = map(undone.enter_context, socket.socketpair())
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)  # it begins, and stays, so
        try:
            process = subprocess.Popen((*_COMMAND, *sys.path), stdin=theirs.fileno())  # noqa: S603
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        undone.pop_all()
        theirs.close()
        return process, ours


def message(content: object) -> bytes:
    """*content* as it is sent: a function with its arguments, or its result and what it raised.

    Raises what pickle does of what cannot be sent.
    """
    data = pickle.dumps(content, pickle.HIGHEST_PROTOCOL)
    return HEAD.pack(len(data)) + data


def serve() -> None:
    """Of that process: make the calls that come over the socket, until nobody is there."""
    collect_seldom()
    with socket.socket(fileno=os.dup(0)) as line, line.makefile("rb") as calls, suppress(OSError):
        while len(head := calls.read(HEAD.size)) == HEAD.size:
            (size,) = HEAD.unpack(head)
            if len(call := calls.read(size)) < size:
                return
            function, arguments = pickle.loads(call)  # noqa: S301  # of who began us
            try:
                answer = message((function(*arguments), None))
            except Exception as error:  # whoever asked for it sees to it
                if not isinstance(error, NewsarchiveError) and hasattr(error, "add_note"):
                    error.add_note(traceback.format_exc())  # of here, which does not travel
                answer = message((None, error))
            line.sendall(answer)
