"""A resolver for a crawl of the tests: the real one, where the look-up and the network are not.

Names lead where NAMES says, one address a look-up. What the process connects to is written to the
file that CONNECTED names, and not connected to.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
from typing import Any

from twisted.internet.base import ReactorBase

from newsarchive.addresses import PublicResolver

PUBLIC = "8.8.8.8"
#: name -> its addresses, the first at the first look-up, the last for ever.
NAMES = {
    "finance.sina.com.cn": ["127.0.0.1"],
    "news.sina.com.cn": ["10.0.0.1"],
    "tech.sina.com.cn": ["169.254.169.254"],
    "ent.sina.com.cn": [PUBLIC, "127.0.0.1"],  # rebinding: robots.txt, its second try, the page
}


class Hosts(PublicResolver):
    """What is under test is all of its own."""

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: ReactorBase) -> Hosts:
        addresses = {name: list(found) for name, found in NAMES.items()}

        def look_up(name: str) -> str:
            found = addresses[name]
            return found.pop(0) if len(found) > 1 else found[0]

        socket.gethostbyname = look_up
        sys.addaudithook(_note)
        return super().from_crawler(crawler, reactor)


def _note(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        with open(os.environ["CONNECTED"], "a", encoding="ascii") as file:
            file.write(f"{args[1]!r}\n")
        raise OSError(errno.ECONNREFUSED, "no test leaves the machine")
