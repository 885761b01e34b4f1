"""Which addresses a crawl may connect to: those of the public Internet.

The names are Sina's, but where they lead is said by whoever answers for DNS, and inside a network
stand things that trust everybody there. The check is in the resolver, behind the look-up: Twisted
connects to the very address that it is given here, and a literal address takes the same way.
Twisted asks such a resolver for IPv4 addresses alone: over IPv6 no crawl goes anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network

from scrapy.resolver import CachingThreadedResolver
from scrapy.utils.datatypes import LocalCache
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

#: No hosts of anybody, though `is_global` is true of them, in some version of Python at least:
#: IETF protocol assignments, 6to4 relays, multicast.
_NOBODYS = [IPv4Network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/4")]


class RefusedAddressError(Exception):
    """A name that leads to an address which is not public."""


#: name -> the address it was refused for. An IHostnameResolver can tell no error.
refused: LocalCache[str, str] = LocalCache(10000)


def is_public(text: str) -> bool:
    """Whether *text* is the IPv4 address of a host on the public Internet."""
    try:
        address = IPv4Address(text)
    except ValueError:
        return False
    return address.is_global and not any(address in network for network in _NOBODYS)


class PublicResolver(CachingThreadedResolver):
    """Scrapy's resolver, that finds no address but public ones, in its cache neither."""

    def getHostByName(  # noqa: N802  # Twisted's name
        self, name: str, timeout: Sequence[int] = ()
    ) -> Deferred[str]:
        refused.pop(name, None)
        return super().getHostByName(name, timeout).addCallback(_checked, name)


def _checked(address: str, name: str) -> str:
    if not is_public(address):
        refused[name] = address
        raise DNSLookupError(f"{name} leads to {address}")
    return address
