"""A replay by several processes: each sees to its share of the documents, one holds the archive."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from newsarchive import clock
from newsarchive.archive.report import Report
from newsarchive.exceptions import ExitCode, StorageError
from newsarchive.extensions.hold import Hold, Part
from newsarchive.extensions.progress import Bar, Far, Meter, is_wanted
from newsarchive.extensions.run import Run
from newsarchive.garbage import collect_seldom

#: What ends a run early; the workers are told by SIGTERM of both.
_STOPS = (signal.SIGINT, signal.SIGTERM)
#: Seconds between two words of a worker on how far it is.
_TELLING = 0.2
#: Whether signals can be held back: not on Windows.
_CAN_HOLD = hasattr(signal, "pthread_sigmask")


def replay(
    settings: Settings, arguments: dict[str, Any], count: int
) -> tuple[Report, StorageError | None]:
    """Replay with *count* workers; the report of the run, and what ended it before its time.

    Raises NewsarchiveError where the archive cannot be had.
    """
    hold = Hold(settings, "replay", asks=False)
    hold.store.close()  # no connection is shared with another process …
    hold.store.ledger.hold()  # … but the lock stays here
    report, faults = hold.report, []
    bar = Bar(shown=is_wanted(settings))
    settings.set(
        "PROGRESS_ENABLED", is_wanted(settings), priority="cmdline"
    )  # theirs is no terminal
    _held(True, *_STOPS)
    with closing(bar), _forwarded(_started(settings, arguments, count)) as workers:
        _held(False, *_STOPS)
        for part, why in _results(workers, bar):
            report.add(part)
            faults += [StorageError(why)] if why else []
        done = sum(told.total() for told in (report.archived, report.skipped, report.failed))
        bar.show(Far(done, done, report.failed.total()))
    report.ended_at = clock.now()
    failed = ExitCode.SOME_FAILED if report.failed else ExitCode.DONE
    report.exit_code = int(ExitCode.STORAGE if faults else failed)
    try:
        hold.close()
    except StorageError as error:
        faults.append(error)
        report.exit_code = int(ExitCode.STORAGE)
    return report, faults[0] if faults else None


_Workers = dict[Connection, SpawnProcess]


def _started(settings: Settings, arguments: dict[str, Any], count: int) -> _Workers:
    context = multiprocessing.get_context("spawn")  # a fork would share this process's event loop
    workers: _Workers = {}
    for number in range(count):
        results, ours = context.Pipe(duplex=False)
        part = Part(number, count, os.getpid())
        told = (settings, arguments, part, ours)
        process = context.Process(target=_work, args=told, name=f"replay-{number}")
        process.start()
        ours.close()
        workers[results] = process
    return workers


def _work(settings: Settings, arguments: dict[str, Any], part: Part, results: Connection) -> None:
    collect_seldom()
    settings.set("PART", part)
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler("replay")
    # Begun with signals held back: before Scrapy heeds them, one would be a crash.
    crawler.signals.connect(_heed, signals.engine_started)
    meter = Meter(crawler, _teller(results))
    if settings.getbool("PROGRESS_ENABLED"):
        meter.begin()
    task = process.crawl(crawler, **arguments)
    process.start()
    fault = task.exception() if task.done() and not task.cancelled() else None
    if fault is not None:  # there may be no run
        results.send((Report(clock.now()), str(fault) or repr(fault)))
        return
    run = Run.of(crawler)
    run.close("killed")
    results.send((run.report, str(run.fault or "")))


def _heed() -> None:
    """Take what came meanwhile. Ctrl-C on a terminal comes to the workers, too: not twice."""
    _held(False, signal.SIGTERM)


def _held(back: bool, *which: int) -> None:
    """Hold signals *back*, or take them again; a process begins as who begins it is."""
    if _CAN_HOLD:
        if back:
            resource_tracker.ensure_running()  # to begin it later would end the holding back
        signal.pthread_sigmask(signal.SIG_BLOCK if back else signal.SIG_UNBLOCK, which)


def _teller(results: Connection) -> Callable[[Far], None]:
    """Of a worker: what tells who began it how far it is, a few times a second."""
    told_at = 0.0

    def tell(far: Far) -> None:
        nonlocal told_at
        if time.monotonic() - told_at > _TELLING:
            told_at = time.monotonic()
            with suppress(OSError):  # nobody is there any more: the run sees to that
                results.send(far)

    return tell


def _results(workers: _Workers, bar: Bar) -> Iterator[tuple[Report, str]]:
    """What each worker did, as they come to their ends; on the way *bar* shows how far they are."""
    left = dict(workers)
    far: dict[Connection, Far] = {}
    while left:
        for results in wait(list(left)):
            assert isinstance(results, Connection)
            try:
                told = results.recv()
            except EOFError:
                told = None
            if isinstance(told, Far):
                far[results] = told
                bar.show(Far(*map(sum, zip(*far.values()))))
                continue
            process = left.pop(results)
            process.join()
            yield told or (Report(clock.now()), f"a worker ended with {process.exitcode}")


@contextmanager
def _forwarded(workers: _Workers) -> Iterator[_Workers]:
    """Inside, a signal to stop is one to the workers, who stop as any run does."""

    def forward(*_: object) -> None:
        for process in workers.values():
            if process.is_alive() and process.pid is not None:
                os.kill(process.pid, signal.SIGTERM)

    before = {number: signal.signal(number, forward) for number in _STOPS}
    if not _CAN_HOLD:  # Ctrl-C comes to the workers by itself
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield workers
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
