"""How the spiders read a list, page after page, and what they note of it."""

from __future__ import annotations

from newsarchive import clock
from newsarchive.extensions.run import Run
from newsarchive.sina.channels import Channel
from newsarchive.sina.walk import Range, Walk, is_stale


def walk_of(channel: Channel, run: Run, days: Range | None = None) -> Walk:
    """The walk of *channel*'s list: back to where the last one was, or through a range of days.

    Raises StorageError.
    """
    settings = run.crawler.settings
    size, depth = settings.getint("LIST_PAGE_SIZE"), settings.getint("LIST_DEPTH_MAX")
    if days:
        return Walk(channel, size, depth, range=days)
    before = run.ledger.walks().get(channel.name)
    if before is None:
        return Walk(channel, size, settings.getint("LIST_PAGES_MAX"))
    return Walk(channel, size, depth, finished_to=before["newest_at"])


def finish(walk: Walk, run: Run) -> None:
    """Note in report and ledger how far the list was read. Raises StorageError."""
    reached = walk.reached if walk.range else None
    run.report.walked(walk.channel.name, walk.newest, walk.oldest, reached)
    if walk.range:
        return
    if is_stale(walk.newest, run.crawler.settings.getint("LIST_STALE_DAYS")):
        run.report.stale.append(walk.channel.name)
    run.ledger.finish_walk(walk.channel.name, clock.now(), walk.newest)
