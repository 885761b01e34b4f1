"""Which ports a process listens on, as Linux tells it."""

from __future__ import annotations

import os
from pathlib import Path

#: State of a TCP socket that listens, and of a UDP socket that is bound.
_OPEN = {"tcp": "0A", "tcp6": "0A", "udp": "07", "udp6": "07"}


def listening(pid: int) -> list[tuple[str, int]]:
    """(protocol, port) of each of its sockets that anybody could knock at."""
    own = {f"{link}" for link in _links(Path(f"/proc/{pid}/fd"))}
    found = []
    for protocol, state in _OPEN.items():
        for line in Path(f"/proc/{pid}/net/{protocol}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == state and f"socket:[{fields[9]}]" in own:
                found.append((protocol, int(fields[1].rpartition(":")[2], 16)))
    return found


def _links(folder: Path) -> list[str]:
    links = []
    for entry in folder.iterdir():
        try:
            links.append(os.readlink(entry))
        except FileNotFoundError:  # closed meanwhile
            continue
    return links
