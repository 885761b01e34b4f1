"""Which addresses a crawl may connect to: those of the public Internet.

The names are Sina's, but where they lead is said by whoever answers for DNS, and inside a network
stand things that trust everybody there. The check is in the resolver, behind the look-up: Twisted
connects to the very address that it is given here, and a literal address takes the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, ip_address, ip_network

from scrapy.resolver import CachingThreadedResolver
from scrapy.utils.datatypes import LocalCache
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

#: What else than this is IPv6 is local, multicast, or holds an IPv4 address (mapped, NAT64).
_UNICAST = ip_network("2000::/3")
#: No hosts of anybody, though `is_global` is true of them, in some version of Python at least.
_NOBODYS = [
    ip_network(text)
    for text in (
        "192.0.0.0/24",  # IETF protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "2001::/23",  # IETF protocol assignments; Teredo holds an IPv4 address
        "2002::/16",  # 6to4: holds an IPv4 address
        "3fff::/20",  # documentation
    )
]


class RefusedAddressError(Exception):
    """A name that leads to an address which is not public."""


#: name -> the address it was refused for. An IHostnameResolver can tell no error.
refused: LocalCache[str, str] = LocalCache(10000)


def is_public(text: str) -> bool:
    """Whether *text* is the address of a host on the public Internet."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if not (isinstance(address, IPv4Address) or address in _UNICAST):
        return False
    nobodys = address.is_multicast or any(address in network for network in _NOBODYS)
    return address.is_global and not nobodys


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
