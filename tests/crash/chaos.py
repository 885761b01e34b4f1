"""Kills runs at every kind of moment, lets the next ones go on, and counts what that cost."""

from __future__ import annotations

import random
import shutil
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from newsarchive.archive.naming import id_in_name
from tests import fork
from tests.faults import truth
from tests.faults.shim import calls
from tests.faults.shim import environment as armed
from tests.fork import PATIENCE
from tests.running import Site, command, started

#: Posts that the site edits: an earlier version of each goes to revisions/.
EDITED = 12
#: Calls that change what a killed run leaves behind, or come between two that do.
CALLS = "open write pwrite ftruncate fsync fdatasync close rename mkdir unlink".split()
#: How a round's kills are shared out: crawl, edits, replay of posts, replay of WARC files.
ROUND = (7, 5, 4, 4)


@dataclass
class Tally:
    """What the kills did. All lists are empty where the promises hold."""

    kills: Counter[str] = field(default_factory=Counter)  #: by moment
    runs: int = 0
    archives: int = 0
    articles: int = 0
    refetched: int = 0  #: pages that were asked for again
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    untrue: list[str] = field(default_factory=list)  #: rows without their file, after a kill
    unlike: list[str] = field(default_factory=list)  #: what an undisturbed run has otherwise
    leftovers: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)  #: runs that ended otherwise than they should

    def faults(self) -> dict[str, list[str]]:
        """Every promise that was broken, and where."""
        return {name: told for name, told in vars(self).items() if isinstance(told, list) and told}

    def __str__(self) -> str:
        kept = ("lost", "twice", "torn", "untrue", "unlike", "leftovers", "broken")
        lines = [
            f"{self.kills.total()} kills in {self.runs} runs, {self.archives} archives finished "
            f"with {self.articles} articles, {self.refetched} pages fetched again",
            ", ".join(f"{name} {len(getattr(self, name))}" for name in kept),
            *(f"  {count:4} {moment}" for moment, count in sorted(self.kills.items())),
        ]
        return "\n".join(lines)


class Moment(NamedTuple):
    """When to kill: at a call (see shim.c), or some time after the trace has so many lines."""

    spec: str
    lines: int = 0


class Job(NamedTuple):
    """A command, and what its archive holds when nobody disturbs it."""

    arguments: tuple[str, ...]
    wanted: dict[str, Any]
    pages: int  #: that it asks for
    calls: Counter[str]  #: how often it makes which, and any


