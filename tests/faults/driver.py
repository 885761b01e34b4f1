"""`python -m tests.faults.driver` under the shim: one small run, with every call failing in turn.

Reads from standard input {"workload"} and either {"errnos", "onward"}, to fail, or {"halves"}, to
be killed (see `Trials`), and prints a list of what it tried: {"spec", "outcome", "problems"}. With
neither it prints the calls of an undisturbed run. A run that is to be killed is a fork.
"""

from __future__ import annotations

import functools
import gc
import itertools
import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timezone
from itertools import chain
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from newsarchive.archive.atomic import trouble_with
from newsarchive.archive.entry import Entry
from newsarchive.archive.recorder import Recorder, Transfer
from newsarchive.archive.report import Report
from newsarchive.archive.store import Store
from newsarchive.exceptions import StorageError
from newsarchive.items import Article, Link
from tests.archive.recordings import PAGE
from tests.faults import truth
from tests.faults.shim import arm, calls

MOMENT = datetime(2021, 8, 6, 8, 0, tzinfo=timezone.utc)


def article(number: int, version: str = "第一版") -> Article:
    """A small article; its version is all that changes."""
    return Article(
        title=f"样港口岸{number}",
        body=f"<p>{version}。{'样港。' * 500}</p>",  # a file is written in two pieces
        doc_id=f"kqtesta000050{number}",
        url=f"https://finance.sina.com.cn/china/2021-08-06/doc-ikqtesta000050{number}.shtml",
        date="Fri, 06 Aug 2021 07:54:29 GMT",
        author="新浪财经",
        categories=["金融"],
        digest=f"{number} {version}",
    )


def transfer(item: Article) -> Transfer:
    """Its page, as it came."""
    context = {"link": {"doc_id": item.doc_id, "url": item.url}}
    return replace(PAGE, url=item.url, at=MOMENT, body=item.body.encode(), context=context)


#: What is there before, and what the run brings: what is stored together, by itself, or in a group.
WORKLOADS = {
    "new": ([], [[article(1)]]),
    "grown": (
        [[article(1)], [article(2)]],
        [[article(1, "第二版")], [article(2)], [article(3)], [article(1, "第二版")]],
    ),
    "together": (
        [[article(1), article(2)]],
        [[article(1, "第二版"), article(2), article(3), article(4)]],
    ),
}


def work(root: Path, groups: list[list[Article]]) -> str:
    """A run as `newsarchive.extensions.run` does it; says how it ended."""
    report, fault = Report(started_at=MOMENT, spider="driver"), ""
    try:
        root.mkdir(exist_ok=True)
        store = Store.open(root, create=True)
    except (OSError, StorageError) as error:
        return f"stopped: {error}"
    recorder = Recorder(root, secrets.token_hex(8), 10**6, {})
    try:
        store.sweep()
        links = [Link(each.doc_id, each.url, channel="china") for each in chain(*groups)]
        store.ledger.add_links(links, MOMENT)
        for group in groups:
            entries = []
            for each in group:
                with trouble_with(root / "warc"):
                    position = recorder.record(transfer(each))
                file, offset = position
                there = replace(each, warc_file=file, warc_offset=offset)
                entries.append(Entry(there, each.doc_id))
            with trouble_with(root / "warc"):
                recorder.syncing()()
            store.put_all(entries)
    except StorageError as error:
        fault = f"stopped: {error}"
    try:
        store.ledger.add_warc_files(recorder.close())
        report.write(root)
    except (OSError, StorageError) as error:
        fault = fault or f"stopped: {error}"
    store.ledger.close()
    return fault or "done"


def killed(task: Callable[[], str]) -> str:
    """What *task* says in a process of its own; "killed", where that was."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.write(writer, task().encode()[:4000])
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    return "killed" if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL else said


class Trials:
    """One workload, done undisturbed once; then again and again with a fault."""

    def __init__(self, workload: str, folder: Path) -> None:
        before, self._groups = WORKLOADS[workload]
        self._root, self._start = folder / "archive", folder / "start"
        self._start.mkdir()
        if before:
            assert work(self._start, before) == "done"
        self._begin()
        trace = folder / "trace"
        assert self._armed("", trace) == "done"
        self.calls = calls(trace)
        self._before, self._after = truth.posts(self._start), truth.posts(self._root)
        self._wanted = truth.contents(self._root)

    def faults(self, errnos: list[int], onward: bool) -> Iterator[str]:
        """Every use of every call, failing with one of *errnos* after the other; *onward*: and all
        later uses of it."""
        for kind, count in Counter(kind for kind, _ in self.calls).items():
            for nth in range(1, count + 1):
                yield f"{kind}:{nth}{'+' * onward}:{errnos[nth % len(errnos)]}"

    def kills(self, halves: list[str]) -> Iterator[str]:
        """Every state of the disk that a kill can leave: before each call that follows a change,
        which is after that change, and in the middle of each of the calls *halves*."""
        kinds = [kind for kind, _ in self.calls]
        for nth, (last, _) in enumerate(itertools.pairwise(["", *kinds]), 1):
            if last not in ("stat", "read", "pread", "opendir", "close"):
                yield f"any:{nth}:before"
            if kinds[nth - 1] in halves:
                yield f"any:{nth}:half"
        yield f"any:{len(kinds)}:after"

    def trial(self, spec: str) -> dict[str, Any]:
        """The run with a fault, and the next ones: one that has nothing to do, and the same."""
        self._begin()
        dies = not spec[-1].isdigit()
        outcome = killed(lambda: self._armed(spec)) if dies else self._armed(spec)
        problems = [] if outcome.startswith(("done", "stopped", "killed")) else [outcome]
        problems += truth.torn(self._root, self._before, self._after)
        problems += truth.untrue(self._root, settled=not dies and "+" not in spec)
        if outcome == "done":
            problems += truth.unlike(self._root, self._wanted)
        for groups in ([], self._groups):
            again = work(self._root, groups)
            problems += [] if again == "done" else [f"the next run {again}"]
            problems += truth.leftovers(self._root) + truth.untrue(self._root)
        problems += truth.unlike(self._root, self._wanted)
        return {"spec": spec, "outcome": outcome, "problems": problems}

    def _begin(self) -> None:
        shutil.rmtree(self._root, ignore_errors=True)
        shutil.copytree(self._start, self._root)

    def _armed(self, spec: str, trace: Path | None = None) -> str:
        arm(self._root, spec, trace)
        try:
            return work(self._root, self._groups)
        except Exception as error:
            return f"broke: {error!r}"
        finally:
            arm(None)


def main() -> None:
    """Read what is asked, try it, print what came of it."""
    asked = json.load(sys.stdin)
    # One engine for all trials: compiling their statements would take half of the time.
    sa.create_engine = functools.cache(sa.create_engine)  # type: ignore[assignment]
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        trials = Trials(asked["workload"], Path(folder))
        gc.freeze()
        tried: Iterator[Any] = iter(trials.calls)
        if "halves" in asked:
            tried = map(trials.trial, trials.kills(asked["halves"]))
        elif "errnos" in asked:
            tried = map(trials.trial, trials.faults(asked["errnos"], asked.get("onward", False)))
        json.dump(list(tried), sys.stdout)


if __name__ == "__main__":
    main()
