"""One function of many things, by several processes at once; the results in the things' order."""

from __future__ import annotations

import os
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, suppress
from itertools import islice
from typing import Any, TypeVar

from newsarchive.compute import server
from newsarchive.exceptions import NewsarchiveError

_Thing = TypeVar("_Thing")
_Result = TypeVar("_Result")
#: What asks is busy with the results of so many.
_PROCESSES_MAX = 4


def processes() -> int:
    """How many are worth it on this machine; 0: to compute here is as quick."""
    if os.name != "posix":  # there a socket cannot be standard input
        return 0
    affinity = getattr(os, "sched_getaffinity", None)
    processors = len(affinity(0)) if affinity else os.cpu_count() or 1
    return min(processors, _PROCESSES_MAX) if processors > 1 else 0


def in_order(
    function: Callable[[_Thing], _Result], things: Iterable[_Thing], count: int, alone: int
) -> Iterator[tuple[_Thing, _Result]]:
    """Each of *things* with what *function* makes of it, by *count* processes beside this one.

    The first *alone* are done here, and all where *count* is 0: to begin processes takes as long.
    Of *things* no more than *count* and one are ahead of what is yielded. *function* changes
    nothing, and can be pickled: so can the things, the results, and what it raises, which is raised
    here. Raises NewsarchiveError where a process dies, which names the thing, or none can be begun.
    """
    left = iter(things)
    for thing in islice(left, alone if count else None):
        yield thing, function(thing)
    asked: deque[tuple[_Thing, _Process]] = deque()
    with ExitStack() as opened:
        for thing in left:
            call = server.message((function, (thing,)))
            if len(asked) < count:
                process = opened.enter_context(closing(_Process()))
                process.ask(call)
                asked.append((thing, process))
                continue
            first, process = asked.popleft()
            answer = process.answer(first)
            process.ask(call)  # it is at work while the answer is made use of
            asked.append((thing, process))
            yield first, _told(answer)
        for first, process in asked:
            yield first, _told(process.answer(first))


class _Process:
    """One that makes a call at a time: each is answered before the next is sent."""

    def __init__(self) -> None:
        try:
            self._process, self._line = server.begun()
        except OSError as error:
            raise NewsarchiveError(f"no process can be begun: {error.strerror}") from error
        self._answers = self._line.makefile("rb")

    def ask(self, call: bytes) -> None:
        try:
            self._line.sendall(call)
        except OSError:  # it is dead, or cannot make anything of the half of a call: no answer
            self._process.kill()

    def answer(self, thing: object) -> bytes:
        """Raises NewsarchiveError where there is none."""
        with suppress(OSError):
            head = self._answers.read(server.HEAD.size)
            size = server.HEAD.unpack(head)[0] if len(head) == server.HEAD.size else 0
            if size and len(answer := self._answers.read(size)) == size:
                return answer
        self._process.kill()
        raise NewsarchiveError(f"a process ended with {self._process.wait()}, at work on {thing}")

    def close(self) -> None:
        """End it: what it was asked is not answered any more."""
        self._process.kill()
        self._process.wait()
        self._answers.close()
        self._line.close()


def _told(answer: bytes) -> Any:
    result, error = pickle.loads(answer)  # noqa: S301  # of who was begun here
    if error is not None:
        raise error
    return result
