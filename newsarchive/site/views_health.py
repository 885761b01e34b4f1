"""The page on the archive's health: plots, what needs attention, the last runs; and in numbers."""

from __future__ import annotations

from statistics import median

from flask import Blueprint, Response, render_template

from newsarchive.archive.health import METRICS_NEED
from newsarchive.site import counts, plots
from newsarchive.site.here import channel_label, site
from newsarchive.site.language import number, say, size

pages = Blueprint("health", __name__)
#: Runs that are listed.
_RUNS = 15


@pages.get("/health")
def health() -> str:
    background = site().background
    counted, state, storage = background.counts, background.health, background.storage
    days = plots.days(
        counted.days,
        lambda name: channel_label(name) if name else say("none"),
        say("others"),
        (say("day"), say("articles")),
    )
    delays = {say(key): count for key, count in plots.steps(counted.delays).items()}
    weighed = {}
    if storage is not None:
        weighed = {kind: storage.bytes[kind] for kind in counts.KINDS if storage.bytes[kind]}
    drawn = {
        "days": days,
        "delays": plots.across(delays, number, (say("delay"), say("articles"))),
        "failures": plots.across(state.failures, number, (say("reason"), say("failures"))),
        "storage": plots.across(
            {say(f"kind.{kind}"): count for kind, count in weighed.items()},
            size,
            (say("kind"), say("size")),
        ),
    }
    return render_template(
        "health.html",
        counted=counted,
        state=state,
        storage=storage,
        drawn=drawn,
        runs=state.runs[:_RUNS],
        middle=_span(median(counted.delays)) if counted.delays else "",
        seen=len(counted.delays),
    )


@pages.get("/metrics")
def metrics() -> Response:
    """The archive in numbers, for Prometheus."""
    try:
        from newsarchive.archive import metrics
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("newsarchive"):
            raise
        return Response(f"{METRICS_NEED}\n", 501, mimetype="text/plain")
    told = metrics.exposition(site().store, site().background.finished())
    return Response(told, content_type=metrics.CONTENT_TYPE)


def _span(seconds: float) -> str:
    """How long that is, in the unit that fits."""
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if abs(seconds) >= 2 * length:
            return say(f"span.{unit}", count=f"{seconds / length:.0f}")
    return say("span.seconds", count=f"{seconds:.0f}")