class Chaos:
    """Crawls and replays of a small Sina that are killed, and go on."""

    def __init__(self, shim: Path, folder: Path, site: Site, channels: str, seed: int) -> None:
        self.tally = Tally()
        self._shim, self._folder, self._site = shim, folder, site
        self._dice = random.Random(seed)
        crawled, replayed, rebuilt = (folder / name for name in ("crawled", "replayed", "rebuilt"))
        crawl = self._undisturbed(crawled, "sina_finance", "-a", f"channels={channels}")
        self._posts = shutil.copytree(crawled / "posts", folder / "posts")
        replay = self._undisturbed(replayed, "replay", "-a", f"path={self._posts}")
        edits = ("replay", "-a", f"path={edited(self._posts, folder / 'edits')}")
        captures = shutil.copytree(crawled / "warc", folder / "captures")
        rebuild = self._undisturbed(rebuilt, "replay", "-a", f"path={captures}")
        assert truth.posts(rebuilt) == truth.posts(crawled)
        self._archives = [
            [crawl, self._undisturbed(crawled, *edits)],
            [replay],
            [rebuild],
        ]

    def round(self, kills: int) -> None:
        """One archive crawled and then edited, two replayed: at most so many kills."""
        shares, share = iter(ROUND), 0
        for jobs in self._archives:
            if kills == 0:
                return
            archive = self._folder / f"archive-{self.tally.archives}"
            whole: dict[str, bytes] = {}
            for job in jobs:
                share = min(share + next(shares), kills)  # with what the job before left over
                done = self._finish(archive, job, whole, share)
                kills, share, whole = kills - done, share - done, job.wanted
            self.tally.archives += 1
            self.tally.articles += len(truth.tree(archive / "posts"))
            shutil.rmtree(archive)

    def _finish(self, archive: Path, job: Job, before: dict[str, Any], kills: int) -> int:
        """Run *job* until it ends, killed at most so often; returns how often that was."""
        asked, done = len(self._site.pages()), 0
        while done < kills and self._is_killed(archive, job.arguments, self._moment(job, kills)):
            done += 1
            self.tally.torn += truth.torn(archive, before, job.wanted)
            self.tally.untrue += truth.untrue(archive, settled=False)
        if done == kills:
            self._is_killed(archive, job.arguments, None)
        found = truth.posts(archive)
        wanted = {name for name in job.wanted if name.startswith(("posts/", "revisions/"))}
        ids = Counter(id_in_name(name) for name in found if name.startswith("posts/"))
        self.tally.lost += wanted - found.keys()
        self.tally.twice += [name for name, count in ids.items() if count > 1]
        self.tally.torn += truth.torn(archive, job.wanted)
        self.tally.untrue += truth.untrue(archive)
        self.tally.unlike += truth.unlike(archive, job.wanted)
        self.tally.leftovers += truth.leftovers(archive)
        if job.arguments[0] == "sina_finance":
            self.tally.unlike += self._unlike_of_captures(archive)
        self.tally.refetched += len(self._site.pages()) - asked - job.pages
        return done

    def _unlike_of_captures(self, archive: Path) -> list[str]:
        """What the WARC files of a crawl that was killed do not give again."""
        rebuilt = self._folder / "of-captures"
        self._is_killed(rebuilt, ("replay", "-a", f"path={archive / 'warc'}"), None)
        found, wanted = truth.posts(rebuilt), truth.posts(archive)
        shutil.rmtree(rebuilt)
        return [f"rebuilt: {name}" for name in wanted if found.get(name) != wanted[name]]

    def _moment(self, job: Job, kills: int) -> Moment:
        """Any one, by which the job has not come much farther than its part of so many kills."""
        at_a_call = self._dice.random() < 0.75
        kind = self._dice.choice([*filter(job.calls.get, CALLS)]) if at_a_call else "any"
        number = self._dice.randint(1, max(1, job.calls[kind] * 3 // (2 * kills)))
        if not at_a_call:
            return Moment("", number)
        actions = ["before", "after", *(["half"] if kind in ("write", "pwrite") else [])]
        return Moment(f"{kind}:{number}:{self._dice.choice(actions)}")

    def _is_killed(self, archive: Path, arguments: tuple[str, ...], moment: Moment | None) -> bool:
        """Run `scrapy crawl` with *arguments*; whether it was killed, and not at its end before."""
        trace = self._folder / "trace"
        trace.unlink(missing_ok=True)
        spec = moment.spec if moment else ""
        shim = armed(self._shim, archive, spec, trace)
        line = command("crawl", *arguments, archive=archive, port=self._site.port)
        said = self._folder / "said"
        said.unlink(missing_ok=True)
        with started(line, shim, err=said) as process:
            if moment and moment.lines:
                self._kill_later(process, trace, moment.lines)
            process.wait(PATIENCE)
        err = said.read_bytes()
        self.tally.runs += 1
        if process.returncode == -signal.SIGKILL:
            self.tally.kills[told(spec, calls(trace)[-1])] += 1
            return True
        if process.returncode not in (0, 1) or b"Traceback" in err:
            self.tally.broken.append(f"{spec}: {process.returncode} {err.decode()}")
        return False

    def _kill_later(self, process: fork.Process, trace: Path, lines: int) -> None:
        while process.poll() is None and len(calls(trace)) < lines:
            time.sleep(0.01)
        time.sleep(self._dice.random() * 0.02)
        process.kill()

    def _undisturbed(self, archive: Path, *arguments: str) -> Job:
        before = len(self._site.pages())
        assert not self._is_killed(archive, arguments, None)
        assert truth.untrue(archive) == truth.leftovers(archive) == []
        made = calls(self._folder / "trace")
        counts = Counter(kind for kind, _ in made) + Counter(any=len(made))
        pages = len(self._site.pages()) - before
        return Job(arguments, truth.contents(archive), pages, counts)


def edited(posts: Path, folder: Path) -> Path:
    """Copies of a dozen posts with another text, under their names; returns *folder*."""
    folder.mkdir()
    for post in sorted(posts.rglob("*.html"))[:EDITED]:
        text = post.read_text("utf-8")
        assert text.count("</p>")
        (folder / post.name).write_text(text.replace("</p>", "（已更正）</p>", 1), "utf-8")
    return folder


def told(spec: str, last: tuple[str, str]) -> str:
    """A kill's moment in words: the call, and what kind of file it was for."""
    kind, path = last
    name = Path(path).name
    if name.startswith("ledger.db"):
        what = name
    elif name.endswith((".old", ".new", ".lock")):
        what = name.rpartition(".")[2]
    elif name.endswith(".tmp"):
        what = "temporary file"
    elif "." in name.lstrip("."):
        what = next((room for room in ("revisions", "reports") if room in path), "posts")
    else:
        what = "folder"
    when = spec.rpartition(":")[2] or "some time after"
    return f"{when} {kind} of {what}"
