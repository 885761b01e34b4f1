"""`scrapy serve`: the archive as a site on this machine."""

from __future__ import annotations

import argparse
import re
from contextlib import closing

from newsarchive.cli import ArchiveCommand, complain
from newsarchive.exceptions import BadArgument

_NEEDED = "flask, waitress and what comes with them are not installed: pip install -e '.[serve]'"


class Command(ArchiveCommand):
    """Answers until Ctrl-C. Only reads posts and ledger."""

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Open the archive as a site on this machine"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--port", metavar="N", default="8000", help="the port (8000); 0: any that is free"
        )
        parser.add_argument(
            "--host",
            metavar="NAME",
            default="127.0.0.1",
            help="the address that is listened on (127.0.0.1: only this machine)",
        )

    def work(self, opts: argparse.Namespace, *args: str) -> None:
        if not re.fullmatch(r"[0-9]{1,5}", opts.port) or int(opts.port) > 65535:
            raise BadArgument(f"--port {opts.port}: not a port")
        try:
            from newsarchive.site import guard, server
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("newsarchive"):
                raise
            raise BadArgument(_NEEDED) from error
        with closing(self.store()) as store:

            def ready(address: str) -> None:
                if not guard.is_loopback(opts.host):
                    complain(f"--host {opts.host}: whoever reaches it reads the archive")
                print(f"The archive is at {address} (Ctrl-C ends it)", flush=True)

            server.serve(store, opts.host, int(opts.port), ready, complain)
