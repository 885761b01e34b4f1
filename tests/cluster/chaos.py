"""Crawls by several workers to which everything happens, and what became of their archives."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from newsarchive.archive.ledger import Ledger
from newsarchive.archive.naming import id_in_name
from tests.cluster.crowd import LEASE, Crowd, Worker
from tests.cluster.proxy import Proxy
from tests.fork import PATIENCE


@dataclass
class Tally:
    """What was done to the workers, and what became of the archives."""

    rounds: int = 0
    articles: int = 0
    runs: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    codes: Counter[int] = field(default_factory=Counter)
    asked_again: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    unlike: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def failures(self) -> dict[str, list[str]]:
        """Every promise that was broken, and where."""
        return {name: told for name, told in vars(self).items() if isinstance(told, list) and told}

    def __str__(self) -> str:
        kept = ("lost", "twice", "unlike", "damaged", "broken")
        lines = [
            f"{self.rounds} rounds, {self.runs} workers, {self.articles} articles, "
            f"{self.asked_again} pages asked for again; exit codes {dict(self.codes)}",
            ", ".join(f"{name} {len(getattr(self, name))}" for name in kept),
            *(f"  {count:4} {what}" for what, count in sorted(self.faults.items())),
        ]
        return "\n".join(lines)


class Chaos:
    """Crawls by three workers, to which something happens; then the archive must be as one worker
    alone leaves it."""

    def __init__(self, crowd: Crowd, seed: int, first: int, *arguments: str) -> None:
        self.tally = Tally()
        self._crowd, self._arguments = crowd, arguments
        self._dice, self._first = random.Random(seed), first
        crowd.start(*arguments)
        assert set(crowd.wait()) <= {0, 1}, crowd.log()
        self._wanted, self._channels = crowd.files(), crowd.channels()
        self._pages = len(set(crowd.site.pages()))
        self._kinds: list[Callable[[], None]] = [
            self._kill,
            self._kill,
            self._kill_all,
            self._stall,
            self._redis_restarts,
            self._redis_forgets,
            self._postgres_restarts,
            lambda: self._cut("ledger", "drop"),
            lambda: self._cut("ledger", "swallow"),
            lambda: self._cut("redis", "drop"),
            lambda: self._cut("redis", "swallow"),
        ]

    def round(self) -> None:
        """One archive, crawled by three; one thing happens, then what died is started again."""
        crowd = self._crowd
        crowd.clear()
        asked = len(crowd.site.pages())
        self._proxies = {
            "ledger": Proxy(crowd.postgres.port),
            "redis": Proxy(crowd.redis.port),
        }
        self._start(ledger=self._proxies["ledger"].port, redis=self._proxies["redis"].port)
        self._start()
        self._start()
        self._await(asked + self._dice.randrange(1, self._pages))
        kind = self._kinds[(self._first + self.tally.rounds) % len(self._kinds)]
        kind()
        self._finish()
        for proxy in self._proxies.values():
            proxy.close()
        self._proxies = {}
        self.tally.rounds += 1
        self.tally.asked_again += len(crowd.site.pages()) - asked - self._pages
        self._look()

    def _start(self, *, ledger: int = 0, redis: int = 0) -> None:
        self._crowd.start(*self._arguments, ledger=ledger, redis=redis)
        self.tally.runs += 1

    def _await(self, pages: int) -> None:
        """Until the site was asked for so many pages, or the crawl ended before."""
        ends = time.monotonic() + PATIENCE
        while len(self._crowd.site.pages()) < pages and time.monotonic() < ends:
            if all(process.poll() is not None for process in self._crowd.processes):
                return
            time.sleep(0.01)

    def _finish(self) -> None:
        """Start again who died, as a service manager does, until the crawl has ended well."""
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            for process in list(self._crowd.processes):
                if (code := process.poll()) is None:
                    continue
                self.tally.codes[code] += 1
                self._crowd.processes.remove(process)
                if code in (3, -signal.SIGKILL):
                    self._start()
                elif code not in (0, 1):
                    self.tally.broken.append(f"exit code {code}")
            if not self._crowd.processes:
                break
            time.sleep(0.05)
        else:
            self.tally.broken.append("it does not end")
            self._crowd.end()
        if "Traceback" in self._crowd.log():
            self.tally.broken.append(self._crowd.log()[-3000:])

    def _look(self) -> None:
        """What of the archive is not as one worker leaves it."""
        crowd, tally = self._crowd, self.tally
        found = crowd.files()
        ids = Counter(id_in_name(name) for name in found if name.startswith("posts/"))
        tally.articles += len(ids)
        tally.lost += self._wanted.keys() - found.keys()
        tally.twice += [name for name, count in ids.items() if count > 1]
        tally.unlike += [
            name
            for name in sorted(found.keys() | self._wanted.keys())
            if found.get(name) != self._wanted.get(name)
        ]
        if crowd.channels() != self._channels:
            tally.unlike.append("channels")
        tally.damaged += [f"lease {row}" for row in crowd.rows("SELECT * FROM lease")]
        ledger = Ledger(crowd.postgres.url)
        tally.damaged += map(str, ledger.faults())
        ledger.close()

    # What happens

    def _pick(self) -> Worker:
        return self._dice.choice(self._crowd.processes)

    def _kill(self) -> None:
        for _ in range(self._dice.randint(1, 4)):
            self._pick().kill()
            self.tally.faults["worker killed"] += 1
            time.sleep(self._dice.random() / 2)

    def _kill_all(self) -> None:
        for process in self._crowd.processes:
            process.kill()
            self.tally.faults["worker killed"] += 1

    def _stall(self) -> None:
        process = self._pick()
        os.kill(process.pid, signal.SIGSTOP)
        self.tally.faults["worker stopped for longer than its leases"] += 1
        time.sleep(LEASE * 1.5)
        os.kill(process.pid, signal.SIGCONT)

    def _redis_restarts(self) -> None:
        self._crowd.redis.kill()
        self.tally.faults["redis killed"] += 1
        time.sleep(self._dice.random() * 2)
        self._crowd.redis.start()

    def _redis_forgets(self) -> None:
        import redis

        with redis.Redis(port=self._crowd.redis.port) as client:
            client.flushall()
        self.tally.faults["redis emptied"] += 1

    def _postgres_restarts(self) -> None:
        self._crowd.postgres.restart()
        self.tally.faults["postgres restarted"] += 1

    def _cut(self, name: str, how: str) -> None:
        proxy = self._proxies[name]
        getattr(proxy, how)()
        self.tally.faults[f"line to {name}: {how}"] += 1
        if how == "swallow":
            time.sleep(LEASE * 2)
            proxy.mend()
