"""The archive and its crawl in numbers, in the text format that Prometheus reads.

They come from the ledger, not from any worker's memory: one that is dead is told of, too. No label
holds an address, a title or a document's id.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from newsarchive.archive import health
from newsarchive.archive.atomic import trouble_with
from newsarchive.archive.health import Health
from newsarchive.archive.schema import Row
from newsarchive.archive.store import Store

#: What `exposition` is, for whoever sends it.
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

#: By the values of the labels, a tuple.
Samples = Mapping[Any, float]
#: Where there are no labels.
_ALL = ()


def exposition(store: Store, known: Mapping[str, Mapping[str, Any]] | None = None) -> bytes:
    """All numbers as they are now; *known*: reports that need not be read again, by name.

    Raises StorageError.
    """
    registry = CollectorRegistry()
    registry.register(_Archive(store, health.look(store, known or {})))
    return generate_latest(registry)


class _Archive(Collector):
    def __init__(self, store: Store, found: Health) -> None:
        self._store, self._health = store, found

    def describe(self) -> list[Metric]:
        return []  # else it would be collected to find out

    def collect(self) -> Iterator[Metric]:
        yield from self._of_archive()
        yield from self._of_runs()
        yield from self._of_workers()

    def _of_archive(self) -> Iterator[Metric]:
        found, ledger = self._health, self._store.ledger
        with trouble_with(self._store.root):
            free = shutil.disk_usage(self._store.root).free
        waits = (found.wait_until - found.at).total_seconds() if found.wait_until else 0.0
        yield _gauge("articles", "Articles that are archived", {_ALL: ledger.article_count()})
        yield _gauge("links", "Links by state", _by(found.states), "state")
        yield _gauge("rechecks_due", "Articles that are to be asked for again", {_ALL: found.due})
        yield _gauge("attention", "Points that scrapy status names", {_ALL: len(found.points)})
        told = "Seconds for which the site is not to be asked: it refused us"
        yield _gauge("wait_seconds", told, {_ALL: max(0.0, waits)})
        told = "Time of the newest row of a list"
        newest = _times(ledger.newest_rows())
        yield _gauge("list_newest_timestamp_seconds", told, newest, "channel")
        yield _gauge("warc_bytes", "Size of the closed WARC files", {_ALL: ledger.warc_bytes()})
        yield _gauge("disk_free_bytes", "Free on the disk of the archive", {_ALL: free})

    def _of_runs(self) -> Iterator[Metric]:
        last: dict[str, Row] = {}
        for run in self._health.runs:
            if run["ended_at"] is not None:
                last.setdefault(run["spider"], run)
        reports = {name: self._health.reports[run["name"]] for name, run in last.items()}
        codes = {spider: run["exit_code"] for spider, run in last.items()}
        yield _gauge("last_run_exit_code", "How the last run ended", _by(codes), "spider")
        through = "When the last run ended that went through, with 0 or 1"
        successes = _times(self._store.ledger.successes())
        yield _gauge("last_success_timestamp_seconds", through, successes, "spider")
        for name, label in (("archived", "outcome"), ("failed", "reason")):
            counts = {
                (spider, key): count
                for spider, report in reports.items()
                for key, count in report.get(name, {}).items()
            }
            yield _gauge(
                f"last_run_{name}", f"Articles {name} by the last run", counts, "spider", label
            )
        for name in ("requests", "retries", "bytes"):
            told = {(spider,): found[name] for spider, found in reports.items() if name in found}
            yield _gauge(f"last_run_{name}", f"{name.capitalize()} of the last run", told, "spider")

    def _of_workers(self) -> Iterator[Metric]:
        crawls, leases = self._health.crawls, self._store.ledger.leases()
        workers = [(crawl.name, worker) for crawl in crawls for worker in crawl.workers]
        states = {
            (crawl.name, state): count
            for crawl in crawls
            for state, count in crawl.states().items()
        }
        running = {(crawl.name,): crawl.ended_at is None for crawl in crawls}
        yield _gauge("crawl_running", "Whether workers share this crawl now", running, "crawl")
        told = "WARC files that a re-extraction has not read yet"
        yield _gauge("files_to_read", told, {(c.name,): c.files for c in crawls}, "crawl")
        yield _gauge("leases", "What workers have in hand, by kind", _by(leases), "kind")
        yield _gauge("workers", "Workers by state", states, "crawl", "state")
        told = "Seconds since a worker last said that it is there"
        beats = {(worker.name,): worker.silence for _, worker in workers if worker.state != "ended"}
        yield _gauge("worker_beat_age_seconds", told, beats, "worker")
        told = "Requests of a worker"
        requests = {(worker.name,): worker.counts.get("requests", 0) for _, worker in workers}
        yield _counter("requests", told, requests, "worker")
        for name, label, of_report, told in (
            ("answers", "status", "answers", "Answers of the site"),
            ("archived", "outcome", "archived", "Articles that went through"),
            ("failed", "reason", "failed", "Articles that failed"),
        ):
            counts = {
                (crawl.name, str(key)): count
                for crawl in crawls
                for key, count in crawl.by(of_report).items()
            }
            yield _counter(name, told, counts, "crawl", label)
        for name, of_report, told in (
            ("retries", "retries", "Requests that were made again"),
            ("received_bytes", "bytes", "What came over the wire"),
        ):
            totals = {(crawl.name,): crawl.total(of_report) for crawl in crawls}
            yield _counter(name, told, totals, "crawl")


def _gauge(name: str, told: str, samples: Samples, *labels: str) -> Metric:
    return _filled(GaugeMetricFamily(f"newsarchive_{name}", told, labels=labels), samples)


def _counter(name: str, told: str, samples: Samples, *labels: str) -> Metric:
    """`_total` comes behind its name."""
    return _filled(CounterMetricFamily(f"newsarchive_{name}", told, labels=labels), samples)


def _filled(family: GaugeMetricFamily | CounterMetricFamily, samples: Samples) -> Metric:
    for labels, value in sorted(samples.items()):
        family.add_metric(labels, float(value))
    return family


def _by(counts: Mapping[str, float]) -> Samples:
    return {(name,): count for name, count in counts.items()}


def _times(moments: Mapping[str, datetime]) -> Samples:
    return {(name,): moment.timestamp() for name, moment in moments.items()}
