"""What the workers of a crawl tell each other through Redis or Valkey: all of it may be lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:  # without CLUSTER_URL nothing imports redis
    from newsarchive.cluster.gate import Gate

#: The gate of each crawler that has one: for what Scrapy makes by itself.
GATES: WeakKeyDictionary[Any, Gate] = WeakKeyDictionary()
