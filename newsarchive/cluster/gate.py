"""The gate before the wire: the workers of all crawls of one archive ask a host one at a time.

The rate, a host's pause (Retry-After), the stop, and the counts of refusals and failures lie in
Redis or Valkey, which may forget all of it: who knows of a pause says so with each request, a host
that nobody remembers is let rest first, and where the server is down nobody is asked.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import resources

from redis.asyncio import Redis
from redis.exceptions import RedisError

from newsarchive.exceptions import BadArgument, Stopped, StorageError

logger = logging.getLogger(__name__)

#: Seconds. An answer that takes longer does not come.
_TIMEOUT = 5
#: Seconds between two tries where the server is down, from and to; and until a stop is heard of.
_BACK_OFF = (0.2, 5.0)
_LOOK = 0.5
#: How many documents are told of as ready at most.
_HINTS = 10_000
#: Seconds that what is said of one crawl stays.
_DAY = 86_400


def connect(url: str) -> Redis:
    """The server of CLUSTER_URL; it is asked later. Raises BadArgument."""
    try:
        client: Redis = Redis.from_url(
            url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT, decode_responses=True
        )
    except ValueError as error:
        raise BadArgument(f"CLUSTER_URL is not usable: {error}") from error
    return client


class Gate:
    """*delay*: seconds between two requests to a host, more or less by *jitter*, a part of it;
    *patience*: seconds without the server; *heard* is called where another stopped the crawl."""

    def __init__(
        self,
        client: Redis,
        *,
        delay: float,
        jitter: float,
        patience: float,
        heard: Callable[[], None] = lambda: None,
    ) -> None:
        self._client = client
        self._delay, self._jitter, self._patience = delay, jitter, patience
        self._heard = heard
        self._archive = self._crawl = ""
        self._telling: set[asyncio.Task[None]] = set()
        self._shut = False
        self._script = client.register_script(
            resources.files(__package__).joinpath("gate.lua").read_text("utf-8")
        )
        self._pauses: dict[str, float] = {}  # monotonic, by host
        self._answered = False
        self._away = False  # the server, when it was asked last
        #: Whether nothing is asked any more.
        self.closed: Callable[[], bool] = lambda: False

    def open(self, archive: str, crawl: str) -> None:
        """*archive*: whose rate it is, whatever crawls it; *crawl*: whose end."""
        self._archive = "{newsarchive:" + archive + "}"  # all keys on one node
        self._crawl = f"{self._archive}:{crawl}"

    async def enter(self, host: str) -> None:
        """Wait until *host* may be asked. Raises Stopped where the crawl ends meanwhile,
        StorageError where the server was down for too long."""
        down, pause = 0.0, _BACK_OFF[0]
        while not self.closed():
            try:
                wait = await self._ask(host) / 1000
            except (RedisError, OSError) as error:
                began = time.monotonic()
                down = down or began
                self._told_away(error)
                if began - down > self._patience:
                    raise StorageError(f"CLUSTER_URL: {error}") from error
                await asyncio.sleep(pause)
                pause = min(2 * pause, _BACK_OFF[1])
                continue
            self._away = False
            if wait == 0:
                return
            if wait < 0:
                self._heard()
                break
            down, pause = 0.0, _BACK_OFF[0]
            await asyncio.sleep(min(wait, _LOOK))
        raise Stopped("the crawl ends")

    def _told_away(self, error: Exception) -> None:
        """Once: who mistyped its address would wait in silence."""
        if not self._away:
            text = "CLUSTER_URL: %s: the site is not asked until it answers, %g s at most"
            logger.warning(text, error, self._patience)
        self._away = True

    async def _ask(self, host: str) -> int:
        """Milliseconds to wait before the next look; 0: asked for now; -1: never more."""
        step = self._delay * (1 + random.uniform(-self._jitter, self._jitter))  # noqa: S311
        known = self._pauses.get(host, 0) - time.monotonic()
        keys = [f"{self._archive}:{name}:{host}" for name in ("next", "pause")]
        keys += [f"{self._crawl}:{name}" for name in ("stop", "failed")]
        answered, self._answered = self._answered, False
        longest = self._delay * (1 + self._jitter)
        told = [int(1000 * max(0, seconds)) for seconds in (step, longest, known)]
        return int(await self._script(keys=keys, args=[*told, int(answered)]))

    def pause(self, host: str, seconds: float) -> None:
        """*host* is not to be asked for so long, by nobody: told again and again meanwhile."""
        self._pauses[host] = max(self._pauses.get(host, 0), time.monotonic() + seconds)
        task = asyncio.ensure_future(self._tell_pause(host))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell_pause(self, host: str) -> None:
        while not self._shut and time.monotonic() + _LOOK / 2 < self._pauses[host]:
            with suppress(RedisError, OSError):  # then nobody is let through
                await self._ask(host)
            await asyncio.sleep(_LOOK)

    def answered(self) -> None:
        """The site gave an answer that is no error: its failures in a row are over."""
        self._answered = True

    async def count(self, what: str) -> int:
        """One more `refused` or `failed` of the crawl; how many that are. 0: it cannot be told."""
        key = f"{self._crawl}:{what}"
        try:
            async with self._client.pipeline() as pipeline:
                pipeline.incr(key)
                pipeline.expire(key, _DAY)
                return int((await pipeline.execute())[0])
        except (RedisError, OSError):
            return 0

    async def stop(self) -> None:
        """Nobody is let through any more; the ledger says so, too, for who does not hear it."""
        with suppress(RedisError, OSError):
            await self._client.set(f"{self._crawl}:stop", 1, ex=_DAY)

    # What is ready: ids of documents, as hints

    async def tell(self, doc_ids: list[str]) -> None:
        """These documents are to be asked for."""
        key = f"{self._crawl}:ready"
        with suppress(RedisError, OSError):
            async with self._client.pipeline() as pipeline:
                pipeline.rpush(key, *doc_ids)
                pipeline.ltrim(key, -_HINTS, -1)
                pipeline.expire(key, _DAY)
                await pipeline.execute()

    async def hints(self, count: int, *, wait: float = 0) -> list[str]:
        """At most *count* documents that may be ready; *wait* seconds for the first of them."""
        key = f"{self._crawl}:ready"
        try:
            found = await self._client.blpop([key], timeout=wait) if wait else None
            first = [found[1]] if found else []
            return [*first, *(await self._client.lpop(key, count - len(first)) or [])]
        except (RedisError, OSError):
            await asyncio.sleep(wait)
            return []

    async def close(self) -> None:
        """Let go of the connections."""
        self._shut = True
        await asyncio.gather(*self._telling)
        await self._client.aclose()
