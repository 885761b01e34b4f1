"""A process that computes for the one that began it, which asks and is answered over a socket."""

from __future__ import annotations

import os
import pickle
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
#: What the process runs, with its socket in place of standard input. Signals are to who began it,
#: and who ends it.
_COMMAND = (
    sys.executable,
    "-c",
    "import signal as s; s.signal(s.SIGINT, s.SIG_IGN); s.signal(s.SIGTERM, s.SIG_IGN); "
    "from newsarchive.compute import server; server.serve()",
)


def begun() -> tuple[subprocess.Popen[bytes], socket.socket]:
    """A process that serves, and the socket that leads to it. Raises OSError."""
    # What this process imports from, that one does, too.
    told = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with ExitStack() as undone:
        ours, theirs = map(undone.enter_context, socket.socketpair())
        process = subprocess.Popen(_COMMAND, stdin=theirs.fileno(), env=told)  # noqa: S603
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
