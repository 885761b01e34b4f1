"""Printing: to somebody who may have gone, to a disk that may be full, or to nobody."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from newsarchive.exceptions import StorageError


def open_streams() -> None:
    """Where standard output or error was closed (`>&-`), what goes there goes nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115


@contextmanager
def quiet_pipe() -> Iterator[None]:
    """Printing into a pipe whose reader has enough (`| head`) is no error.

    Raises StorageError where nothing can be printed, as on a full disk.
    """
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        if error.filename is not None:  # of a file, not of a stream
            raise
        # What is still held back is not tried again when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise StorageError(f"standard output: {error.strerror or error}") from error
